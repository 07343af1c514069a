import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Received, Visitors } from '../../../drivers/barcode-scanner/visitors.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const code = (text: string): Received => ({ kind: 'code', bytes: Buffer.from(text) });
const aSignal = () => new AbortController().signal;

/** What the visitor has by now. */
async function outcome(work: Promise<{ text: string }>): Promise<string> {
  const none = new Promise<string>((resolve) => setImmediate(() => resolve('nothing')));
  const got = Promise.race([work.then(({ text }) => text), none]);
  await vi.advanceTimersByTimeAsync(1);
  return await got.catch((error: { code: string }) => error.code);
}

describe('a code', () => {
  test('goes to who waits, and is forgotten where nobody does', async () => {
    const visitors = new Visitors();
    visitors.take([code('before')]);
    const { code: mine } = visitors.wait(aSignal());
    expect(await outcome(mine)).toBe('nothing');
    visitors.take([code('now')]);
    visitors.take([code('after')]);
    expect(await outcome(mine)).toBe('now');
    expect(visitors).toMatchObject({ ignoredCodes: 2, repeatedCodes: 0 });
  });

  test('is nothing to a visitor who has left', async () => {
    const visitors = new Visitors();
    const { code: mine, leave } = visitors.wait(aSignal());
    leave();
    visitors.take([code('late')]);
    expect(await outcome(mine)).toBe('nothing');
    expect(visitors.ignoredCodes).toBe(1);
  });

  test('that came in one piece with a later one was held back somewhere: the later one counts', async () => {
    const visitors = new Visitors();
    const { code: mine } = visitors.wait(aSignal());
    visitors.take([code('earlier visitor'), { kind: 'forgotten' }, code('mine')]);
    expect(await outcome(mine)).toBe('mine');
    expect(visitors.ignoredCodes).toBe(2);
  });

  test('that is too long is refused to who waits, without a word of it', async () => {
    const visitors = new Visitors();
    const { code: mine } = visitors.wait(aSignal());
    visitors.take([{ kind: 'too-long' }]);
    await expect(mine).rejects.toMatchObject({ code: 'invalid-media', message: 'a code of more than 4096 bytes' });
    visitors.take([{ kind: 'too-long' }]);
    expect(visitors.ignoredCodes).toBe(1);
  });

  test("that was forgotten ends nobody's wait", async () => {
    const visitors = new Visitors();
    const { code: mine } = visitors.wait(aSignal());
    visitors.take([{ kind: 'forgotten' }]);
    expect(await outcome(mine)).toBe('nothing');
  });
});

describe('the same code within two seconds', () => {
  test('is a repetition to the same visitor', async () => {
    const visitors = new Visitors();
    const visit = aSignal();
    visitors.wait(visit);
    visitors.take([code('A')]);
    const { code: second } = visitors.wait(visit);
    await vi.advanceTimersByTimeAsync(1_900);
    visitors.take([code('A')]);
    expect(await outcome(second)).toBe('nothing');
    visitors.take([code('B'), code('A')]);
    expect(await outcome(second)).toBe('B');
    expect(visitors).toMatchObject({ ignoredCodes: 0, repeatedCodes: 2 });
  });

  test('is a new one to another visitor, who does not wait', async () => {
    const visitors = new Visitors();
    visitors.wait(aSignal());
    visitors.take([code('A')]);
    const { code: second } = visitors.wait(aSignal());
    visitors.take([code('A')]);
    expect(await outcome(second)).toBe('A');
  });

  test('and after them, it is a new one to everybody', async () => {
    const visitors = new Visitors();
    const visit = aSignal();
    visitors.wait(visit);
    visitors.take([code('A')]);
    const { code: second } = visitors.wait(visit);
    await vi.advanceTimersByTimeAsync(2_001);
    visitors.take([code('A')]);
    expect(await outcome(second)).toBe('A');
  });
});

test('nothing that a code said is kept', () => {
  const visitors = new Visitors();
  visitors.wait(aSignal());
  visitors.take([code('440524188001010014')]);
  expect(JSON.stringify(visitors, (_, value) => value)).not.toContain('440524188001010014');
});
