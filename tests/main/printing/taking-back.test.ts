import { expect, test, vi } from 'vitest';
import type { PrintPort } from '../../../main/printing/print-port.ts';
import { Printing } from '../../../main/printing/printing.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import type { Sheet } from '../../../scripts/chaos/spool/sheet-printer.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { food, order, type PrintingTerminal, printingTerminalForEach } from '../../support/printing-terminal.ts';

const never = new AbortController().signal;
const hangs = (): Promise<never> => new Promise(() => undefined);
let terminal: PrintingTerminal;
printingTerminalForEach((given) => {
  terminal = given;
});

/** The line was cut over 'one', and the printer has it still. A clerk has seen the sheet in the tray. */
async function keptAndSettled(): Promise<void> {
  terminal.fault = 'kept';
  expect(await terminal.licence('one')).toMatchObject({ outcome: 'unknown' });
  terminal.fault = undefined;
  terminal.store.spool.settleBlank('A001', 'in-tray', 'seen');
}

test('what a printer kept while it was away is taken back before the next blank is given to it', async () => {
  await keptAndSettled();
  terminal.printer.comeBack();
  expect(await terminal.licence('two')).toEqual({ outcome: 'printed' });
  await terminal.printer.move();
  expect([[...terminal.printer.printed], terminal.stateOf('one')]).toEqual([[['A001', 'two']], 'failed']);
});

test('a printer that may have an earlier licence still, and cannot be asked, gets no blank; the same order goes on later', async () => {
  await keptAndSettled();
  const notNow = { outcome: 'no-blank', problem: 'blanks-uncertain' };
  expect([await terminal.licence('two'), terminal.printing.problem('food-licence')]).toEqual([
    notNow,
    'blanks-uncertain',
  ]);
  expect([terminal.printer.printed.size, terminal.stateOf('two'), terminal.kindsOf('A001').at(-1)]).toEqual([
    0,
    'accepted',
    'released',
  ]);
  await terminal.restart();
  expect(await terminal.licence('two')).toEqual(notNow);
  terminal.printer.comeBack();
  expect([await terminal.licence('two'), [...terminal.printer.printed]]).toEqual([
    { outcome: 'printed' },
    [['A001', 'two']],
  ]);
});

test('what a printer keeps when the terminal starts is not taken for something that it never had', async () => {
  terminal.fault = 'kept';
  await terminal.licence('case:0:1');
  terminal.fault = undefined;
  terminal.printer.comeBack();
  await terminal.restart();
  expect(terminal.stateOf('case:0:1')).toBe('unknown');
  await terminal.printing.takeBack(never);
  terminal.store.spool.settleBlank('A001', 'in-tray', 'seen');
  expect(await terminal.licence('case:0:2')).toEqual({ outcome: 'printed' });
  await terminal.printer.move();
  expect([...terminal.printer.printed]).toEqual([['A001', 'case:0:2']]);
});

test('a licence that came out against a clerk’s word leaves its cassette to be looked at', async () => {
  await keptAndSettled();
  await terminal.printer.move();
  terminal.printer.comeBack();
  expect(await terminal.licence('two')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  expect(terminal.store.blanks.list()).toMatchObject([{ state: 'uncertain' }]);
  expect(terminal.store.audit.page(0, 50).map(({ entry }) => JSON.parse(entry).kind)).toContain('print-contradicted');
  terminal.store.blanks.correct(1, 'A002', 'seen');
  expect([await terminal.licence('two'), terminal.printer.printed.get('A002')]).toEqual([
    { outcome: 'printed' },
    'two',
  ]);
});

/** What the printer says when 'one' is taken back. */
function whenTakenBack(outcome: PrintOutcome): void {
  terminal.port = {
    ...terminal.port,
    withdraw: async (_printerId, { name }) =>
      name === terminal.store.spool.find('one')?.jobName ? outcome : undefined,
  };
}

test('a licence that may have come out against a clerk’s word is nobody’s to trust: the cassette is looked at', async () => {
  await keptAndSettled();
  whenTakenBack({ outcome: 'unknown', code: 'canceled', detail: 'half a sheet was out' });
  expect(await terminal.licence('two')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  expect([terminal.stateOf('one'), terminal.store.spool.leftAtPrinters()]).toEqual(['unknown', []]);
  terminal.store.spool.settle('one', 'not-printed');
  terminal.store.blanks.correct(1, 'A001', 'seen');
  expect(await terminal.licence('two')).toEqual({ outcome: 'printed' });
});

test('one that came out on a sheet of the pack that was loaded since leaves that pack to be looked at', async () => {
  await keptAndSettled();
  terminal.store.blanks.unload(1);
  terminal.store.blanks.load({ ...food, first: 'B001', last: 'B010' });
  terminal.store.blanks.load({ ...food, tray: 'tray-3', first: 'C001', last: 'C010' });
  whenTakenBack({ outcome: 'printed' });
  await terminal.printing.takeBack(never);
  expect(terminal.store.blanks.list()).toMatchObject([
    { first: 'B001', state: 'uncertain' },
    { first: 'C001', state: 'loaded' },
  ]);
});

test('a licence that came out against a clerk’s word is not printed a second time until somebody has looked again', async () => {
  terminal.fault = 'kept';
  await terminal.licence('case:0:1');
  terminal.fault = undefined;
  terminal.store.spool.settleBlank('A001', 'in-tray', 'seen');
  await terminal.printer.move();
  terminal.printer.comeBack();
  await terminal.printing.takeBack(never);
  terminal.store.blanks.correct(1, 'A002', 'seen');
  expect(await terminal.licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  terminal.store.spool.settle('case:0:1', 'printed');
  expect(await terminal.licence('case:0:3')).toEqual({ outcome: 'printed' });
  expect([...terminal.printer.printed]).toEqual([['A001', 'case:0:1']]);
});

test('a printer that keeps a licence keeps nobody from one on another printer', async () => {
  await keptAndSettled();
  terminal.store.blanks.load({
    series: 'drain-permit',
    printerId: 'other',
    tray: 'tray-1',
    first: 'D001',
    last: 'D010',
  });
  const asked = vi.spyOn(terminal.port, 'withdraw');
  const other = { prepare: vi.fn(async () => ({ outcome: 'not-printed', code: 'paper-out', detail: '' }) as const) };
  terminal.port = { ...terminal.port, ...other };
  await terminal.printing.print({ ...order('two'), blank: { series: 'drain-permit' } }, never);
  expect([asked.mock.calls.length, other.prepare.mock.calls.length]).toEqual([0, 1]);
});

test('a printer that keeps a licence keeps nobody from the blanks of that series in another one', async () => {
  await keptAndSettled();
  terminal.store.blanks.load({ ...food, printerId: 'other', first: 'B001', last: 'B010' });
  const prepare = vi.fn<PrintPort<Sheet>['prepare']>(async () => ({
    outcome: 'not-printed',
    code: 'paper-out',
    detail: '',
  }));
  terminal.port = { ...terminal.port, prepare };
  expect(await terminal.licence('two')).toMatchObject({ code: 'paper-out' });
  expect(prepare.mock.calls.map(([, { printerId }]) => printerId)).toEqual(['other']);
});

test('a number that nobody knew of, and the printer does, keeps nobody from the next licence', async () => {
  terminal.fault = 'kept';
  await terminal.licence('one');
  terminal.fault = undefined;
  await terminal.printer.move();
  terminal.printer.comeBack();
  expect(await terminal.licence('two')).toEqual({ outcome: 'printed' });
  expect([...terminal.printer.printed]).toEqual([
    ['A001', 'one'],
    ['A002', 'two'],
  ]);
});

test('a further attempt at a plain paper takes the one before back first: it would come out as well', async () => {
  const { blank: _none, ...plain } = order('case:1:1');
  terminal.fault = 'kept';
  await terminal.printing.print(plain, never);
  terminal.fault = undefined;
  terminal.printing.seen('case:1:1', false);
  terminal.printer.comeBack();
  expect(await terminal.printing.print({ ...plain, jobId: 'case:1:2' }, never)).toEqual({ outcome: 'printed' });
  await terminal.printer.move();
  expect([terminal.printer.printed.size, terminal.stateOf('case:1:1')]).toEqual([1, 'failed']);
});

test('whoever wants a licence does not wait for all that is kept, and what is given up is not gone on with', async () => {
  await keptAndSettled();
  const signals: AbortSignal[] = [];
  terminal.port = {
    ...terminal.port,
    withdraw: (_printerId, _job, signal) => {
      signals.push(signal);
      return hangs();
    },
  };
  vi.useFakeTimers();
  void terminal.printing.takeBack(never);
  await vi.advanceTimersByTimeAsync(0);
  const leaves = new AbortController();
  const second = terminal.printing.takeBack(leaves.signal);
  leaves.abort(new Error('the terminal stops'));
  await expect(second).rejects.toThrow('the terminal stops');
  await vi.advanceTimersByTimeAsync(45_000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('of a paper that a printer keeps is told once, not every minute', async () => {
  await keptAndSettled();
  const log = memoryLog();
  terminal.printing = new Printing({ store: terminal.store, printers: terminal.port, log });
  for (let minute = 0; minute < 3; minute += 1) await terminal.printing.takeBack(never);
  expect(log.entries.filter(({ message }) => message.includes('nobody waits for'))).toHaveLength(1);
});

test('one that came out before it could be taken back is printed, and nobody has to look', async () => {
  terminal.fault = 'kept';
  await terminal.licence('one');
  await terminal.printer.move();
  await terminal.printing.takeBack(never); // while it is away
  expect([terminal.stateOf('one'), terminal.printing.problem('food-licence')]).toEqual(['unknown', 'blanks-uncertain']);
  terminal.printer.comeBack();
  await terminal.printing.takeBack(never);
  expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1), terminal.store.spool.leftAtPrinters()]).toEqual([
    'presented',
    'printed',
    [],
  ]);
});

test('a paper without a number is taken back too, and one that the printer knows nothing of is asked for once', async () => {
  const { blank: _none, ...plain } = order('plain');
  terminal.printer.remembers = false;
  terminal.fault = 'lost-job';
  await terminal.printing.print({ ...plain, jobId: 'gone' }, never);
  terminal.fault = 'kept';
  await terminal.printing.print(plain, never);
  terminal.printer.comeBack();
  const asked = vi.spyOn(terminal.port, 'withdraw');
  await terminal.printing.takeBack(never);
  await terminal.printing.takeBack(never);
  await terminal.printer.move();
  expect([asked.mock.calls.length, terminal.printer.printed.size, terminal.stateOf('plain')]).toEqual([2, 0, 'failed']);
});
