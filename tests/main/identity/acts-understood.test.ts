import { expect, test } from 'vitest';
import { type FaceChallenge, faceChallenge } from '../../../main/contracts/view.ts';
import { FaceAttempt } from '../../../main/identity/face-attempt.ts';
import { ActingPerson, dice, type Rest } from './acting-person.ts';
import { face } from './judged-frames.ts';

const CARD = face(1);
/** A kiosk that does nothing else judges 12 frames a second and more, one with too much to do three. */
const RATES = [3, 6, 12] as const;
/** From 90 % to 110 % of the time between two. */
const UNEVEN = 0.2;
/** Straight, to either side as far as eight of twelve faces of the sample photos, and laughing. */
const rests: readonly Rest[] = [
  { yawDeg: 0, mouthOpen: 0.01 },
  { yawDeg: -15, mouthOpen: 0.02 },
  { yawDeg: 15, mouthOpen: 0.28 },
];
const LIMIT_MS = 60_000;

type Instead = (asked: FaceChallenge) => FaceChallenge | 'nothing';

function attempted(acts: readonly FaceChallenge[], person: ActingPerson, perS: number, random: () => number) {
  const attempt = new FaceAttempt({
    ...{ framesWanted: 5, matchThreshold: () => 0.5, livenessThreshold: () => 0.5, drawChallenges: () => acts },
  });
  const beganAtMs = random() * 10_000;
  for (let atMs = beganAtMs; atMs - beganAtMs < LIMIT_MS; ) {
    const { embedding, ...plain } = person.frame(atMs);
    const judged = embedding && attempt.wantsEmbedding(atMs) ? { ...plain, embedding } : plain;
    const outcome = attempt.take(judged, CARD, atMs);
    atMs += (1_000 / perS) * (1 + UNEVEN * (random() - 0.5));
    if (outcome) return outcome;
    person.hears(attempt.challenge, atMs);
  }
  throw new Error('an attempt with acts ends');
}

const others = (act: FaceChallenge) => faceChallenge.options.filter((other) => other !== act);

/** Each act with each other one after it, by everybody, `beginnings` times: how many of a hundred passed, by frames a second. */
function understood(first: FaceChallenge, beginnings: number, instead?: Instead): Record<number, number> {
  const random = dice(20_261_130);
  const share = (perS: number): number => {
    const outcomes = others(first).flatMap((second) =>
      rests.flatMap((rest) =>
        Array.from({ length: beginnings }, () =>
          attempted([first, second], new ActingPerson(rest, random, instead), perS, random),
        ),
      ),
    );
    return (100 * outcomes.filter(({ verdict }) => verdict === 'matched').length) / outcomes.length;
  };
  return Object.fromEntries(RATES.map((perS) => [perS, share(perS)]));
}

const all = { 3: 100, 6: 100, 12: 100 };
const none = { 3: 0, 6: 0, 12: 0 };

test.each(faceChallenge.options)(
  '%s and another act after it, done slowly, are understood at any rate of frames',
  (act) => {
    expect(understood(act, 2)).toEqual(all);
  },
);

test.each(faceChallenge.options)('%s is not understood of whoever does another act, or blinks now and then', (act) => {
  expect(understood(act, 1, (asked) => others(asked)[0]!)).toEqual(none);
});
