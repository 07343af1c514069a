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
const HALF_MINUTE_MS = 30_000;
/** Evenly over five minutes. */
const HALF_MINUTE_SHARE = 0.1;

/** One sentence for each promise that was broken; none: all were kept. */
export function brokenPromises({ kiosks, caseNumbers, ratings, traffic, platform, ...left }: Observation): string[] {
  const lost = lostOf({ caseNumbers, platform });
  const again = platform.cases.filter(({ deliveries }) => deliveries > 1).length;
  const most = Math.max(0, ...perHalfMinute(traffic));
  const share = HALF_MINUTE_SHARE * kiosks;
  // Five standard deviations above the share are more than twice as much where terminals are so few that chance has its say.
  const allowed = Math.max(2 * share, share + 5 * Math.sqrt(share));
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
    [most > allowed, `${most} of ${kiosks} terminals came back within one half minute`],
  ];
  return rules.filter(([broken]) => broken).map(([, sentence]) => sentence);
}

/** How many cases were accepted and are not at the platform. */
export function lostOf({ caseNumbers, platform }: Pick<Observation, 'caseNumbers' | 'platform'>): number {
  const arrived = new Set(platform.cases.map(({ caseNumber }) => caseNumber));
  return caseNumbers.filter((caseNumber) => !arrived.has(caseNumber)).length;
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

/** How many terminals first came back in each half minute, up to the last that any came back in. */
function perHalfMinute({ firstAtMs }: Pick<Traffic, 'firstAtMs'>): number[] {
  const slots = [...firstAtMs.values()].map((at) => Math.floor(at / HALF_MINUTE_MS));
  const counts = Array.from({ length: Math.max(-1, ...slots) + 1 }, () => 0);
  for (const slot of slots) counts[slot]! += 1;
  return counts;
}

/** A line for each half minute. */
export function histogram(traffic: Pick<Traffic, 'firstAtMs'>): string[] {
  const counts = perHalfMinute(traffic);
  const most = Math.max(1, ...counts);
  return counts.map((count, slot) => {
    const bar = '█'.repeat(Math.round((count / most) * 40));
    return `${String(slot * 30).padStart(5)} s ${String(count).padStart(6)} ${bar}`;
  });
}
