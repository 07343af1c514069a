import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../scripts/fleet/main.ts');
const run = promisify(execFile);

test('twenty terminals after an outage: all delivered, none twice, Retry-After obeyed, nobody in a crowd', {
  timeout: 60_000,
}, async () => {
  const { stdout, stderr } = await run(process.execPath, [main, '--kiosks', '20', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ kiosks: 20, cases: 100, delivered: 100, lost: 0, duplicated: 0, outOfOrder: 0, tooEarly: 0, broken: [] },
    ...{ seconds: expect.any(Number), requestsPerSecond: expect.any(Number), peakRssMb: expect.any(Number) },
    toldToWait: expect.toSatisfy((times: number) => times > 0),
    busiestSecond: expect.toSatisfy((deliveries: number) => deliveries < 20),
  });
  expect(stderr).toContain('100 cases are accepted');
});
