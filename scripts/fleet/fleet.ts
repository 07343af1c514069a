import { join } from 'node:path';
import { startPlatform } from '../platform/platform.ts';
import { Kiosk } from './kiosk.ts';
import { Line } from './line.ts';
import { SimulatedTime } from './simulated-time.ts';
import type { Observation } from './verdict.ts';

export interface FleetOptions {
  readonly kiosks: number;
  /** Where the databases go; empty, and there afterwards as the terminals left it. */
  readonly folder: string;
  readonly onProgress: (sentence: string) => void;
}

export interface FleetRun extends Observation {
  /** Of this machine's time, from the end of the outage. */
  readonly drainS: number;
  /** Of simulated time. */
  readonly drainSimulatedS: number;
}

const CASES = 5;
/** Long enough that each terminal's own backoff has grown to minutes, and all come back over five. */
const OUTAGE_MS = 20 * 60_000;
/** Terminals ask for the platform's health at this pace, each at its own moment. */
const HEALTH_MS = 5_000;
/** The platform works at a pace by which all is done in six minutes: they come back within five, so it has to ask some to wait. */
const PLATFORM_MS = 6 * 60_000;
/** By then all is delivered, or it will never be. */
const PATIENCE_MS = 60 * 60_000;
const STEP_MS = 100;
const OUTAGE_STEP_MS = 1_000;
const REPORT_EVERY_MS = 60_000;
const OUTAGE_REPORT_MS = 5 * 60_000;

/** A city after an outage of its platform: every terminal has accepted five cases, one of them rated. */
export async function runFleet({ kiosks: count, folder, onProgress }: FleetOptions): Promise<FleetRun> {
  let underWay = 0;
  const time = new SimulatedTime({ startsAt: new Date('2026-11-21T08:00:00Z'), busy: () => underWay > 0 });
  const line = new Line();
  const deliveries = count * (CASES + 1);
  const perSecond = Math.max(1, deliveries / (PLATFORM_MS / 1_000));
  const platform = await startPlatform({
    ...{ port: 0, token: 'fleet', now: () => new Date() },
    rate: { perSecond, burst: Math.ceil(2 * perSecond) },
  });
  const kiosks = new Set<Kiosk>();
  try {
    for (let index = 1; index <= count; index += 1) {
      const id = `K${String(index).padStart(4, '0')}`;
      kiosks.add(
        new Kiosk({
          ...{ id, file: join(folder, `${id}.db`), baseUrl: platform.url, token: 'fleet', fetch: line.fetch },
          onTraffic: (change) => {
            underWay += change;
          },
        }),
      );
    }
    onProgress(`${count} terminals are up`);
    const all = [...kiosks];
    for (const kiosk of all) {
      for (let sequence = 1; sequence <= CASES; sequence += 1) kiosk.accept(sequence, { rated: sequence === 1 });
      kiosk.startOutbox();
    }
    onProgress(`${count * CASES} cases are accepted; the platform is away for ${OUTAGE_MS / 60_000} minutes`);
    for (let passedMs = 0; passedMs < OUTAGE_MS; passedMs += OUTAGE_STEP_MS) {
      // Of the asking for health only the last round matters: that the terminals know that they are offline.
      if (passedMs === OUTAGE_MS - 2 * HEALTH_MS) for (const kiosk of all) kiosk.watchLine(Math.random() * HEALTH_MS);
      await time.pass(OUTAGE_STEP_MS);
      if ((passedMs + OUTAGE_STEP_MS) % OUTAGE_REPORT_MS === 0)
        onProgress(`${(passedMs + OUTAGE_STEP_MS) / 60_000} min without the platform`);
    }
    line.comesBack();
    const upSince = { real: performance.now(), simulated: Date.now() };
    const simulatedMs = (): number => Date.now() - upSince.simulated;
    let waiting = 0;
    let rejected = 0;
    for (let reportedMs = 0; kiosks.size > 0 && simulatedMs() < PATIENCE_MS; ) {
      await time.pass(STEP_MS);
      if (simulatedMs() % 1_000 !== 0) continue;
      rejected += await retire(kiosks);
      if (simulatedMs() - reportedMs < REPORT_EVERY_MS) continue;
      reportedMs = simulatedMs();
      onProgress(`${reportedMs / 60_000} min after the outage ${kiosks.size} terminals still hold something`);
    }
    const drain = { drainS: (performance.now() - upSince.real) / 1_000, drainSimulatedS: simulatedMs() / 1_000 };
    for (const kiosk of kiosks) waiting += kiosk.left.waiting;
    const caseNumbers = all.flatMap((kiosk) => kiosk.caseNumbers);
    const seen = { traffic: line.traffic, platform: platform.inspect() };
    return { kiosks: count, caseNumbers, ratings: count, ...seen, waiting, rejected, ...drain };
  } finally {
    await Promise.all([...kiosks].map((kiosk) => kiosk.stop()));
    await platform.close();
    time.end();
  }
}

/** Switches off the terminals that hold nothing any more; the number of deliveries that those had given up. */
async function retire(kiosks: Set<Kiosk>): Promise<number> {
  let rejected = 0;
  for (const kiosk of kiosks) {
    const { left } = kiosk;
    if (left.waiting > 0 && left.rejected === 0) continue;
    rejected += left.rejected;
    kiosks.delete(kiosk);
    await kiosk.stop();
  }
  return rejected;
}
