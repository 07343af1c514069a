import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { decodeMessage, encodeMessage } from '../../printers/ipp/codec.ts';
import { IppDriver } from '../../printers/ipp/driver.ts';
import type { Exchange } from '../../printers/ipp/http.ts';
import type { Operation } from '../../printers/ipp/operations.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { stringsOf } from '../../printers/ipp/values.ts';
import { openJob, settle } from './ipp-terminal.ts';
import { shortCertificate } from './pdf-certificates.ts';

const MINUTE_MS = 60_000;
const forever = new AbortController().signal;
let printer: IppSimulator;

// Fonts and layout are loaded with the first certificate, and loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/pdf/printable.ts');
});
beforeEach(() => {
  vi.useFakeTimers();
  printer = new IppSimulator();
});
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS); // a process that is dead here still has its deadlines
  printer.reboot();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const newDriver = (exchange: Exchange = printer.exchange): IppDriver =>
  new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange });

const print = (name: string, driver = newDriver(), copies = 1) =>
  driver.print(shortCertificate, copies, forever, openJob(name));

/** A terminal whose process dies as soon as it has sent `last`: nothing of what it would do then is done. */
function printAndDieAfter(last: Operation, copies = 1): void {
  let dead = false;
  const exchange: Exchange = async (request, signal) => {
    if (dead) return await new Promise<never>(() => undefined);
    const answer = printer.exchange(request, signal);
    dead = printer.requests.at(-1)?.operation === last;
    return dead ? await new Promise<never>(() => undefined) : await answer;
  };
  void print('job-9', newDriver(exchange), copies);
}

/** What the terminal that is started again learns. */
async function askedAfter(ms: number, begunAt = new Date().toISOString(), driver = newDriver()) {
  await vi.advanceTimersByTimeAsync(ms);
  return await settle(driver.whatBecameOf({ name: 'job-9', begunAt }, forever));
}

test('a certificate that was sent before the terminal died has been printed, once', async () => {
  printAndDieAfter('send-document', 2);
  expect(await askedAfter(MINUTE_MS)).toEqual({ outcome: 'printed' });
  expect(printer.sheetsOut).toBe(2);
});

test('one that is just being printed is followed to its end', async () => {
  printer.msPerSheet = 20_000;
  printAndDieAfter('send-document', 2);
  expect(await askedAfter(30_000)).toEqual({ outcome: 'printed' });
  expect(printer.sheetsOut).toBe(2);
});

test('one that stands still is withdrawn, so that it does not come out for somebody else', async () => {
  printAndDieAfter('send-document');
  await vi.advanceTimersByTimeAsync(100);
  printer.coverOpen = true;
  expect(await askedAfter(MINUTE_MS)).toMatchObject({ outcome: 'not-printed', code: 'cover-open' });
  printer.coverOpen = false;
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(printer.sheetsOut).toBe(0);
});

test('a job without its document never gets it: it is withdrawn at once', async () => {
  printAndDieAfter('create-job');
  const before = Date.now();
  expect(await askedAfter(0)).toMatchObject({ outcome: 'not-printed', code: 'canceled' });
  expect(Date.now() - before).toBeLessThan(5_000);
  expect(printer.jobs()).toMatchObject([{ state: 'canceled' }]);
});

test('a job that was never made is unheard of, where an older one is still listed', async () => {
  await settle(print('job-8'));
  await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
  printAndDieAfter('validate-job');
  expect(await askedAfter(0)).toBe('unheard-of');
});

test('a job that arrives while it is looked for is found', async () => {
  await settle(print('job-8'));
  await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
  const asked = newDriver().whatBecameOf({ name: 'job-9', begunAt: new Date().toISOString() }, forever);
  await vi.advanceTimersByTimeAsync(2_000);
  void print('job-9');
  expect(await settle(asked)).toEqual({ outcome: 'printed' });
});

test.each<[string, () => Promise<void> | void]>([
  ['has printed nothing yet', () => undefined],
  [
    'was switched off and on',
    async () => {
      await settle(print('job-8'));
      await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
      printer.reboot();
    },
  ],
  [
    'lists only what is hardly older than the job: clocks may differ',
    async () => {
      await settle(print('job-8'));
      await vi.advanceTimersByTimeAsync(9 * MINUTE_MS);
    },
  ],
  [
    'lists only an older job that never ended well',
    async () => {
      printer.coverOpen = false;
      const printing = print('job-8');
      await vi.advanceTimersByTimeAsync(100);
      printer.cancelAtPanel();
      await settle(printing);
      await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
    },
  ],
])('a printer that %s cannot say', async (_, before) => {
  await before();
  expect(await askedAfter(0)).toBeUndefined();
});

test('a printer that hides other people’s names cannot say either', async () => {
  await settle(print('job-8'));
  await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
  const discreet: Exchange = async (request, signal) => {
    const { message } = decodeMessage(await printer.exchange(request, signal));
    const groups = message.groups.map(({ group, attributes }) => ({
      group,
      attributes: attributes.filter(({ name }) => name !== 'job-name'),
    }));
    return encodeMessage({ ...message, groups });
  };
  expect(await askedAfter(0, undefined, newDriver(discreet))).toBeUndefined();
});

test('a job is found beside others of which the printer tells nobody how they are', async () => {
  await settle(print('job-8'));
  const discreet: Exchange = async (request, signal) => {
    const { message } = decodeMessage(await printer.exchange(request, signal));
    const groups = message.groups.map(({ group, attributes }) => {
      const isOther = stringsOf({ group, attributes }, 'job-name')[0] === 'job-8';
      return { group, attributes: attributes.filter(({ name }) => !isOther || name === 'job-id') };
    });
    return encodeMessage({ ...message, groups });
  };
  printAndDieAfter('send-document');
  expect(await askedAfter(MINUTE_MS, undefined, newDriver(discreet))).toEqual({ outcome: 'printed' });
});

test('an instant that is still to come is no proof of anything: the clock has been set back since', async () => {
  await settle(print('job-10')); // after job-9, which the printer has forgotten
  expect(await askedAfter(0, new Date(Date.now() + 20 * MINUTE_MS).toISOString())).toBeUndefined();
});

test('an instant that is none is no proof of anything', async () => {
  await settle(print('job-8'));
  await vi.advanceTimersByTimeAsync(15 * MINUTE_MS);
  expect(await askedAfter(0, 'yesterday')).toBeUndefined();
});

test('a printer that is away, or lists no jobs, is an error and no answer', async () => {
  printer.fault = () => 'lose-request';
  await expect(askedAfter(0)).rejects.toMatchObject({ code: 'not-connected' });
  printer.fault = (operation) => (operation === 'get-jobs' ? { refuse: 'operation-not-supported' } : undefined);
  await expect(askedAfter(0)).rejects.toMatchObject({ code: 'unsupported' });
});

test('whoever leaves while it is asked is let go, and the job is left as it is', async () => {
  printer.msPerSheet = 30_000;
  printAndDieAfter('send-document');
  await vi.advanceTimersByTimeAsync(1_000);
  const leaving = new AbortController();
  const reason = new Error('left');
  const asked = newDriver().whatBecameOf({ name: 'job-9', begunAt: new Date().toISOString() }, leaving.signal);
  asked.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(2_000);
  leaving.abort(reason);
  await expect(asked).rejects.toBe(reason);
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(printer.sheetsOut).toBe(1);
});

/** What becomes of a job that nobody waits for any more. */
async function takenBack(driver = newDriver()) {
  return await settle(driver.withdraw({ name: 'job-9', begunAt: new Date().toISOString() }, forever));
}

test('a job that the printer kept is taken back, and does not come out when it goes on', async () => {
  printer.msPerSheet = 20_000;
  void print('job-8');
  await vi.advanceTimersByTimeAsync(1_000);
  printAndDieAfter('send-document'); // behind the other one
  await vi.advanceTimersByTimeAsync(100);
  expect(await takenBack()).toMatchObject({ outcome: 'not-printed', code: 'canceled' });
  await vi.advanceTimersByTimeAsync(2 * MINUTE_MS);
  expect(printer.sheetsOut).toBe(1);
});

test('of one that was being printed when it was taken back nobody knows whether its sheet has moved', async () => {
  printer.msPerSheet = 20_000;
  printAndDieAfter('send-document');
  await vi.advanceTimersByTimeAsync(21_000); // it has been taken up
  expect(await takenBack()).toMatchObject({ outcome: 'unknown', code: 'canceled' });
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(printer.sheetsOut).toBe(0);
});

test('one that came out before it could be taken back is printed; one that the printer does not list is not there', async () => {
  expect(await takenBack()).toBeUndefined();
  printAndDieAfter('send-document');
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect([await takenBack(), printer.sheetsOut]).toEqual([{ outcome: 'printed' }, 1]);
});

test('a printer that is away, or does not let go of the job, is an error and no answer', async () => {
  printer.msPerSheet = 10 * MINUTE_MS;
  printAndDieAfter('send-document');
  await vi.advanceTimersByTimeAsync(1_000);
  printer.fault = (operation) => (operation === 'cancel-job' ? 'lose-request' : undefined);
  await expect(takenBack()).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('let go') });
  printer.fault = () => 'lose-request';
  await expect(takenBack()).rejects.toMatchObject({ code: 'not-connected' });
});
