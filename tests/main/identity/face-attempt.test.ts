import { expect, test } from 'vitest';
import type { FaceChallenge } from '../../../main/contracts/view.ts';
import {
  type AttemptRules,
  FaceAttempt,
  type FaceOutcome,
  type JudgedFrame,
} from '../../../main/identity/face-attempt.ts';
import { similarity } from '../../../models/face/compare.ts';
import { bad, face, good, look, signs } from './judged-frames.ts';

const CARD = face(1);
const EVERY_MS = 60;

interface Attempted {
  readonly outcome: FaceOutcome | undefined;
  readonly attempt: FaceAttempt;
  /** How many frames were taken. */
  readonly frames: number;
}

/** Frames in order, `everyMs` apart; embedded only where the attempt wants it, as the face process does. */
function attempted(
  frames: Iterable<JudgedFrame>,
  { everyMs = EVERY_MS, ...changes }: Partial<AttemptRules> & { everyMs?: number } = {},
): Attempted {
  const attempt = new FaceAttempt({
    ...{
      framesWanted: 5,
      matchThreshold: () => similarity(CARD, face(0.5)),
      livenessThreshold: () => 0.5,
      drawChallenges: () => [],
    },
    ...changes,
  });
  let taken = 0;
  for (const frame of frames) {
    const atMs = taken * everyMs;
    const { embedding, ...plain } = frame;
    const judged = embedding && attempt.wantsEmbedding(atMs) ? frame : plain;
    taken += 1;
    const outcome = attempt.take(judged, CARD, atMs);
    if (outcome) return { outcome, attempt, frames: taken };
  }
  return { outcome: undefined, attempt, frames: taken };
}

function* forever(make: (index: number) => JudgedFrame, count = 400): Generator<JudgedFrame> {
  for (let i = 0; i < count; i += 1) yield make(i);
}

test('the person of the card is matched by the median of five faces spread over 0.6 s', () => {
  const { outcome, frames } = attempted(forever(() => good(0.8)));
  expect(outcome).toMatchObject({
    verdict: 'matched',
    reason: 'same-person',
    challenges: 0,
    breaks: [],
    liveness: 0.9,
  });
  expect(outcome?.similarity).toBeCloseTo(0.8);
  expect(frames).toBeGreaterThan(600 / EVERY_MS);
  expect(frames).toBeLessThan(900 / EVERY_MS);
});

test('five frames in a tenth of a second are not enough, and slow frames are each embedded', () => {
  expect(
    attempted(
      forever(() => good(0.8), 10),
      { everyMs: 20 },
    ).outcome,
  ).toBeUndefined();
  expect(
    attempted(
      forever(() => good(0.8)),
      { everyMs: 200 },
    ).frames,
  ).toBe(5);
});

test('whatever pace the frames come at, the decision is not later than the first of them after 0.6 s', () => {
  for (const everyMs of [40, 60, 70, 100, 140])
    expect(
      attempted(
        forever(() => good(0.8)),
        { everyMs },
      ).frames,
    ).toBe(1 + Math.ceil(600 / everyMs));
});

test('a face of which nobody said whether it lives is not matched', () => {
  const unjudged = (): JudgedFrame => {
    const { liveness: _, ...rest } = good(0.8);
    return rest;
  };
  expect(attempted(forever(unjudged, 60)).outcome).toBeUndefined();
});

test('of the frames of 0.6 s five are embedded and no more', () => {
  const attempt = attempted([], {}).attempt;
  let embedded = 0;
  for (let atMs = 0; ; atMs += 20) {
    const wanted = attempt.wantsEmbedding(atMs);
    const { embedding: _, ...plain } = good(0.8);
    if (wanted) embedded += 1;
    if (attempt.take(wanted ? good(0.8) : plain, CARD, atMs)) break;
  }
  expect(embedded).toBe(5);
});

test.each([
  ['one bad moment does not refuse', [0.4, 0.7, 0.75, 0.8, 0.8], 'matched'],
  ['a lucky one does not admit', [0.6, 0.3, 0.35, 0.4, 0.3], 'refused'],
  ['at the threshold is enough', [0.4, 0.45, 0.5, 0.6, 0.7], 'matched'],
  ['below it is not', [0.4, 0.45, 0.499, 0.6, 0.7], 'refused'],
])('%s', (_, cosines, verdict) => {
  const { outcome } = attempted(
    cosines.map((cosine) => good(cosine)),
    { everyMs: 200 },
  );
  expect(outcome?.verdict).toBe(verdict);
  if (verdict === 'refused') expect(outcome?.reason).toBe('another-person');
});

test('nobody is matched before thresholds are known', () => {
  const unknown = { matchThreshold: () => Number.POSITIVE_INFINITY };
  expect(
    attempted(
      forever(() => good(1)),
      unknown,
    ).outcome?.verdict,
  ).toBe('refused');
});

test('a frame that is no good does not start over, and counts for nothing', () => {
  const frames = [good(0.8), bad('blurred'), good(0.8), bad('no-face'), good(0.8), good(0.8)];
  const { outcome, attempt } = attempted(frames, { everyMs: 200 });
  expect([outcome, attempt.goodFrames]).toEqual([undefined, 4]);
});

test('a good frame without signs cannot be told from a recording, and counts for nothing', () => {
  const { signs: _, ...blind } = good(0.8);
  expect(attempted(forever(() => blind, 50)).attempt.goodFrames).toBe(0);
});

test('lucky frames of a face that is mostly not live do not admit it, and after 3 s it is refused', () => {
  const { outcome, frames } = attempted(forever((i) => (i % 3 ? bad('not-live') : good(0.8))));
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'not-live' });
  expect(frames).toBeGreaterThan(3_000 / EVERY_MS);
  expect(attempted(forever((i) => (i % 3 ? good(0.8) : bad('not-live')))).outcome?.verdict).toBe('matched');
});

test('a picture held before the camera is refused after 3 s and twelve frames', () => {
  const { outcome, frames } = attempted(forever(() => bad('not-live')));
  expect([outcome?.reason, frames]).toEqual(['not-live', 1 + 3_000 / EVERY_MS]);
  expect(
    attempted(
      forever(() => bad('not-live')),
      { everyMs: 1_000 },
    ).frames,
  ).toBe(12);
  expect(attempted(forever((i) => bad(i % 40 ? 'not-live' : 'blurred'))).outcome).toBeUndefined();
});

test('another face in between throws away what was collected, and whoever swaps three times is refused', () => {
  const once = attempted(
    forever((i) => good(i < 4 ? -0.4 : 0.9), 9),
    { everyMs: 200 },
  );
  expect([once.outcome?.verdict, once.outcome?.breaks]).toEqual([undefined, undefined]);
  expect(once.attempt.goodFrames).toBe(4);
  const thrice = attempted(
    forever((i) => good([0.9, -0.4][Math.floor(i / 2) % 2]!)),
    { everyMs: 200 },
  );
  expect(thrice.outcome).toMatchObject({ reason: 'broken-sequence', breaks: ['changed', 'changed', 'changed'] });
});

test('a recording in a loop shorter than the attempt is refused, as is a picture fed for 4 s', () => {
  const clip = Array.from({ length: 9 }, () => look());
  const looped = attempted(forever((i) => good(0.9, { look: clip[i % 9]! }, 0.9)));
  expect(looped.outcome).toMatchObject({ verdict: 'refused', reason: 'broken-sequence' });
  expect(looped.outcome?.breaks).toEqual(['repeated', 'repeated', 'repeated']);
  const still = look();
  const frozen = attempted(forever(() => good(0.9, { look: still.slice() })));
  expect(frozen.outcome?.breaks).toEqual(['frozen', 'frozen', 'frozen']);
});

const acting = { drawChallenges: () => ['turn-left', 'blink'] as const };
const matchedFaces = Array.from({ length: 14 }, () => () => good(0.8));
const turned = () => bad('look-straight', { yawDeg: -25 });
const turning = [() => good(0.8), () => good(0.8), turned, turned, () => good(0.8)];
const blinking = [() => good(0.8), () => good(0.8), () => bad('open-eyes', { eyesOpen: 0.1 }), () => good(0.8)];
const run = (steps: readonly (() => JudgedFrame)[], rules: Partial<AttemptRules> = acting) =>
  attempted(
    steps.map((step) => step()),
    rules,
  );

test('acts are asked for once the face is the card’s, one after the other, and the face after the last decides', () => {
  const asked = run(matchedFaces);
  expect([asked.outcome, asked.attempt.challenge, asked.attempt.goodFrames]).toEqual([undefined, 'turn-left', 5]);
  const second = run([...matchedFaces, ...turning, () => good(0.8)]);
  expect([second.outcome, second.attempt.challenge, second.attempt.actsSeen]).toEqual([undefined, 'blink', 1]);
  const all = run([...matchedFaces, ...turning, () => good(0.8), ...blinking, () => good(0.8)]);
  expect(all.outcome).toMatchObject({ verdict: 'matched', challenges: 2, breaks: [] });
});

test('a head that is held half turned, in good frames, does not pass for the face at rest', () => {
  const halfTurned = Array.from({ length: 30 }, () => () => good(0.8, { yawDeg: -16 }));
  const turned = [() => good(0.8), () => good(0.8), ...halfTurned, () => good(0.8)];
  const { outcome } = run([...matchedFaces, ...turned, () => good(0.8), ...blinking, () => good(0.8)]);
  expect(outcome).toMatchObject({ verdict: 'matched', challenges: 2 });
});

test('another person is refused before anything is asked of them', () => {
  const { outcome, attempt } = run(Array.from({ length: 14 }, () => () => good(0.3)));
  expect([outcome?.reason, attempt.challenge]).toEqual(['another-person', undefined]);
});

test('an act that is not seen in twice 8 s refuses', () => {
  const { outcome } = attempted(
    forever(() => good(0.8)),
    acting,
  );
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'act-not-seen', missed: 'turn-left', challenges: 0 });
});

test('whoever comes for the act and goes again is another face: the one after it is compared', () => {
  const swapped = run([...matchedFaces, ...turning, () => good(-0.4)]);
  expect([swapped.attempt.challenge, swapped.attempt.goodFrames]).toEqual([undefined, 0]);
});

test('the next act waits for a good look at the face after the one before', () => {
  const turnedAway = () => bad('look-straight');
  const waiting = run([...matchedFaces, ...turning, turnedAway, turnedAway]);
  expect([waiting.outcome, waiting.attempt.challenge]).toEqual([undefined, undefined]);
  const looked = run([...matchedFaces, ...turning, turnedAway, () => good(0.8)]);
  expect(looked.attempt.challenge).toBe('blink');
});

test('a good frame without signs is compared with nothing, and is no look at the face after an act', () => {
  const { signs: _, ...blind } = good(-0.4);
  const after = (frame: JudgedFrame) => run([...matchedFaces, ...turning, () => frame], oneTurn).outcome;
  expect([after(blind), after(good(0.8))?.verdict]).toEqual([undefined, 'matched']);
});

/** An act that is done after so many frames of a face that only looks. */
const lateTurn = (face: () => JudgedFrame): (() => JudgedFrame)[] => [
  ...matchedFaces,
  ...Array.from({ length: 100 }, () => face),
  ...[turned, turned],
  ...Array.from({ length: 3 }, () => face),
];
const oneTurn = { drawChallenges: () => ['turn-left'] as const };

test('who is like the card at first, and less and less while an act is asked for, is refused in the end', () => {
  expect(
    run(
      lateTurn(() => good(0.75)),
      oneTurn,
    ).outcome,
  ).toMatchObject({ verdict: 'matched' });
  const outcome = run(
    lateTurn(() => good(0.3)),
    oneTurn,
  ).outcome;
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'another-person', challenges: 1, breaks: [] });
});

test('who is not live for most of the acts is refused in the end', () => {
  let frames = 0;
  const flickers = (): JudgedFrame => {
    frames += 1;
    return frames % 4 === 0 || frames > 100 ? good(0.8) : bad('not-live');
  };
  const outcome = run(lateTurn(flickers), oneTurn).outcome;
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'not-live', challenges: 1, breaks: [] });
});

test('nobody before the camera while an act is asked for breaks the sequence, and a blink of the detector does not', () => {
  const away = (count: number) => Array.from({ length: count }, () => () => bad('no-face'));
  expect(run([...matchedFaces, ...away(8), ...turning]).attempt.challenge).toBeUndefined();
  const gone = run([...matchedFaces, ...away(9), ...turning]);
  expect(gone.attempt.challenge).toBeUndefined();
  expect(run([...matchedFaces, ...away(8)]).attempt.challenge).toBe('turn-left');
  expect(run([...matchedFaces, ...away(9)]).attempt.challenge).toBeUndefined();
});

test('where two frames come a second, two in which the detector misses a turned head break nothing, and three do', () => {
  const lost = (count: number) => Array.from({ length: count }, () => bad('no-face'));
  const after = (frames: readonly JudgedFrame[]) =>
    attempted([...matchedFaces.slice(0, 5).map((step) => step()), ...frames], { ...acting, everyMs: 500 }).attempt;
  expect(after([...lost(2), good(0.8), ...lost(2)]).challenge).toBe('turn-left');
  expect(after(lost(3)).facts.breaks).toEqual(['interrupted']);
});

test('however few frames come, nobody for more than 1.5 s breaks the sequence', () => {
  const breaksOf = (everyMs: number, lost: number) => {
    const frames = [...matchedFaces.slice(0, 5).map((step) => step()), ...Array(lost).fill(bad('no-face'))];
    return attempted(frames, { ...acting, everyMs }).attempt.facts.breaks;
  };
  expect([breaksOf(1_000, 1), breaksOf(750, 2), breaksOf(1_500, 1)]).toEqual([[], [], []]);
  for (const [everyMs, lost] of [
    [1_000, 2],
    [760, 2],
    [1_510, 1],
  ] as const)
    expect(breaksOf(everyMs, lost)).toEqual(['interrupted']);
});

test('a head that turns so far that it cannot be judged for a second is still there', () => {
  const far = Array.from({ length: 17 }, () => (): JudgedFrame => ({ advice: 'come-closer', good: false }));
  const turns = [() => good(0.8), () => good(0.8), turned, turned, ...far];
  expect(run([...matchedFaces, ...turns, () => good(0.8), () => good(0.8)]).attempt.challenge).toBe('blink');
});

test('a turn that is read in blurred frames was none', () => {
  const shaken = () => bad('blurred', { yawDeg: -25 });
  const shaking = [() => good(0.8), () => good(0.8), shaken, shaken, shaken, () => good(0.8)];
  expect(run([...matchedFaces, ...shaking, () => good(0.8)]).attempt.challenge).toBe('turn-left');
});

test('a break off has the same acts asked for again: nobody waits for those of a recording', () => {
  const lots: FaceChallenge[][] = [['turn-left'], ['open-mouth']];
  const away = Array.from({ length: 10 }, () => () => bad('one-person-only'));
  const { attempt } = run([...matchedFaces, ...away, ...matchedFaces], { drawChallenges: () => lots.shift()! });
  expect([attempt.facts.breaks, attempt.challenge]).toEqual([['interrupted'], 'turn-left']);
});

test('a wrong act is forgiven once in an attempt', () => {
  const other = () => bad('look-straight', { yawDeg: 25 });
  const wrong = [() => good(0.8), () => good(0.8), other, other, other];
  const first = [...matchedFaces, ...wrong, ...turning, () => good(0.8)];
  expect(run(first).attempt.challenge).toBe('blink');
  expect(run([...first, ...wrong]).outcome).toMatchObject({ reason: 'act-not-seen', missed: 'blink', challenges: 1 });
});

test('an attempt is used once an act was asked for, whatever comes after', () => {
  expect(run(matchedFaces.slice(0, 4)).attempt.isUsed).toBe(false);
  expect(run(matchedFaces).attempt.isUsed).toBe(true);
  expect(run([...matchedFaces, ...turning]).attempt.isUsed).toBe(true);
});

test('nothing of the face is left after an attempt: looks and embeddings are overwritten', () => {
  const frames = Array.from({ length: 30 }, () => good(0.8));
  const { attempt, frames: taken } = attempted(frames);
  attempt.forget();
  for (const { embedding, signs: seen } of frames.slice(0, taken)) {
    expect(seen?.look.some(Boolean)).toBe(false);
    expect(embedding?.some(Boolean) === true && embedding[0] !== Math.fround(0.8)).toBe(false);
  }
});

test('the embedding of a frame that counts for nothing is overwritten at once', () => {
  const attempt = attempted([]).attempt;
  const [first, same] = [good(0.8), good(0.8)];
  attempt.take(first, CARD, 0);
  attempt.take({ ...same, signs: { ...signs(), look: first.signs!.look } }, CARD, 60);
  expect([first.embedding?.some(Boolean), same.embedding?.some(Boolean)]).toEqual([true, false]);
});
