import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreRunner } from '../../main/shell/core-runner.ts';
import { programScript } from '../build/programs.ts';
import { peopleDir, prepare } from '../prepare/main.ts';
import { startWorld } from '../simulators/world.ts';
import { type BenchResult, summary } from './result.ts';

const RUNS = 10;

/** From starting the core's process until it listens: what a resident waits for after a crash. The first start is apart. */
export async function benchStartup(): Promise<BenchResult[]> {
  await prepare();
  const dir = await mkdtemp(join(tmpdir(), 'jiujin-bench-'));
  const world = await startWorld({ dir, peopleDir });
  try {
    const first = await timeStart(world.configurationFile);
    const later: number[] = [];
    for (let run = 0; run < RUNS; run += 1) later.push(await timeStart(world.configurationFile));
    return [summary('first-start', [first]), summary('start', later)];
  } finally {
    await world.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function timeStart(configurationFile: string): Promise<number> {
  const script = await programScript('core-process');
  const startedAt = performance.now();
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  const core = new CoreRunner({
    command: [process.execPath, script, configurationFile],
    onAddress: () => resolve(),
    onNote: (note) => reject(new Error(note)),
  });
  core.start();
  await listening;
  const tookMs = performance.now() - startedAt;
  await core.stop();
  return tookMs;
}
