import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OutboxTerminal, pass, visitId } from '../../support/outbox-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let terminal: OutboxTerminal;

beforeEach(() => {
  vi.useFakeTimers();
  terminal = new OutboxTerminal(join(temporaryFolder(), 'store.db'));
  terminal.store.visits.save(visitId, {});
});

afterEach(async () => {
  await terminal.switchOff();
  vi.useRealTimers();
});

/** The sealed columns of all jobs, and what else is known of them. */
async function rows(): Promise<{ sealed: unknown[]; kept: unknown[] }> {
  await terminal.switchOff();
  const raw = new Database(terminal.file, { readonly: true });
  const sealed = raw.prepare('SELECT sealed_body, sealed_result FROM jobs').raw().all().flat();
  const kept = raw.prepare('SELECT case_number, fingerprint, settled_at FROM jobs JOIN cases USING (case_id)').all();
  raw.close();
  terminal.switchOn();
  return { sealed, kept };
}

function bytesOnDisk(): Buffer {
  const folder = dirname(terminal.file);
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

/** 64 bytes of a sealed body of some thousand bytes, as the log of the database holds them. */
function sealedSample(): Buffer {
  const raw = readFileSync(`${terminal.file}-wal`);
  // The sealed body fills whole pages of its own, so any 64 bytes from inside such a page would betray it.
  const pages = [...Array(Math.floor(raw.length / 4_120)).keys()].map((page) =>
    raw.subarray(32 + page * 4_120 + 24 + 2_000),
  );
  const isText = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);
  const samples = pages.map((page) => page.subarray(0, 64)).filter((sample) => sample.length === 64 && !isText(sample));
  return Buffer.from(samples.at(-1) ?? []);
}

test('a delivered case is emptied when its visit ends; number, times and fingerprint stay', async () => {
  const { caseId } = terminal.accept('A1');
  terminal.run();
  await pass(10);
  terminal.outbox.removeDelivered(caseId);
  expect(terminal.outbox.status(caseId)).toEqual({ state: 'delivered', attempts: 1, result: undefined });
  const { sealed, kept } = await rows();
  expect(sealed).toEqual([null, null]);
  const fingerprint = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(kept).toEqual([{ case_number: 'A1', fingerprint, settled_at: expect.any(String) }]);
});

test('a case delivered after its visit is emptied with its last delivery, also from the log', async () => {
  const { caseId } = terminal.accept('A1', { filler: 'x'.repeat(5_000) });
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  const sample = sealedSample();
  terminal.outbox.removeDelivered(caseId);
  terminal.run();
  await pass(100, 10);
  expect(terminal.platform.received).toHaveLength(2);
  const disk = bytesOnDisk();
  expect(sample).toHaveLength(64);
  const { sealed } = await rows();
  expect(sealed).toEqual([null, null, null, null]);
  expect(disk.includes(sample)).toBe(false);
});

test('a case that was delivered during its visit is gone from the log, too, when the visit ends', async () => {
  const { caseId } = terminal.accept('A1', { filler: 'x'.repeat(5_000) });
  terminal.outbox.has(caseId); // its rows are there now, sealed anew
  const sample = sealedSample();
  terminal.run();
  await pass(100, 10);
  expect(terminal.outbox.status(caseId)?.state).toBe('delivered');
  expect([sample.length, bytesOnDisk().includes(sample)]).toEqual([64, true]);
  terminal.outbox.removeDelivered(caseId);
  expect(bytesOnDisk().includes(sample)).toBe(false);
});

test('a visit that ended in a crash is emptied at the next start, the visit in progress is not', async () => {
  terminal.accept('A1');
  terminal.run();
  await pass(10);
  expect((await rows()).sealed).not.toContain(null);
  terminal.run();
  await pass(10);
  expect((await rows()).sealed).not.toContain(null); // still in progress
  terminal.store.visits.remove();
  terminal.run();
  await pass(10);
  expect((await rows()).sealed).toEqual([null, null]);
});
