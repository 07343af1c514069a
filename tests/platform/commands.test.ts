import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { httpManagement } from '../../main/sync/management.ts';
import { httpPlatform } from '../../main/sync/platform.ts';
import { caseOf, standInPlatform } from '../support/stand-in-platform.ts';

const never = new AbortController().signal;

async function terminals() {
  const platform = await standInPlatform();
  const { url: baseUrl, token } = platform;
  const as = (terminalId: string) => ({ baseUrl, terminalId, token });
  const send = async (kind: string, more: object = {}): Promise<string> => {
    const answer = await platform.post('/v1/tools/commands', { terminalId: 'T-0001', kind, ...more });
    return z.object({ id: z.uuid() }).parse(answer.json()).id;
  };
  return { platform, management: httpManagement(as('T-0001')), other: httpManagement(as('T-0002')), as, send };
}

test('a poll is held until there is something to do, and nothing else is held up by it', async () => {
  const { platform, management, as, send } = await terminals();
  const polling = management.commands(30, never);
  const body = Buffer.from(JSON.stringify(caseOf({})));
  const delivery = { kind: 'case', idempotencyKey: '0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11', body } as const;
  expect(await httpPlatform(as('T-0001')).deliver(delivery, never)).toMatchObject({ outcome: 'delivered' });
  const id = await send('reset-device', { params: { deviceId: 'reader' } });
  const { commands } = await polling;
  expect(commands).toMatchObject([{ id, kind: 'reset-device', params: { deviceId: 'reader' } }]);
  expect(platform.inspect().commands).toMatchObject([{ commandId: id, outcome: null }]);
});

test('a command is lent to its terminal alone, once, until it is finished; the first word counts', async () => {
  const { platform, management, other, send } = await terminals();
  const id = await send('report-now');
  expect(await other.commands(0, never)).toEqual({ commands: [] });
  expect((await management.commands(0, never)).commands).toHaveLength(1);
  expect(await management.commands(0, never)).toEqual({ commands: [] });
  await expect(other.finishCommand(id, { outcome: 'done' }, never)).rejects.toMatchObject({
    reason: 'command-unknown',
  });
  await management.finishCommand(id, { outcome: 'done' }, never);
  await management.finishCommand(id, { outcome: 'unknown' }, never);
  expect(platform.inspect().commands).toMatchObject([{ outcome: 'done', results: 2 }]);
});

test('what comes after a terminal has hung up is not lent to the line that is gone', async () => {
  const { management, send } = await terminals();
  const giveUp = new AbortController();
  const polling = management.commands(30, giveUp.signal);
  await management.commands(0, never); // so that the first has surely arrived
  giveUp.abort();
  await expect(polling).rejects.toMatchObject({ code: 'canceled' });
  await management.commands(0, never);
  await send('report-now');
  expect((await management.commands(5, never)).commands).toHaveLength(1);
});

test('a terminal that polls all day on one connection leaves nothing behind on it', async () => {
  const { management } = await terminals();
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', onWarning);
  for (let poll = 0; poll < 30; poll += 1) await management.commands(0, never);
  await nextTurn(); // warnings are told a turn later
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test.each(['-1', '31', '1e1', 'soon', ''])('to wait for "%s" is refused', async (wait) => {
  const { platform } = await terminals();
  const headers = { authorization: `Bearer ${platform.token}`, 'terminal-id': 'T-0001' };
  expect((await fetch(`${platform.url}/v1/commands?wait=${wait}`, { headers })).status).toBe(400);
});

test('a platform that stops does not wait for those that wait', async () => {
  const { platform, management } = await terminals();
  const polling = management.commands(30, never).catch(() => undefined);
  await management.commands(0, never);
  const begunAtMs = performance.now();
  await platform.close();
  await polling;
  expect(performance.now() - begunAtMs).toBeLessThan(5_000);
});
