import { type Embedding, similarity } from '../../models/face/compare.ts';
import type { FaceEngine } from '../../models/face/engine.ts';
import { FaceError } from '../../models/face/errors.ts';
import type { FaceNetworks } from '../../models/face/networks.ts';
import { bootstrapInterval, type Interval, type Trial } from './bootstrap.ts';
import { asChipPhoto, type PictureFolder } from './pictures.ts';
import {
  ascending,
  countBelow,
  type EqualErrorRate,
  equalErrorRate,
  type OperatingPoint,
  pointAt,
  roc,
  type Scores,
  smallestClaim,
  thinned,
  thresholdFor,
  usefulPoints,
} from './rates.ts';
import { type ChipSide, LIVE, type LivenessPicture, type Pair } from './tables.ts';

/** What is measured: both over the same weights. */
export interface Subject {
  readonly engine: Pick<FaceEngine, 'thresholds' | 'embedFrame' | 'embedPortrait' | 'checkLiveness'>;
  readonly networks: Pick<FaceNetworks, 'detect'>;
}

/** A share of trials. */
export interface Rate {
  readonly errors: number;
  readonly trials: number;
  /** Absent without trials. */
  readonly share?: number;
  readonly interval?: Interval;
}

export interface PairsReport {
  readonly chip: ChipSide;
  readonly pairs: { readonly same: number; readonly different: number };
  readonly persons?: number;
  /** Pairs without a score, and the pictures that were the cause, by the engine's code. */
  readonly notComparable: {
    readonly same: Rate;
    readonly different: Rate;
    readonly pictures: Readonly<Record<string, number>>;
  };
  readonly threshold: number;
  /** Of the pairs that have a score. */
  readonly falseAccepts: Rate;
  readonly falseRejects: Rate;
  /** What a resident meets: pairs of one person that do not match, or cannot be compared. */
  readonly notRecognised: Rate;
  readonly smallestFar: number;
  readonly equalErrorRate?: EqualErrorRate;
  readonly wanted: { readonly far: number; readonly claimable: boolean } & OperatingPoint;
  readonly points: readonly OperatingPoint[];
  /** The same two rates at thresholds around the one in force, smallest first. */
  readonly nearby: readonly {
    readonly threshold: number;
    readonly falseAccepts: Rate;
    readonly falseRejects: Rate;
  }[];
  /** Of at most 1,000 points. */
  readonly roc: readonly OperatingPoint[];
}

export interface LivenessReport {
  readonly threshold: number;
  /** By species, most attacks passed first. */
  readonly attacks: readonly ({ readonly species: string } & LivenessRates)[];
  readonly live: LivenessRates;
  /** Largest APCER of all species, and BPCER, at other thresholds. */
  readonly elsewhere: readonly { readonly threshold: number; readonly apcer: number; readonly bpcer: number }[];
}

interface LivenessRates {
  /** APCER of attacks, BPCER of live pictures, among the pictures with one face. */
  readonly errors: Rate;
  readonly noFace: number;
}

export type Progress = (done: number, of: number) => void;

const ROC_POINTS = 1_000;
/** In hundredths from the threshold in force: a city that moves it is told what that costs. */
const NEARBY_STEPS = [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3];

type Embedded = { readonly embedding: Embedding } | { readonly notComparable: string };

/** Embeds each picture once and compares all pairs. */
export async function evaluatePairs(
  { engine, networks }: Subject,
  pairs: readonly Pair[],
  folder: PictureFolder,
  { chip, far, progress }: { readonly chip: ChipSide; readonly far: number; readonly progress: Progress },
): Promise<PairsReport> {
  const roleOf = (side: 'a' | 'b', file: string): string =>
    `${chip === side || chip === 'both' ? 'chip' : 'whole'} ${file}`;
  const embedded = new Map<string, Embedded>();
  for (const { a, b } of pairs) {
    embedded.set(roleOf('a', a), { notComparable: '' });
    embedded.set(roleOf('b', b), { notComparable: '' });
  }
  let done = 0;
  for (const role of embedded.keys()) {
    const [kind, file] = [role.startsWith('chip '), role.slice(role.indexOf(' ') + 1)];
    const bytes = await folder.read(file);
    embedded.set(role, await orNotComparable(kind ? embedChip(bytes) : engine.embedFrame(bytes)));
    done += 1;
    progress(done, embedded.size);
  }

  async function embedChip(bytes: Uint8Array): Promise<Embedded> {
    return await engine.embedPortrait(await asChipPhoto(bytes, networks));
  }

  const personNumbers = numbered(pairs.flatMap(({ personA, personB }) => [personA, personB]));
  const scored = pairs.map((pair, i) => {
    const [a, b] = [embedded.get(roleOf('a', pair.a))!, embedded.get(roleOf('b', pair.b))!];
    const score = 'embedding' in a && 'embedding' in b ? similarity(a.embedding, b.embedding) : undefined;
    const persons: Trial['persons'] =
      pair.personA !== undefined && pair.personB !== undefined
        ? [personNumbers.get(pair.personA)!, personNumbers.get(pair.personB)!]
        : [i];
    return { same: pair.same, score, persons };
  });
  const causes = [...embedded.values()].flatMap((result) => ('notComparable' in result ? [result.notComparable] : []));
  return {
    chip,
    ...(personNumbers.size > 0 && { persons: personNumbers.size }),
    ...ratesOf(scored, engine.thresholds.match, far, counted(causes)),
  };
}

interface ScoredPair {
  readonly same: boolean;
  readonly score: number | undefined;
  readonly persons: Trial['persons'];
}

function ratesOf(
  scored: readonly ScoredPair[],
  threshold: number,
  far: number,
  pictures: Readonly<Record<string, number>>,
): Omit<PairsReport, 'chip' | 'persons'> {
  const [same, different] = [scored.filter((pair) => pair.same), scored.filter((pair) => !pair.same)];
  const rate = (of: readonly ScoredPair[], isError: (score: number | undefined) => boolean): Rate =>
    rateOf(of.map(({ score, persons }) => ({ error: isError(score), persons })));
  const comparable = (of: readonly ScoredPair[]) => of.filter(({ score }) => score !== undefined);
  const accepted = (score: number | undefined, from = threshold): boolean => score !== undefined && score >= from;
  const errorsAt = (from: number) => ({
    falseAccepts: rate(comparable(different), (score) => accepted(score, from)),
    falseRejects: rate(comparable(same), (score) => !accepted(score, from)),
  });
  const genuine = scoresOf(same);
  const impostor = scoresOf(different);
  const curve = genuine.length > 0 && impostor.length > 0 ? roc(genuine, impostor) : [];
  return {
    pairs: { same: same.length, different: different.length },
    notComparable: {
      same: rate(same, (score) => score === undefined),
      different: rate(different, (score) => score === undefined),
      pictures,
    },
    threshold,
    ...errorsAt(threshold),
    notRecognised: rate(same, (score) => !accepted(score)),
    smallestFar: smallestClaim(impostor.length),
    ...(curve.length > 0 && { equalErrorRate: equalErrorRate(curve) }),
    wanted: {
      ...pointAt(genuine, impostor, thresholdFor(impostor, far)),
      far,
      claimable: smallestClaim(impostor.length) <= far,
    },
    points: curve.length > 0 ? usefulPoints(genuine, impostor) : [],
    nearby: NEARBY_STEPS.map((step) => {
      const other = Math.round((threshold + step / 100) * 10_000) / 10_000;
      return { threshold: other, ...errorsAt(other) };
    }),
    roc: thinned(curve, ROC_POINTS),
  };
}

/** Judges each picture alone, as `kioskctl face liveness` does. */
export async function evaluateLiveness(
  { engine }: Subject,
  pictures: readonly LivenessPicture[],
  folder: PictureFolder,
  progress: Progress,
): Promise<LivenessReport> {
  const scores = new Map<string, (number | undefined)[]>();
  for (const [i, { file, species }] of pictures.entries()) {
    const result = await orNotComparable(engine.checkLiveness(await folder.read(file)));
    const ofSpecies = scores.get(species) ?? [];
    ofSpecies.push('score' in result ? result.score : undefined);
    scores.set(species, ofSpecies);
    progress(i + 1, pictures.length);
  }
  const threshold = engine.thresholds.liveness;
  const rates = (of: readonly (number | undefined)[], isError: (score: number) => boolean): LivenessRates => {
    const judged = of.filter((score) => score !== undefined);
    return {
      errors: rateOf(judged.map((score, i) => ({ error: isError(score), persons: [i] }))),
      noFace: of.length - judged.length,
    };
  };
  const attackScores = [...scores].filter(([species]) => species !== LIVE);
  const live = scores.get(LIVE) ?? [];
  const attacks = attackScores
    .map(([species, of]) => ({ species, ...rates(of, (score) => score >= threshold) }))
    .sort((a, b) => (b.errors.share ?? 0) - (a.errors.share ?? 0) || a.species.localeCompare(b.species));
  const perSpecies = attackScores.map(([, of]) => known(of)).filter((of) => of.length > 0);
  const liveScores = known(live);
  return {
    threshold,
    attacks,
    live: rates(live, (score) => score < threshold),
    elsewhere: Array.from({ length: 19 }, (_, i) => {
      const other = (i + 1) / 20;
      const passed = perSpecies.map((of) => 1 - countBelow(of, other) / of.length);
      return {
        threshold: other,
        apcer: Math.max(0, ...passed),
        bpcer: countBelow(liveScores, other) / liveScores.length,
      };
    }),
  };
}

function rateOf(trials: readonly Trial[]): Rate {
  const errors = trials.filter(({ error }) => error).length;
  const interval = bootstrapInterval(trials);
  return { errors, trials: trials.length, ...(interval && { share: errors / trials.length, interval }) };
}

async function orNotComparable<T>(work: Promise<T>): Promise<T | { readonly notComparable: string }> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FaceError) return { notComparable: error.code };
    throw error;
  }
}

function scoresOf(pairs: readonly ScoredPair[]): Scores {
  return known(pairs.map(({ score }) => score));
}

function known(scores: readonly (number | undefined)[]): Scores {
  return ascending(scores.filter((score) => score !== undefined));
}

function numbered(names: readonly (string | undefined)[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const name of names) if (name !== undefined && !numbers.has(name)) numbers.set(name, numbers.size);
  return numbers;
}

function counted(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
