import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PreparedPrints } from '../../../main/devices/prepared-prints.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { passGate } from '../../../printers/core/gate.ts';

type Print = Parameters<PreparedPrints['prepare']>[1];

const forever = new AbortController().signal;
let prints: PreparedPrints;
let sent: number;

beforeEach(() => {
  vi.useFakeTimers();
  prints = new PreparedPrints();
  sent = 0;
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A driver whose printer is in order. */
const print: Print = async (signal, { mayBegin }) => {
  const refusal = await passGate({ name: 'job-1', mayBegin }, signal);
  if (refusal) return refusal;
  sent += 1;
  return { outcome: 'printed' };
};

async function prepared(of: Print = print, signal = forever): Promise<string> {
  const preparedId = randomUUID();
  const answer = await prints.prepare(preparedId, of, signal);
  if ('outcome' in answer) throw new Error(`not prepared: ${answer.outcome}`);
  return preparedId;
}

test('nothing is sent before a job is run, and it is run once', async () => {
  const preparedId = await prepared();
  await vi.advanceTimersByTimeAsync(29_000);
  expect(sent).toBe(0);
  expect(await prints.run(preparedId, forever)).toEqual({ outcome: 'printed' });
  expect(await prints.run(preparedId, forever)).toMatchObject({ outcome: 'not-printed', code: 'canceled' });
  expect(sent).toBe(1);
});

test('a job that nobody runs within 30 s is called off, and its printer is free again', async () => {
  let outcome: PrintOutcome | undefined;
  const preparedId = await prepared(async (...given) => {
    outcome = await print(...given);
    return outcome;
  });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(outcome).toMatchObject({
    outcome: 'not-printed',
    code: 'canceled',
    detail: expect.stringContaining('30000 ms'),
  });
  expect(await prints.run(preparedId, forever)).toMatchObject({ outcome: 'not-printed' });
  expect(sent).toBe(0);
});

test('a job that is discarded is off the printer when that is answered', async () => {
  let over = false;
  const preparedId = await prepared(async (...given) => {
    const outcome = await print(...given);
    over = true;
    return outcome;
  });
  await prints.discard(preparedId);
  expect([over, sent]).toEqual([true, 0]);
  await prints.discard(preparedId);
});

test('a job that ended before its gate is answered with its outcome', async () => {
  const jammed = { outcome: 'not-printed', code: 'media-jammed', detail: 'jammed' } as const;
  expect(await prints.prepare('id-1', async () => jammed, forever)).toEqual(jammed);
});

test('a job that fails while it waits says so when it is run', async () => {
  const lost = Promise.withResolvers<PrintOutcome>();
  const preparedId = await prepared(async (_signal, { mayBegin }) => {
    mayBegin().catch(() => undefined);
    return await lost.promise;
  });
  lost.resolve({ outcome: 'not-printed', code: 'not-connected', detail: 'the line was pulled' });
  expect(await prints.run(preparedId, forever)).toMatchObject({ code: 'not-connected' });
});

test('a caller who leaves while a job is prepared takes it along', async () => {
  const leaving = new AbortController();
  const reason = new Error('left');
  const answer = prints.prepare(
    'id-1',
    async (signal) => {
      await passGate({ name: 'job-1', mayBegin: () => new Promise(() => undefined) }, signal);
      return { outcome: 'printed' };
    },
    leaving.signal,
  );
  leaving.abort(reason);
  await expect(answer).rejects.toBe(reason);
});

test('a caller who leaves once a job is prepared leaves it to its deadline; one who leaves a run ends it', async () => {
  const leaving = new AbortController();
  const preparedId = await prepared(print, leaving.signal);
  leaving.abort(new Error('left'));
  expect(await prints.run(preparedId, forever)).toEqual({ outcome: 'printed' });

  const another = await prepared();
  const reason = new Error('left as it was run');
  await expect(prints.run(another, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(sent).toBe(1);
});
