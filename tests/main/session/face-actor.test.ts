import { expect, test, vi } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import type { Moment } from '../../../main/flows/view.ts';
import { RefusedAttempts } from '../../../main/identity/refused-attempts.ts';
import { checkVisitorsFace } from '../../../main/session/face-actor.ts';
import { FrameBox } from '../../../main/session/frame-box.ts';
import { DECIDED_MS, faceOf } from '../../support/faces.ts';
import { type StandingTerminal, standingTerminalForEach } from '../../support/standing-terminal.ts';
import { contextOf, linCard, service } from '../../support/visit.ts';

let terminal: StandingTerminal;
standingTerminalForEach((standing) => {
  terminal = standing;
  terminal.readCard = async () => ({ card: linCard, portrait: Uint8Array.of(0xff, 0xd8) });
});

const start = { type: 'start' } as const;
const leave = { type: 'leave' } as const;
const retry = { type: 'retry' } as const;
const choose = (serviceId: string) => ({ type: 'choose-service', serviceId }) as const;

/** A whole attempt of somebody who is so like the card's portrait. */
async function attempt(cosine: number, ...intents: Parameters<StandingTerminal['touch']>): Promise<void> {
  terminal.face = faceOf(terminal.frames, cosine);
  await terminal.touch(...intents);
  await terminal.pass(DECIDED_MS);
}

function recorded() {
  return terminal.store.audit.page(0, 100).flatMap(({ entry: text }) => {
    const entry = readEntry(text);
    return entry?.kind === 'face-checked' ? [entry] : [];
  });
}

test('a face that matches is said so for 1.2 s; another is refused with two attempts left', async () => {
  await attempt(1, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'matched' });
  await terminal.pass(1_199);
  expect(terminal.screen.kind).toBe('verify-face');
  await terminal.pass(1);
  expect(terminal.screen.kind).toBe('form');
  await attempt(0.2, leave, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 2 });
});

test('no advice is given before it has held, nor the last one of the try before', async () => {
  const judging = () => ({ ...terminal.screen, phase: 'looking' });
  await attempt(0.2, start, choose('S01'));
  expect(terminal.views.map(({ screen }) => screen)).toContainEqual(expect.objectContaining({ advice: 'hold-still' }));
  terminal.frames.onWanted(() => undefined);
  await terminal.touch(retry);
  expect(terminal.screen).toMatchObject({ kind: 'verify-face', phase: 'looking' });
  expect(judging()).not.toHaveProperty('advice');
});

test('a face check that fails by a fault of ours leaves the way without a face, and a log line', async () => {
  terminal.frames.onWanted(() => {
    throw new Error('a bug');
  });
  await terminal.touch(start, choose('S01'));
  await terminal.pass(0);
  expect(terminal.screen).toMatchObject({ kind: 'verify-face', phase: 'not-comparable' });
  expect(terminal.log.entries).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'a face check failed' }),
  );
});

test('each attempt is on record with how it was decided, its scores sealed, and nothing of the person', async () => {
  await attempt(0.2, start, choose('S01'));
  await attempt(0.8, retry);
  const [refused, matched] = recorded();
  expect(refused?.detail).toEqual({
    ...{ verdict: 'refused', reason: 'another-person', attempt: 1, frames: 5, challenges: 0, how: 'passive' },
    ...{ weights: '0123456789abcdef', sealed: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
  });
  expect(matched?.detail).toMatchObject({ verdict: 'matched', reason: 'same-person', attempt: 2 });
  expect(terminal.store.audit.secretOf(refused!)).toEqual({ similarity: 200, liveness: 900 });
  expect(terminal.store.audit.secretOf(matched!)).toEqual({ similarity: 800, liveness: 900 });
  expect(JSON.stringify(recorded())).not.toContain(linCard.idNumber);
});

test('no score is on the page, in the log, or in what the platform gets', async () => {
  await attempt(0.8125, start, choose('S01'));
  await terminal.pass(1_200);
  await terminal.touch({ type: 'set-answer', field: 'years', value: 3 }, { type: 'next' }, { type: 'next' });
  await terminal.pass(1_000);
  expect(terminal.delivered.length).toBe(1);
  const told = JSON.stringify([terminal.views, terminal.log.entries, terminal.delivered]);
  expect(told).not.toMatch(/0\.81[23]|\b81[23]\b|similarity|liveness/);
});

test('leaving and laying the card down again gives no further attempts, and after a quarter of an hour it does', async () => {
  await attempt(0.2, start, choose('S01'));
  await attempt(0.2, retry);
  await attempt(0.2, leave, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 0 });
  await attempt(1, leave, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 0 });
  expect(recorded()).toHaveLength(3);
  await terminal.touch(leave);
  await terminal.pass(15 * 60_000);
  await attempt(1, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'matched' });
});

test('another card has attempts of its own, and who was recognised has all of them again', async () => {
  await attempt(0.2, start, choose('S01'));
  await attempt(0.2, retry);
  terminal.readCard = async () => ({
    card: { ...linCard, idNumber: '11010119900307002X' },
    portrait: Uint8Array.of(0xff, 0xd8),
  });
  await attempt(0.2, leave, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 2 });
  await attempt(1, retry);
  await attempt(0.2, leave, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 2 });
});

test('attempts that were used are used after a crash, and going to the services and back gives none', async () => {
  await attempt(0.2, start, choose('S01'));
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 2 });
  await attempt(0.2, { type: 'back' }, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 1 });
});

test('who goes back before a picture is refused has used an attempt like who waited, and it is on record', async () => {
  terminal.face = faceOf(terminal.frames, 1);
  const asAPicture = terminal.face;
  terminal.face = (async (method, params, signal) => {
    const answer = await asAPicture(method, params, signal);
    return method === 'assess' ? { ...answer, advice: 'not-live', good: false, liveness: 0.1 } : answer;
  }) as typeof terminal.face;
  await terminal.touch(start, choose('S01'));
  await terminal.pass(3_500);
  expect(terminal.screen).toMatchObject({ phase: 'refused', advice: 'not-live', attemptsLeft: 2 });
  await terminal.touch(retry);
  await terminal.pass(1_500);
  await terminal.touch({ type: 'back' });
  expect(recorded().map(({ detail }) => [detail['verdict'], detail['reason']])).toEqual([
    ['refused', 'not-live'],
    ['abandoned', 'left'],
  ]);
  await attempt(0.2, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'refused', attemptsLeft: 0 });
});

test('a service that wants acts gets them asked, and says which one was not seen', async () => {
  const demanding = { ...service('S01') };
  demanding.steps = demanding.steps.map((step) => (step.kind === 'verify-face' ? { ...step, challenges: 1 } : step));
  const context = contextOf('S01', { service: demanding, stepIndex: 1, identity: { card: linCard, portrait: '/9g=' } });
  const frames = new FrameBox();
  const shown: Partial<Moment>[] = [];
  const send = vi.fn();
  const face = {
    call: faceOf(frames, 0.8),
    ...{ matchThreshold: () => 0.5, livenessThreshold: () => 0.5, weights: () => 'w' },
    refused: new RefusedAttempts(3),
  };
  const { store, log } = terminal;
  const show = (moment: Partial<Moment>) => shown.push(moment);
  const checking = checkVisitorsFace({ face, frames, store, log, show }, context, send, new AbortController().signal);
  await terminal.pass(DECIDED_MS);
  expect(shown.at(-1)).toEqual({ goodFrames: 5, actsSeen: 0, advice: undefined, challenge: expect.any(String) });
  await terminal.pass(17_000);
  await checking;
  const asked = shown.at(-1)?.challenge;
  expect(send.mock.calls).toEqual([[{ type: 'FACE_REFUSED', attemptsLeft: 2, why: asked }]]);
  expect(recorded()[0]?.detail).toMatchObject({ verdict: 'refused', reason: 'act-not-seen' });
});

test('a record that the disk refuses does not keep the visit from going on by itself', async () => {
  terminal.noRoomFor = (context) => context.startsWith('audit.');
  await attempt(1, start, choose('S01'));
  expect(terminal.screen).toMatchObject({ phase: 'matched' });
  expect(terminal.log.entries).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'a face check could not be put on record' }),
  );
});
