import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PrintPort } from '../../../main/printing/print-port.ts';
import { Printing } from '../../../main/printing/printing.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { portOf, type Sheet, type SheetFault, SheetPrinter } from '../../../scripts/chaos/spool/sheet-printer.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const never = new AbortController().signal;
const food = { series: 'food-licence', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' };
const numbers = Array.from({ length: 10 }, (_, index) => `A${String(index + 1).padStart(3, '0')}`);
const hangs = (): Promise<never> => new Promise(() => undefined);
let file: string;
let store: Store;
let printer: SheetPrinter;
let fault: SheetFault | undefined;
let port: PrintPort<Sheet>;
let printing: Printing<Sheet>;

beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  printer = new SheetPrinter();
  printer.fill(numbers);
  fault = undefined;
  start();
  store.blanks.load(food);
});
afterEach(() => {
  vi.useRealTimers();
  store.close();
});

/** A core that begins; whatever another one was doing is never heard of again. */
function start(): void {
  store = openStore(file, { cipher });
  port = portOf(printer, () => fault);
  const printers: PrintPort<Sheet> = {
    prepare: (...given) => port.prepare(...given),
    whatBecameOf: (...given) => port.whatBecameOf(...given),
    withdraw: (...given) => port.withdraw(...given),
  };
  printing = new Printing({ store, printers, log: memoryLog() });
}

async function restart(): Promise<void> {
  store.close();
  start();
  await printing.recover(never);
}

const order = (jobId: string) => ({
  jobId,
  document: { kind: 'certificate', text: jobId } as const,
  copies: 1,
  blank: { series: 'food-licence' },
});
const licence = (jobId: string, signal = never) => printing.print(order(jobId), signal);
const stateOf = (jobId: string) => store.spool.find(jobId)?.state.state;
const kindsOf = (number: string) => store.blanks.history(number).map(({ kind }) => kind);

/** The line was cut over 'one', and the printer has it still. A clerk has seen the sheet in the tray. */
async function keptAndSettled(): Promise<void> {
  fault = 'kept';
  expect(await licence('one')).toMatchObject({ outcome: 'unknown' });
  fault = undefined;
  store.spool.settleBlank('A001', 'in-tray', 'seen');
}

test('what a printer kept while it was away is taken back before the next blank is given to it', async () => {
  await keptAndSettled();
  printer.comeBack();
  expect(await licence('two')).toEqual({ outcome: 'printed' });
  await printer.move();
  expect([[...printer.printed], stateOf('one')]).toEqual([[['A001', 'two']], 'failed']);
});

test('a printer that may have an earlier licence still, and cannot be asked, gets no blank; the same order goes on later', async () => {
  await keptAndSettled();
  const notNow = { outcome: 'no-blank', problem: 'blanks-uncertain' };
  expect([await licence('two'), printing.problem('food-licence')]).toEqual([notNow, 'blanks-uncertain']);
  expect([printer.printed.size, stateOf('two'), kindsOf('A001').at(-1)]).toEqual([0, 'accepted', 'released']);
  await restart();
  expect(await licence('two')).toEqual(notNow);
  printer.comeBack();
  expect([await licence('two'), [...printer.printed]]).toEqual([{ outcome: 'printed' }, [['A001', 'two']]]);
});

test('what a printer keeps when the terminal starts is not taken for something that it never had', async () => {
  fault = 'kept';
  await licence('case:0:1');
  fault = undefined;
  printer.comeBack();
  await restart();
  expect(stateOf('case:0:1')).toBe('unknown');
  await printing.takeBack(never);
  store.spool.settleBlank('A001', 'in-tray', 'seen');
  expect(await licence('case:0:2')).toEqual({ outcome: 'printed' });
  await printer.move();
  expect([...printer.printed]).toEqual([['A001', 'case:0:2']]);
});

test('a licence that came out against a clerk’s word leaves its cassette to be looked at', async () => {
  await keptAndSettled();
  await printer.move();
  printer.comeBack();
  expect(await licence('two')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  expect(store.blanks.list()).toMatchObject([{ state: 'uncertain' }]);
  expect(store.audit.page(0, 50).map(({ entry }) => JSON.parse(entry).kind)).toContain('print-contradicted');
  store.blanks.correct(1, 'A002', 'seen');
  expect([await licence('two'), printer.printed.get('A002')]).toEqual([{ outcome: 'printed' }, 'two']);
});

/** What the printer says when 'one' is taken back. */
function whenTakenBack(outcome: PrintOutcome): void {
  port = {
    ...port,
    withdraw: async (_printerId, { name }) => (name === store.spool.find('one')?.jobName ? outcome : undefined),
  };
}

test('a licence that may have come out against a clerk’s word is nobody’s to trust: the cassette is looked at', async () => {
  await keptAndSettled();
  whenTakenBack({ outcome: 'unknown', code: 'canceled', detail: 'half a sheet was out' });
  expect(await licence('two')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  expect([stateOf('one'), store.spool.leftAtPrinters()]).toEqual(['unknown', []]);
  store.spool.settle('one', 'not-printed');
  store.blanks.correct(1, 'A001', 'seen');
  expect(await licence('two')).toEqual({ outcome: 'printed' });
});

test('one that came out on a sheet of the pack that was loaded since leaves that pack to be looked at', async () => {
  await keptAndSettled();
  store.blanks.unload(1);
  store.blanks.load({ ...food, first: 'B001', last: 'B010' });
  store.blanks.load({ ...food, tray: 'tray-3', first: 'C001', last: 'C010' });
  whenTakenBack({ outcome: 'printed' });
  await printing.takeBack(never);
  expect(store.blanks.list()).toMatchObject([
    { first: 'B001', state: 'uncertain' },
    { first: 'C001', state: 'loaded' },
  ]);
});

test('a licence that came out against a clerk’s word is not printed a second time until somebody has looked again', async () => {
  fault = 'kept';
  await licence('case:0:1');
  fault = undefined;
  store.spool.settleBlank('A001', 'in-tray', 'seen');
  await printer.move();
  printer.comeBack();
  await printing.takeBack(never);
  store.blanks.correct(1, 'A002', 'seen');
  expect(await licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  store.spool.settle('case:0:1', 'printed');
  expect(await licence('case:0:3')).toEqual({ outcome: 'printed' });
  expect([...printer.printed]).toEqual([['A001', 'case:0:1']]);
});

test('a printer that keeps a licence keeps nobody from one on another printer', async () => {
  await keptAndSettled();
  store.blanks.load({ series: 'drain-permit', printerId: 'other', tray: 'tray-1', first: 'D001', last: 'D010' });
  const asked = vi.spyOn(port, 'withdraw');
  const other = { prepare: vi.fn(async () => ({ outcome: 'not-printed', code: 'paper-out', detail: '' }) as const) };
  port = { ...port, ...other };
  await printing.print({ ...order('two'), blank: { series: 'drain-permit' } }, never);
  expect([asked.mock.calls.length, other.prepare.mock.calls.length]).toEqual([0, 1]);
});

test('a printer that keeps a licence keeps nobody from the blanks of that series in another one', async () => {
  await keptAndSettled();
  store.blanks.load({ ...food, printerId: 'other', first: 'B001', last: 'B010' });
  const prepare = vi.fn<PrintPort<Sheet>['prepare']>(async () => ({
    outcome: 'not-printed',
    code: 'paper-out',
    detail: '',
  }));
  port = { ...port, prepare };
  expect(await licence('two')).toMatchObject({ code: 'paper-out' });
  expect(prepare.mock.calls.map(([, { printerId }]) => printerId)).toEqual(['other']);
});

test('a number that nobody knew of, and the printer does, keeps nobody from the next licence', async () => {
  fault = 'kept';
  await licence('one');
  fault = undefined;
  await printer.move();
  printer.comeBack();
  expect(await licence('two')).toEqual({ outcome: 'printed' });
  expect([...printer.printed]).toEqual([
    ['A001', 'one'],
    ['A002', 'two'],
  ]);
});

test('a further attempt at a plain paper takes the one before back first: it would come out as well', async () => {
  const { blank: _none, ...plain } = order('case:1:1');
  fault = 'kept';
  await printing.print(plain, never);
  fault = undefined;
  printing.seen('case:1:1', false);
  printer.comeBack();
  expect(await printing.print({ ...plain, jobId: 'case:1:2' }, never)).toEqual({ outcome: 'printed' });
  await printer.move();
  expect([printer.printed.size, stateOf('case:1:1')]).toEqual([1, 'failed']);
});

test('whoever wants a licence does not wait for all that is kept, and what is given up is not gone on with', async () => {
  await keptAndSettled();
  const signals: AbortSignal[] = [];
  port = {
    ...port,
    withdraw: (_printerId, _job, signal) => {
      signals.push(signal);
      return hangs();
    },
  };
  vi.useFakeTimers();
  void printing.takeBack(never);
  await vi.advanceTimersByTimeAsync(0);
  const leaves = new AbortController();
  const second = printing.takeBack(leaves.signal);
  leaves.abort(new Error('the terminal stops'));
  await expect(second).rejects.toThrow('the terminal stops');
  await vi.advanceTimersByTimeAsync(45_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('of a paper that a printer keeps is told once, not every minute', async () => {
  await keptAndSettled();
  const log = memoryLog();
  printing = new Printing({ store, printers: port, log });
  for (let minute = 0; minute < 3; minute += 1) await printing.takeBack(never);
  expect(log.entries.filter(({ message }) => message.includes('nobody waits for'))).toHaveLength(1);
});

test('one that came out before it could be taken back is printed, and nobody has to look', async () => {
  fault = 'kept';
  await licence('one');
  await printer.move();
  await printing.takeBack(never); // while it is away
  expect([stateOf('one'), printing.problem('food-licence')]).toEqual(['unknown', 'blanks-uncertain']);
  printer.comeBack();
  await printing.takeBack(never);
  expect([stateOf('one'), kindsOf('A001').at(-1), store.spool.leftAtPrinters()]).toEqual(['presented', 'printed', []]);
});

test('a paper without a number is taken back too, and one that the printer knows nothing of is asked for once', async () => {
  const { blank: _none, ...plain } = order('plain');
  printer.remembers = false;
  fault = 'lost-job';
  await printing.print({ ...plain, jobId: 'gone' }, never);
  fault = 'kept';
  await printing.print(plain, never);
  printer.comeBack();
  const asked = vi.spyOn(port, 'withdraw');
  await printing.takeBack(never);
  await printing.takeBack(never);
  await printer.move();
  expect([asked.mock.calls.length, printer.printed.size, stateOf('plain')]).toEqual([2, 0, 'failed']);
});
