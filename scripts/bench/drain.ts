import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher, keyBytes } from '../../main/storage/cipher.ts';
import { openStore } from '../../main/storage/open.ts';
import { httpPlatform } from '../../main/sync/platform.ts';
import type { CaseBody } from '../../main/sync/schemas.ts';
import { inspection } from '../platform/records.ts';
import type { BenchResult } from './result.ts';

const CASES = 10_000;
const TOKEN = 'bench';
const platformScript = fileURLToPath(new URL('../platform/main.ts', import.meta.url));
const listening = z.object({ listening: z.string() });

/** How fast a queue of cases, whose visits are long over, reaches the stand-in platform in a process of its own. */
export async function benchDrain(cases = CASES): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jiujin-drain-'));
  const platform = spawn(process.execPath, [platformScript, '--file', join(folder, 'platform.db'), '--token', TOKEN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const store = openStore(join(folder, 'terminal', 'store.db'), { cipher: aesGcmCipher(randomBytes(keyBytes)) });
  try {
    const [line] = await once(platform.stdout, 'data');
    const baseUrl = listening.parse(JSON.parse(String(line))).listening;
    const { deliver } = httpPlatform({ baseUrl, terminalId: 'T-0001', token: TOKEN });
    const outbox = new Outbox({ store, deliver });
    for (let last = 1; last <= cases; last += 1) queue(outbox, last);
    const drained = await drain(outbox);
    const seen = inspection.parse(await (await fetch(`${baseUrl}/v1/inspect`)).json());
    if (seen.cases.length !== cases || seen.duplicates > 0) throw new Error('the platform has not got each case once');
    const perSecond = Math.round((cases * 1_000) / drained.tookMs);
    return [
      { id: 'drain', unit: '1/s', median: perSecond },
      { id: `drain-of-${cases}`, unit: 'ms', median: Math.round(drained.tookMs) },
    ];
  } finally {
    store.close();
    platform.kill('SIGTERM');
    await once(platform, 'close');
    rmSync(folder, { recursive: true, force: true });
  }
}

function queue(outbox: Outbox, last: number): void {
  const caseId = randomUUID();
  const caseNumber = `LS03-20261121-${last}`;
  const body: CaseBody = {
    ...{
      caseId,
      caseNumber,
      serviceId: 'S99',
      serviceVersion: 1,
      language: 'zh-CN',
      acceptedAt: '2026-11-21T08:00:00Z',
    },
    ...{ assurance: 'none', answers: { remark: randomBytes(200).toString('hex') } },
  };
  outbox.accept({ caseId, caseNumber, serviceId: 'S99', visitId: caseId, body });
  outbox.removeDelivered(caseId);
}

async function drain(outbox: Outbox): Promise<{ tookMs: number }> {
  const stop = new AbortController();
  const startedMs = performance.now();
  const running = outbox.run(stop.signal);
  const { promise: empty, resolve } = Promise.withResolvers<void>();
  const look = setInterval(() => {
    const { waiting, sending } = outbox.stats();
    if (waiting + sending === 0) resolve();
  }, 20);
  await empty;
  const tookMs = performance.now() - startedMs;
  clearInterval(look);
  stop.abort();
  await running;
  return { tookMs };
}
