import { randomBytes } from 'node:crypto';
import { connect as connectTo } from 'node:net';
import { expect, test } from 'vitest';
import { readEntry } from '../../main/audit/entry.ts';
import { startTerminal } from '../../main/compose.ts';
import { openStoreIn } from '../../main/compose-store.ts';
import { controlContract } from '../../main/control/protocol.ts';
import { socketPath } from '../../main/control/socket-path.ts';
import { connect } from '../../main/processes/rpc.ts';
import { streamWire } from '../../main/processes/stream-wire.ts';
import { httpFarEnd } from '../support/http-far-end.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** So far is this machine behind: more than its clock may be off, and less than the platform is believed at once. */
const BEHIND_MS = 5 * 3_600_000;
const isOfThePlatform = (at: string): boolean => Math.abs(Date.parse(at) - Date.now() - BEHIND_MS) < 60_000;

function configurationFor(dataDir: string, baseUrl: string): Parameters<typeof startTerminal>[0] {
  const place = { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' };
  return {
    terminal: {
      id: 't-1',
      code: 'LS03',
      place,
      machine: place,
      helpNumber: '12345',
      timeZone: 'Asia/Shanghai',
      progressUrl: 'https://zwfw.example/p/',
    },
    dataDir,
    platform: { baseUrl, token: 'none' },
    devices: [],
  };
}

/** When the queue says that it is. */
async function queueAt(dataDir: string): Promise<string> {
  const socket = connectTo(socketPath(dataDir, 'control'));
  try {
    const ignore = (): void => undefined;
    const client = connect(controlContract, streamWire(socket), ignore, ignore);
    return (await client.call('outbox', null, AbortSignal.timeout(30_000))).at;
  } finally {
    socket.destroy();
  }
}

test('on a machine whose clock is wrong, queue and record go by what the platform says, once it has', async () => {
  const baseUrl = await httpFarEnd((request, response) => {
    const health = { status: 'ok', serverAt: new Date(Date.now() + BEHIND_MS).toISOString() };
    response.writeHead(request.url === '/v1/health' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(health));
  });
  const dataDir = temporaryFolder();
  const ports = { pageKey: randomBytes(32), port: 0, restart: () => undefined };
  const terminal = await startTerminal(configurationFor(dataDir, baseUrl), ports);
  await expect.poll(async () => isOfThePlatform(await queueAt(dataDir)), { timeout: 30_000 }).toBe(true);
  await terminal.stop();
  const store = openStoreIn(dataDir);
  const acts = store.audit.page(0, 100).flatMap(({ entry }) => readEntry(entry) ?? []);
  store.close();
  expect(acts.map(({ kind, at }) => [kind, isOfThePlatform(at)])).toEqual([
    ['core-started', false], // nobody had said anything yet
    ['core-stopped', true],
  ]);
});
