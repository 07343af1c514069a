import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { fileKey } from '../../../main/storage/key-file.ts';
import { openStore } from '../../../main/storage/open.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { standInPlatform } from '../../support/stand-in-platform.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const KILLS = 10;
/** Ten starts of Node on a machine that runs other tests beside this one. */
const PATIENCE_MS = 60_000;
const child = join(import.meta.dirname, '../../support/accepting-terminal.ts');

test(
  'killed ten times between accepting and delivering, a terminal loses nothing and delivers nothing twice',
  async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'store.db');
    const { url, token, fail, inspect } = await standInPlatform();

    const accepted: string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await fail(
        { kind: 'drop-answer', times: 3 },
        { kind: 'status', status: 503, retryAfterS: 0, times: 2 },
        { kind: 'truncated', times: 2 },
        { kind: 'drop-request', times: 2 },
      );
      accepted.push(...(await acceptUntilKilled([folder, url, token], Math.random() * 400)));
    }
    await fail();

    const store = openStore(file, { cipher: aesGcmCipher(fileKey(join(folder, 'store.key'), file)) });
    const outbox = new Outbox({ store, deliver: httpPlatform({ baseUrl: url, terminalId: 'T-0001', token }).deliver });
    const leftOver = outbox.stats();
    const stop = new AbortController();
    const running = outbox.run(stop.signal);
    for (outbox.wake(); outbox.stats().waiting + outbox.stats().sending > 0; ) await setTimeout(20);
    stop.abort();
    await running;
    const stats = outbox.stats();
    store.close();

    const { cases, duplicates, outOfOrder, ratings } = inspect();
    const delivered = new Set(cases.map(({ caseNumber }) => caseNumber));
    expect(accepted.filter((caseNumber) => !delivered.has(caseNumber))).toEqual([]);
    expect({ duplicates, outOfOrder, rejected: stats.rejected }).toEqual({ duplicates: 0, outOfOrder: 0, rejected: 0 });
    expect(new Set(accepted).size).toBe(accepted.length);
    // At most the one case of each kill whose "accepted" was cut off came besides, and at most one rating each was not made.
    expect(delivered.size - accepted.length).toBeLessThanOrEqual(KILLS);
    expect(delivered.size - ratings).toBeLessThanOrEqual(KILLS);
    // The kills met work in hand and answers on the way, or they have shown nothing.
    expect(leftOver.waiting + leftOver.sending).toBeGreaterThan(0);
    expect(cases.some(({ deliveries }) => deliveries > 1)).toBe(true);
    expect(personalRows(file)).toBe(0);
    console.log(
      `${KILLS} kills: ${accepted.length} accepted, ${delivered.size} delivered, ${leftOver.waiting + leftOver.sending} deliveries left at the last, ` +
        `${cases.filter(({ deliveries }) => deliveries > 1).length} cases sent more than once, ${duplicates} duplicated`,
    );
  },
  PATIENCE_MS,
);

/** The case numbers that were on the screen before SIGKILL came, `ms` after the first. */
async function acceptUntilKilled(parameters: string[], ms: number): Promise<string[]> {
  const terminal = spawn(process.execPath, [child, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(terminal, 'close');
  let output = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await Promise.race([once(terminal.stdout, 'data'), ended]);
  await setTimeout(ms);
  terminal.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  return output.split('\n').slice(0, -1);
}

function personalRows(file: string): number {
  const raw = new Database(file);
  const sql = 'SELECT count(*) FROM jobs WHERE sealed_body IS NOT NULL OR sealed_result IS NOT NULL';
  const found = Number(raw.prepare(sql).pluck().get());
  raw.close();
  return found;
}
