import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { within } from '../../../drivers/core/index.ts';

const never = new AbortController().signal;

const holdUpThisProcess = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('an answer that came while this process was held up is in time, and silence is found after all', async () => {
  const echo = 'process.stdin.pipe(process.stdout)';
  const device = spawn(process.execPath, ['-e', echo], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void device.kill());
  device.stdin.write('are you there?');
  await once(device.stdout, 'data');
  const answer = once(device.stdout, 'data');
  device.stdin.write('status?');
  const inTime = within(100, 'status command', [never], answer);
  holdUpThisProcess(300);
  await expect(inTime).resolves.toEqual([Buffer.from('status?')]);
  const silent = within(100, 'status command', [never], once(device.stdout, 'data'));
  holdUpThisProcess(300);
  await expect(silent).rejects.toMatchObject({ code: 'timeout', message: 'status command: no answer within 100 ms' });
});
