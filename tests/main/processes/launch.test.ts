import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SupervisedProcess } from '../../../main/processes/supervised-process.ts';
import { faceLaunch } from '../../../models/face/launch.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { childContract } from '../../support/supervised-child-contract.ts';

test("a child is started with its own options and variables, and with the core's", async () => {
  const child = new SupervisedProcess({
    name: 'test',
    entry: new URL('../../support/supervised-child.ts', import.meta.url),
    contract: childContract,
    configuration: { refuse: false, greeting: 'hello' },
    onEvent: () => undefined,
    log: memoryLog(),
    launch: faceLaunch,
  });
  const end = new AbortController();
  const running = child.run(end.signal);
  const { pid } = await child.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  end.abort();
  await running;
  expect(words).toContain('--max-semi-space-size=4');
  expect(variables).toEqual(expect.arrayContaining(['UV_THREADPOOL_SIZE=1', 'MALLOC_ARENA_MAX=2']));
  expect(variables).toContain(`PATH=${process.env['PATH']}`);
});
