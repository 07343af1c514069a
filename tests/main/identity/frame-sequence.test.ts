import { beforeEach, expect, test } from 'vitest';
import { FrameSequence } from '../../../main/identity/frame-sequence.ts';
import { face, look, signs } from './judged-frames.ts';

let sequence: FrameSequence;
beforeEach(() => {
  sequence = new FrameSequence();
});

test('a face that sways before a noisy camera is one sequence', () => {
  const seen = Array.from({ length: 300 }, (_, i) =>
    sequence.take(signs({ x: 0.5 + 0.05 * Math.sin(i / 5), height: 0.4 + 0.02 * Math.cos(i / 7) }), i * 60),
  );
  expect(new Set(seen)).toEqual(new Set(['new']));
});

test('one frame sent several times is nothing new, and after a second the picture is frozen', () => {
  const still = look();
  const seen = [0, 60, 999, 1_000, 1_060, 2_000].map((atMs) => sequence.take(signs({ look: still }), atMs));
  expect(seen).toEqual(['new', 'same', 'same', 'frozen', 'same', 'frozen']);
});

test('a frozen picture is one also where an encoder changes a few cells by one level', () => {
  const still = look();
  const nearly = still.map((value, i) => value + (i < 31 ? 1 : 0));
  const other = still.map((value, i) => value + (i < 32 ? 1 : 0));
  expect([
    sequence.take(signs({ look: still }), 0),
    sequence.take(signs({ look: nearly }), 60),
    sequence.take(signs({ look: other }), 120),
  ]).toEqual(['new', 'same', 'new']);
});

test('a recording in a loop is found out when its first picture comes again, and after a break again', () => {
  const clip = Array.from({ length: 10 }, () => look());
  const seen = Array.from({ length: 22 }, (_, i) => sequence.take(signs({ look: clip[i % 10]! }), i * 60));
  expect(seen.slice(0, 11)).toEqual([...Array.from({ length: 10 }, () => 'new'), 'repeated']);
  sequence.startOver();
  expect(sequence.take(signs({ look: clip[5]! }), 2_000)).toBe('repeated');
});

test.each([
  ['moves by half its height', { x: 0.5 + (0.4 * 0.5 * 9) / 16 }, 'new'],
  ['is elsewhere', { x: 0.5 + (0.4 * 0.9 * 9) / 16 }, 'jumped'],
  ['comes nearer', { height: 0.48 }, 'new'],
  ['is suddenly half as large again', { height: 0.6 }, 'jumped'],
  ['is suddenly smaller', { height: 0.26 }, 'jumped'],
])('a face that within 60 ms %s', (_, changes, expected) => {
  sequence.take(signs(), 0);
  expect(sequence.take(signs(changes), 60)).toBe(expected);
});

test('a face may be anywhere after half a second, or after it was away', () => {
  sequence.take(signs({ x: 0.05 }), 0);
  expect(sequence.take(signs({ x: 0.95 }), 501)).toBe('new');
  sequence.lose();
  expect(sequence.take(signs({ x: 0.05 }), 520)).toBe('new');
});

test('another face than the one before is found by its embedding, also when it looks like the card', () => {
  expect(sequence.takeFace(face(0.3))).toBeUndefined();
  expect(sequence.takeFace(face(0.4))).toBeUndefined();
  expect(sequence.takeFace(face(1))).toBe('changed');
  sequence.startOver();
  expect(sequence.takeFace(face(0.3))).toBeUndefined();
});

test('looks and embeddings are overwritten as they are let go', () => {
  const [first, second] = [face(0.9), face(0.8)];
  const seen = signs();
  sequence.take(seen, 0);
  sequence.takeFace(first);
  sequence.takeFace(second);
  expect([first.some(Boolean), second.some(Boolean)]).toEqual([false, true]);
  sequence.forget();
  expect([seen.look.some(Boolean), second.some(Boolean)]).toEqual([false, false]);
});

test('the looks that are kept are bounded', () => {
  const first = signs();
  sequence.take(first, 0);
  for (let i = 1; i <= 600; i += 1) sequence.take(signs(), i * 60);
  expect(first.look.some(Boolean)).toBe(false);
});
