import { describe, expect, test } from 'vitest';
import type { PaperEvent } from '../../printers/escpos/paper-events.ts';
import { events, glyphs, texts, unknown, word } from './escpos-streams.ts';

/** Each text and where it is: down from the upper edge, and its first character from the left. */
const lines = (list: readonly PaperEvent[]): unknown[] =>
  list.flatMap((event) => (event.type === 'text' ? [[event.text, event.atDots, event.glyphs[0]?.leftDots]] : []));
const reasons = (list: readonly PaperEvent[]): unknown[] =>
  list.map((event) => (event.type === 'unknown' ? event.reason : event.type));

describe('a page', () => {
  const area = (...places: number[]): string => `1b57 ${places.map(word).join('')}`;
  const to = (dots: number): string => `1d24 ${word(dots)}`;
  const by = (dots: number): string => `1d5c ${word(dots & 0xffff)}`;

  test('is begun at the beginning of a line only', () => {
    expect(lines(events('"a"', '1b4c', '"b"', '0a'))).toEqual([['ab', 0, 0]]);
    expect(unknown(events('"a"', '1b4c', '"b"', '0a'))).toEqual([]);
  });

  test('is gone on with when it is begun again', () => {
    expect(lines(events('1b4c', '"a"', '0a 1b4c', '"b"', '0a 0c'))).toEqual([
      ['a', 0, 0],
      ['b', 34, 0],
    ]);
  });

  test.each([
    ['ESC W', area(100, 100, 200, 200)],
    ['GS $', to(200)],
    ['GS \\', by(50)],
    ['CAN', '18'],
    ['ESC S', '1b53'],
    ['FF', '0c'],
    ['ESC FF', '1b0c'],
    ['ESC T 0', '1b5400'],
  ])('has %s, which does nothing elsewhere', (_, hex) => {
    const all = events('"a"', hex, '"b"', '0a', '"c"', '0a');
    expect(all).toMatchObject([
      { text: 'ab', atDots: 0 },
      { text: 'c', atDots: 34 },
    ]);
  });

  test('prints the line that is being built with it', () => {
    expect(lines(events('1b4c', '"a"', '0c', '"b"', '0a'))).toEqual([
      ['a', 0, 0],
      ['b', 24, 0],
    ]);
  });

  test('prints the line that is being built in its area when another one begins', () => {
    const page = ['1b4c', area(0, 10, 200, 100), '"a"', area(300, 20, 200, 100), '"b"', '0c'];
    expect(lines(events(...page))).toEqual([
      ['a', 10, 0],
      ['b', 20, 300],
    ]);
  });

  test('goes on after ESC FF, and ends with FF', () => {
    expect(reasons(events('1b4c', '"a"', '0a 1b0c', '"b"', '0a'))).toEqual(['text', 'page that is never printed']);
    expect(lines(events('1b4c', '"a"', '0a 1b0c', '"b"', '0a 0c', '"c"', '0a'))).toEqual([
      ['a', 0, 0],
      ['b', 34, 0],
      ['c', 68, 0],
    ]);
  });

  test('is emptied by CAN and goes on', () => {
    expect(lines(events('1b4c', '"draft"', '0a 18', '"a"', '0a 0c'))).toEqual([['a', 0, 0]]);
    expect(reasons(events('1b4c', '"draft"', '0a 18', '"a"', '0a'))).toEqual(['page that is never printed']);
  });

  test('is given up by ESC S, with the line that is being built', () => {
    expect(lines(events('1b4c', '"draft"', '1b53', '"a"', '0a'))).toEqual([['a', 0, 0]]);
  });

  test.each([
    [to(224), '', 200],
    [to(24), '', 0],
    [to(10), '', 0],
    [to(224), '1d2101', 176],
  ])('%s %s: the feet of the letters come there', (move, height, atDots) => {
    expect(lines(events('1b4c', height, move, '"a"', '0a 0c'))).toEqual([['a', atDots, 0]]);
  });

  test('goes on down or back up by so many dots', () => {
    expect(lines(events('1b4c', '"a"', '0a', by(100), '"b"', '0a 0c'))).toEqual([
      ['a', 0, 0],
      ['b', 134, 0],
    ]);
    expect(lines(events('1b4c', '"a"', '0a', by(-26), '"b"', '0a 0c'))).toEqual([
      ['a', 0, 0],
      ['b', 8, 0],
    ]);
  });

  test('prints the line that is being built before it goes elsewhere, and keeps its place across', () => {
    expect(lines(events('1b4c', '"a"', to(224), '"b"', '0c'))).toEqual([
      ['a', 0, 0],
      ['b', 200, 0],
    ]);
    expect(lines(events('1b4c 1b246400', to(224), '"b"', '0c'))).toEqual([['b', 200, 100]]);
  });

  test.each([
    ['1b5400', []],
    ['1b5430', []],
    ['1b5401', ['page that is turned']],
    ['1b5402', ['page that is turned']],
    ['1b5433', ['page that is turned']],
  ])('turned by %s: %j', (hex, expected) => {
    expect(reasons(unknown(events('1b4c', hex, '"a"', '0a 0c')))).toEqual(expected);
  });

  test('that is never printed is said to be so, with what else is on the paper in its place', () => {
    expect(events('"a"', '0a 1b4c', '"b"', '0a')).toMatchObject([
      { text: 'a' },
      { type: 'unknown', reason: 'page that is never printed', hex: '', atDots: 34, offset: 6 },
    ]);
    expect(reasons(events('1b4c'))).toEqual([]);
  });

  test('has codes and bells on it as well', () => {
    expect(texts(events('1b4c', '"a"', '0a 07 0c'))).toEqual(['a']);
    expect(reasons(events('1b4c 07 1b7000 1919 0c'))).toEqual(['beep', 'drawer']);
    expect(glyphs(events('1b4c', to(124), '"ab"', '0a 0c'))).toHaveLength(2);
  });
});
