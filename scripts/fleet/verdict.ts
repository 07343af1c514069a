import type { Inspection } from '../platform/records.ts';
import type { Traffic } from './line.ts';

/** What a run of the fleet has shown. */
export interface Observation {
  readonly kiosks: number;
  /** Accepted on the screens of all terminals. */
  readonly caseNumbers: readonly string[];
  readonly ratings: number;
  readonly traffic: Traffic;
  readonly platform: Pick<Inspection, 'cases' | 'ratings' | 'duplicates' | 'outOfOrder'>;
  /** Deliveries that terminals still hold, and that they gave up. */
  readonly waiting: number;
  readonly rejected: number;
}

const WINDOW_MS = 10_000;
/** Evenly over five minutes it would be a thirtieth; what their own backoff brings back sooner comes on top. */
const WINDOW_SHARE = 0.2;

/** One sentence for each promise that was broken; none: all were kept. */
export function brokenPromises({ kiosks, caseNumbers, ratings, traffic, platform, ...left }: Observation): string[] {
  const arrived = new Map<string, number>();
  for (const { caseNumber } of platform.cases) arrived.set(caseNumber, (arrived.get(caseNumber) ?? 0) + 1);
  const lost = caseNumbers.filter((caseNumber) => !arrived.has(caseNumber)).length;
  const again = platform.cases.filter(({ deliveries }) => deliveries > 1).length;
  const most = busiestWindow(traffic);
  // Three standard deviations above the share, so that few terminals may fall together by chance.
  const allowed = WINDOW_SHARE * kiosks + 3 * Math.sqrt(WINDOW_SHARE * kiosks);
  const rules: [boolean, string][] = [
    [lost > 0, `${lost} of ${caseNumbers.length} cases were lost`],
    [platform.cases.length > caseNumbers.length, 'the platform has cases that nobody accepted'],
    [platform.duplicates > 0, `${platform.duplicates} cases were done twice`],
    [again > 0, `${again} cases were sent again although they had been answered`],
    [platform.outOfOrder > 0, `${platform.outOfOrder} ratings came before their case`],
    [platform.ratings !== ratings, `${platform.ratings} of ${ratings} ratings arrived`],
    [left.waiting > 0, `${left.waiting} deliveries are still waiting`],
    [left.rejected > 0, `${left.rejected} deliveries were given up`],
    [traffic.tooEarly > 0, `${traffic.tooEarly} deliveries came before Retry-After allowed`],
    [traffic.toldToWait === 0, 'the platform never had to ask anybody to wait: nothing was shown of Retry-After'],
    [most > allowed, `${most} of ${kiosks} terminals came back within ${WINDOW_MS / 1_000} s`],
  ];
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

/** The most terminals that first came back within ten seconds of each other. */
export function busiestWindow({ firstAtMs }: Pick<Traffic, 'firstAtMs'>): number {
  const times = [...firstAtMs.values()].sort((one, other) => one - other);
  let from = 0;
  return times.reduce((most, at, index) => {
    while (at - times[from]! > WINDOW_MS) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}

/** A line for each half minute: how many terminals came back in it. */
export function histogram({ firstAtMs }: Pick<Traffic, 'firstAtMs'>): string[] {
  const halfMinutes = new Map<number, number>();
  for (const at of firstAtMs.values()) {
    const slot = Math.floor(at / 30_000);
    halfMinutes.set(slot, (halfMinutes.get(slot) ?? 0) + 1);
  }
  const last = Math.max(-1, ...halfMinutes.keys());
  const most = Math.max(1, ...halfMinutes.values());
  return Array.from({ length: last + 1 }, (_, slot) => {
    const count = halfMinutes.get(slot) ?? 0;
    return `${String(slot * 30).padStart(5)} s ${String(count).padStart(6)} ${'█'.repeat(Math.round((count / most) * 40))}`;
  });
}
