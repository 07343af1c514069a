import { afterEach, beforeEach, expect, test } from 'vitest';
import { preparePeople } from '../../scripts/prepare/people.ts';
import { serveDesk } from '../../scripts/simulators/desk.ts';
import { startWorld, type World } from '../../scripts/simulators/world.ts';
import { kioskctlHere } from '../support/kioskctl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let world: World;
beforeEach(async () => {
  const dir = temporaryFolder();
  await preparePeople({ dir: `${dir}/people` });
  world = await startWorld({ dir, peopleDir: `${dir}/people` });
});
afterEach(() => world.close());

const simulate = (...parameters: string[]) =>
  kioskctlHere(['simulate', ...parameters, '--terminal', world.configurationFile]);

test('every act is offered with what it does, and each can be done', async () => {
  const { stdout } = await simulate('--json');
  const { acts } = JSON.parse(stdout);
  expect(acts.length).toBeGreaterThan(10);
  for (const { device, act, values } of acts) {
    for (const value of values ?? [undefined]) {
      await expect(world.perform(device, act, value === '…' ? '3' : value)).resolves.toMatch(/./);
    }
  }
});

test('the technician’s command reaches the devices', async () => {
  await expect(simulate('receipt-printer', 'cover', 'open')).resolves.toMatchObject({
    exitCode: 0,
    stdout: 'the cover is open\n',
  });
  expect(world.receiptPrinter.faults.coverOpen).toBe(true);
});

test.each([
  [['toaster', 'open'], 'there is no simulated "toaster"; there are id-card-reader'],
  [['receipt-printer', 'polish'], 'nobody can "polish" a receipt-printer'],
  [['receipt-printer', 'paper', 'blue'], 'takes full, low, out, not "blue"'],
  [['licence-printer', 'sheets', '-1'], 'holds 0 to 500 sheets'],
  [['receipt-printer'], 'what is to be done to receipt-printer?'],
])('simulate %o is one line and exit code 2', async (parameters, sentence) => {
  const { exitCode, stdout, stderr } = await simulate(...parameters);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('the desk does the same, and says what cannot be done', async () => {
  const desk = await serveDesk(world);
  const act = (wish: object) =>
    fetch(`${desk.url}/act`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wish),
    });
  const done = await act({ device: 'receipt-printer', act: 'paper', value: 'low' });
  expect([done.status, await done.json()]).toEqual([200, { done: 'the roll is low' }]);
  const wrong = await act({ device: 'receipt-printer', act: 'fold' });
  expect([wrong.status, await wrong.json()]).toEqual([400, { error: expect.stringContaining('nobody can "fold"') }]);
  expect((await act({ device: 1 })).status).toBe(400);
  await desk.close();
});
