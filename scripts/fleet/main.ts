import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readCommandLine } from '../command-line.ts';
import { type FleetRun, runFleet } from './fleet.ts';
import { brokenPromises, busiestWindow, histogram, lostOf } from './verdict.ts';

const USAGE = `npm run fleet -- [--kiosks 1873] [--folder FOLDER] [--json]

A city after an outage of its platform: each terminal has five cases to deliver. Exits with 1 where a promise is broken.
--folder   where the databases go for the time of the run; else a RAM disk, where there is one`;

const { values } = readCommandLine(USAGE, {
  options: {
    kiosks: { type: 'string', default: '1873' },
    folder: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const kiosks = z.coerce.number().int().min(1).max(9_999).safeParse(values.kiosks);
if (values.help) console.log(USAGE);
else if (!kiosks.success) {
  refuse('bad-number', `--kiosks is a number from 1 to 9999.\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  await run(kiosks.data).catch((error: unknown) => {
    refuse('failed', error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}

function refuse(code: 'bad-number' | 'failed', message: string): void {
  if (values.json) console.log(JSON.stringify({ error: { code, message } }));
  else console.error(message);
}

async function run(count: number): Promise<void> {
  const folder = mkdtempSync(join(values.folder ?? quickFolder(), 'jiujin-fleet-'));
  try {
    const fleet = await runFleet({ kiosks: count, folder, onProgress: (sentence) => console.error(sentence) });
    const broken = brokenPromises(fleet);
    if (values.json) console.log(JSON.stringify({ ...figuresOf(fleet), broken }));
    else print(fleet, broken);
    if (broken.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The terminals of a city have a disk each; here one would have to stand for all. */
function quickFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** `seconds`: of this machine's time, from the end of the outage. */
function figuresOf({ kiosks: count, caseNumbers, traffic, platform, drainS, drainSimulatedS }: FleetRun) {
  return {
    kiosks: count,
    cases: caseNumbers.length,
    delivered: platform.cases.length,
    lost: lostOf({ caseNumbers, platform }),
    duplicated: platform.duplicates,
    seconds: drainS,
    requestsPerSecond: traffic.requests / drainS,
    peakRssMb: process.resourceUsage().maxRSS / 1_024,
    outOfOrder: platform.outOfOrder,
    requests: traffic.requests,
    toldToWait: traffic.toldToWait,
    tooEarly: traffic.tooEarly,
    simulatedSeconds: drainSimulatedS,
    busiestSecond: Math.max(0, ...traffic.perSecond.values()),
    busiestTenSeconds: busiestWindow(traffic),
  };
}

function print(fleet: FleetRun, broken: readonly string[]): void {
  const figures = figuresOf(fleet);
  const { kiosks: count, cases, delivered, lost, duplicated, outOfOrder, requests, toldToWait, tooEarly } = figures;
  console.log(
    `${count} terminals, ${cases} cases: ${delivered} delivered, ${lost} lost, ${duplicated} twice, ${outOfOrder} out of order`,
  );
  console.log(
    `drained in ${figures.simulatedSeconds.toFixed(0)} s of simulated time, ${figures.seconds.toFixed(1)} s here`,
  );
  console.log(
    `${requests} requests, ${figures.requestsPerSecond.toFixed(0)} a second here, memory ${figures.peakRssMb.toFixed(0)} MB at most`,
  );
  console.log(
    `deliveries: ${figures.busiestSecond} in the busiest simulated second; ${toldToWait} told to wait, ${tooEarly} came too early`,
  );
  console.log(`terminals by when they first came back (${figures.busiestTenSeconds} in the busiest ten seconds):`);
  for (const line of histogram(fleet.traffic)) console.log(line);
  for (const sentence of broken) console.log(`BROKEN: ${sentence}`);
}
