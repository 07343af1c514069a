import { expect, test } from 'vitest';
import type { FaceChallenge } from '../../../main/contracts/view.ts';
import { atRest, Challenge, drawChallenges, type Slips } from '../../../main/identity/challenge.ts';
import { type SignChanges, signs } from './judged-frames.ts';

const REST = atRest([signs(), signs({ yawDeg: 40, mouthOpen: 0.4 }), signs()]);
const acts: Record<FaceChallenge, SignChanges> = {
  blink: { eyesOpen: 0.1 },
  'turn-left': { yawDeg: -16 },
  'turn-right': { yawDeg: 20 },
  'open-mouth': { mouthOpen: 0.4 },
};
const rest: SignChanges = {};
/** The fewest frames, one every 100 ms, in which each is seen. */
const enough: Record<FaceChallenge, number> = { blink: 1, 'turn-left': 2, 'turn-right': 2, 'open-mouth': 4 };

/** What came of an act that was asked for at 0, with a frame of each of these every 100 ms. */
function asked(
  act: FaceChallenge,
  frames: readonly (SignChanges | undefined)[],
  { slips = { left: 1 }, everyMs = 100 }: { readonly slips?: Slips; readonly everyMs?: number } = {},
): string {
  const challenge = new Challenge(act, REST, 0, slips);
  for (const [i, frame] of frames.entries()) {
    const went = challenge.take(frame && signs(frame), (i + 1) * everyMs);
    if (went !== 'going-on') return `${went} ${i + 1}`;
  }
  return 'going-on';
}
const times = (count: number, frame: SignChanges | undefined) => Array.from({ length: count }, () => frame);

test.each(Object.entries(acts) as [FaceChallenge, SignChanges][])('%s is seen from rest to rest', (act, frame) => {
  const held = times(enough[act], frame);
  expect(asked(act, [rest, rest, ...held, rest])).toBe(`seen ${enough[act] + 3}`);
  expect(asked(act, [rest, rest, ...held])).toBe('going-on');
  expect(asked(act, [...times(20, rest), ...held.slice(1), rest, ...held.slice(1), rest])).toBe('going-on');
});

test('one frame of an act is a misread one, but of a blink', () => {
  const once = (act: FaceChallenge) => asked(act, [rest, rest, acts[act], rest, acts[act], rest]);
  for (const act of ['turn-left', 'turn-right', 'open-mouth'] as const) expect(once(act)).toBe('going-on');
  expect(once('blink')).toBe('seen 4');
});

test.each(Object.entries(acts) as [FaceChallenge, SignChanges][])(
  'a picture that shows "%s" already, and then the face at rest, has not done it',
  (act, frame) => {
    expect(asked(act, [...times(6, frame), rest, ...times(6, frame), rest])).toBe('going-on');
  },
);

test('half an act is none', () => {
  const half: Record<FaceChallenge, SignChanges> = {
    blink: { eyesOpen: 0.4 },
    'turn-left': { yawDeg: -10 },
    'turn-right': { yawDeg: 14 },
    'open-mouth': { mouthOpen: 0.14 },
  };
  for (const act of Object.keys(acts) as FaceChallenge[])
    expect(asked(act, [rest, rest, ...times(6, half[act]), rest, rest])).toBe('going-on');
});

test('a mouth that is asked to open has to by less than one that is not, as people speak', () => {
  const speaking: SignChanges = { mouthOpen: 0.2 };
  expect(asked('open-mouth', [rest, rest, ...times(4, speaking), rest])).toBe('seen 7');
  expect(asked('open-mouth', [rest, rest, ...times(4, speaking), { mouthOpen: 0.14 }, rest])).toBe('seen 8');
  expect(asked('turn-left', [rest, rest, ...times(9, speaking), ...times(2, acts['turn-left']), rest])).toBe('seen 14');
  const wide = times(3, acts['open-mouth']);
  expect(asked('turn-left', [rest, rest, ...wide], { slips: { left: 0 } })).toBe('missed 5');
});

test('a mouth that is asked to open stays open for 400 ms since it last was not, in two frames at least', () => {
  const wide = acts['open-mouth'];
  const every = (everyMs: number, frames: number) =>
    asked('open-mouth', [rest, rest, ...times(frames, wide), rest], { everyMs });
  expect([every(333, 2), every(190, 3), every(67, 6)]).toEqual(['seen 5', 'seen 6', 'seen 9']);
  expect([every(333, 1), every(900, 1), every(190, 2), every(67, 5)]).toEqual(Array(4).fill('going-on'));
  expect(asked('open-mouth', [rest, rest, ...times(3, wide), undefined, ...times(3, wide), rest])).toBe('going-on');
});

/** From closed to as wide as reads 0.18 more and back, so many times a second; every tenth syllable is followed by a pause of one. */
const speechAt = (atMs: number, syllablesPerS: number): SignChanges => {
  const syllables = (atMs * syllablesPerS) / 1_000;
  const opens = Math.floor(syllables) % 11 === 10 ? 0 : (1 - Math.cos(2 * Math.PI * syllables)) / 2;
  return { mouthOpen: 0.03 + 0.18 * opens };
};

test.each([12, 15])('who speaks, %i frames a second, does not open the mouth', (perS) => {
  const everyMs = 1_000 / perS;
  for (const syllablesPerS of [4, 4.5, 5])
    for (let afterMs = 0; afterMs < 1_000; afterMs += 50) {
      const spoken = Array.from({ length: 8 * perS }, (_, i) => speechAt(afterMs + i * everyMs, syllablesPerS));
      expect(asked('open-mouth', [rest, rest, ...spoken], { everyMs })).toBe('going-on');
    }
});

test('a person whose rest is not straight is measured from there', () => {
  const turned = new Challenge('turn-right', atRest([signs({ yawDeg: 12 })]), 0, { left: 1 });
  const yaws = [12, 12, 20, 26, 26, 20, 13, 28, 28];
  expect(new Set(yaws.map((yawDeg, i) => turned.take(signs({ yawDeg }), i * 100)))).toEqual(new Set(['going-on']));
  expect(turned.take(signs({ yawDeg: 14 }), 900)).toBe('seen');
});

test('what is not done within 8 s is asked once more, and then missed', () => {
  expect(asked('turn-left', times(158, rest))).toBe('going-on');
  expect(asked('turn-left', times(170, rest))).toBe('missed 160');
  expect(asked('turn-left', [...times(150, rest), ...times(2, acts['turn-left']), rest])).toBe('seen 153');
});

test('faces that cannot be judged do not stop the time', () => {
  expect(asked('blink', times(170, undefined))).toBe('missed 160');
});

test('another act than the one asked for counts as missed once it is held, as a recording shows them all', () => {
  const wrong = [rest, rest, ...times(3, acts['turn-right'])];
  expect(asked('turn-left', [...wrong, rest, rest, ...times(2, acts['turn-left']), rest])).toBe('seen 10');
  expect(asked('turn-left', [...wrong, ...wrong])).toBe('missed 10');
  expect(asked('turn-left', [...wrong.slice(0, 4), rest, ...times(2, acts['turn-left']), rest])).toBe('seen 8');
});

test('an attempt forgives one wrong act, not one for each act that is asked for; what comes late is asked once more all the same', () => {
  const slips = { left: 1 };
  const wrong = [rest, rest, ...times(3, acts['turn-right'])];
  const right = [rest, rest, ...times(2, acts['turn-left']), rest];
  expect(asked('turn-left', [...wrong, ...right], { slips })).toBe('seen 10');
  expect(asked('turn-left', wrong, { slips })).toBe('missed 5');
  expect(asked('turn-left', [...times(100, rest), ...right], { slips })).toBe('seen 105');
});

test('people blink while they turn', () => {
  expect(asked('turn-left', [rest, rest, ...times(20, acts.blink), ...times(2, acts['turn-left']), rest])).toBe(
    'seen 25',
  );
});

test('while nobody could look, the time does not run', () => {
  const challenge = new Challenge('blink', REST, 0, { left: 1 });
  for (const atMs of [7_900, 20_000, 40_000, 40_100, 40_200]) expect(challenge.take(signs(), atMs)).toBe('going-on');
  challenge.take(signs(acts.blink), 40_300);
  expect(challenge.take(signs(), 40_400)).toBe('seen');
});

test('acts are drawn by lot, none twice, and never more than there are', () => {
  const drawn = Array.from({ length: 200 }, () => drawChallenges(3));
  for (const three of drawn) expect(new Set(three).size).toBe(3);
  expect(new Set(drawn.map(String)).size).toBe(24);
  expect(drawChallenges(9)).toHaveLength(4);
  expect(drawChallenges(0)).toEqual([]);
});

test('a camera that gives less than a frame a second can see an act, and miss one', () => {
  const pauses = times(3, rest);
  const turned = acts['turn-left'];
  expect(asked('turn-left', [...pauses, rest, rest, turned, turned, rest], { everyMs: 1_100 })).toBe('seen 8');
  expect(asked('turn-left', times(30, rest), { everyMs: 1_100 })).toMatch(/^missed/);
});
