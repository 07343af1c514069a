import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PreparedPrint, PrintPort } from '../../../main/printing/print-port.ts';
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

/** The port with another `run`. */
function running(run: PreparedPrint['run']): void {
  const whole = port;
  port = {
    ...whole,
    prepare: async (...given) => {
      const prepared = await whole.prepare(...given);
      return 'run' in prepared ? { ...prepared, run } : prepared;
    },
  };
}

test('a licence is printed once, however often it is asked for, and on the number that the store says', async () => {
  const [one, same] = await Promise.all([licence('one'), licence('one')]);
  expect([one, same, await licence('one')]).toEqual(Array(3).fill({ outcome: 'printed' }));
  expect([...printer.printed]).toEqual([['A001', 'one']]);
  expect(store.spool.find('one')).toMatchObject({ blankNumber: 'A001', printerId: 'laser', document: 'certificate' });
  printing.taken('one');
  expect([stateOf('one'), await licence('one')]).toEqual(['taken', { outcome: 'printed' }]);
});

test('licences that are asked for at the same time go one after the other, each on its own number', async () => {
  await Promise.all(['one', 'two', 'three'].map((jobId) => licence(jobId)));
  expect([...printer.printed]).toEqual([
    ['A001', 'one'],
    ['A002', 'two'],
    ['A003', 'three'],
  ]);
});

test('when the first byte may leave, job and number are on the disk', async () => {
  let seen: unknown;
  running(async () => {
    store.close();
    store = openStore(file, { cipher });
    seen = [stateOf('one'), kindsOf('A001')];
    return hangs();
  });
  void licence('one');
  await vi.waitFor(() => expect(seen).toEqual(['sending', ['loaded', 'reserved']]));
});

test.each<[SheetFault, state: string | undefined, number: string, next: string | undefined]>([
  ['no-pull', 'failed', 'released', 'A001'],
  ['jam', 'failed', 'spoiled', 'A002'],
  ['half-way', 'failed', 'spoiled', 'A002'],
  ['lost-word', 'unknown', 'uncertain', undefined],
  ['lost-job', 'unknown', 'uncertain', undefined],
])('with the fault "%s" the job is %s and its number %s', async (what, state, number, next) => {
  printer.remembers = false;
  fault = what;
  const outcome = await licence('one');
  expect([stateOf('one'), kindsOf('A001').at(-1)]).toEqual([state, number]);
  expect(await licence('one')).toEqual(outcome); // and nothing is sent
  fault = undefined;
  const after = await licence('two');
  if (next) expect([after, printer.printed.get(next)]).toEqual([{ outcome: 'printed' }, 'two']);
  else expect(after).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
});

test('without blanks nothing is sent, and whoever asks before is told', async () => {
  expect([printing.problem('drain-permit'), printing.problem('food-licence')]).toEqual(['no-blanks', undefined]);
  const outcome = await printing.print({ ...order('one'), blank: { series: 'drain-permit' } }, never);
  expect(outcome).toEqual({ outcome: 'no-blank', problem: 'no-blanks' });
  expect([printer.printed.size, stateOf('one')]).toEqual([0, 'accepted']); // and goes on once there are some
});

test('another attempt at a licence prints nothing while the one before may have come out, whatever the resident says', async () => {
  printer.remembers = false;
  fault = 'lost-word';
  expect(await licence('case:0:1')).toMatchObject({ outcome: 'unknown' });
  fault = undefined;
  printing.seen('case:0:1', false);
  expect(await licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  store.spool.settleBlank('A001', 'printed', 'seen');
  expect([await licence('case:0:2'), printer.printed.size]).toEqual([{ outcome: 'printed' }, 1]);
});

test('another attempt at a licence prints it once a clerk has found that the one before did not', async () => {
  fault = 'lost-job';
  await licence('case:0:1');
  fault = undefined;
  store.spool.settleBlank('A001', 'in-tray', 'seen');
  expect([await licence('case:0:2'), printer.printed.get('A001')]).toEqual([{ outcome: 'printed' }, 'case:0:2']);
  expect(await licence('case:1:1')).toEqual({ outcome: 'printed' }); // of the same case, and another paper
});

test('a licence that was called off with its sheet on the way is not printed from another tray before a clerk has looked', async () => {
  const whole = port;
  running(async (_signal, onStage) => {
    onStage('printing');
    return { outcome: 'not-printed', code: 'canceled', detail: 'canceled at the panel' };
  });
  store.blanks.load({ ...food, tray: 'tray-3', first: 'B001', last: 'B010' });
  await licence('case:0:1');
  port = whole;
  expect(await licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  store.spool.settleBlank('A001', 'printed', 'seen');
  expect([await licence('case:0:3'), printer.printed.size]).toEqual([{ outcome: 'printed' }, 0]);
});

test('what a resident says of a paper without a number that nobody knew about goes on record', async () => {
  const { blank: _none, ...plain } = order('one');
  fault = 'lost-word';
  for (const jobId of ['one', 'two']) await printing.print({ ...plain, jobId }, never);
  printing.seen('one', true);
  printing.seen('two', false);
  printing.seen('three', true);
  expect([stateOf('one'), stateOf('two'), store.spool.find('three')]).toEqual(['presented', 'failed', undefined]);
});

test('a paper without a number is kept off the trays of numbered blanks', async () => {
  const { blank: _none, ...plain } = order('one');
  const whole = port;
  const kept: unknown[] = [];
  port = {
    ...whole,
    prepare: async (document, options, signal) => {
      kept.push(options.numberedTrays);
      return await whole.prepare(document, options, signal);
    },
  };
  await printing.print(plain, never);
  await licence('two');
  expect(kept).toEqual([[{ printerId: food.printerId, tray: food.tray }], undefined]);
});

test('a paper without a number needs no blank, and may have copies; a numbered blank is one sheet', async () => {
  const { blank: _none, ...plain } = order('one');
  expect(await printing.print({ ...plain, copies: 2 }, never)).toEqual({ outcome: 'printed' });
  expect(store.blanks.list()).toMatchObject([{ next: 'A001' }]);
  expect(() => printing.print({ ...order('two'), copies: 2 }, never)).toThrow('one copy');
});

test('a printer that does not have the blanks gets nothing', async () => {
  const [run, count] = [vi.fn(hangs), vi.fn()];
  port = { ...port, prepare: async () => ({ printerId: 'other', run, discard: count }) };
  expect(await licence('one')).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
  expect([run.mock.calls.length, count.mock.calls.length, store.blanks.list()[0]?.next]).toEqual([0, 1, 'A001']);
});

test('a tray that is taken out while the paper is being made ready gets nothing', async () => {
  const whole = port;
  port = {
    ...whole,
    prepare: async (...given) => {
      store.blanks.unload(1);
      return await whole.prepare(...given);
    },
  };
  expect(await licence('one')).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
  expect([printer.printed.size, stateOf('one')]).toEqual([0, 'failed']);
});

test('what the printer says before it was sent anything is believed only where it says that nothing came out', async () => {
  const jam: PrintOutcome = { outcome: 'not-printed', code: 'media-jammed', detail: 'a sheet of before' };
  port = { ...port, prepare: async () => jam };
  expect(await licence('one')).toEqual(jam);
  port = { ...port, prepare: async () => ({ outcome: 'printed' }) };
  expect(await licence('two')).toMatchObject({ outcome: 'not-printed', code: 'protocol' });
  expect(store.blanks.list()[0]).toMatchObject({ next: 'A001', left: 10 });
});

test('a printer that does not come ready in time gets nothing, also when it comes ready later', async () => {
  vi.useFakeTimers();
  const ready = Promise.withResolvers<PreparedPrint>();
  const discard = vi.fn();
  port = { ...port, prepare: () => ready.promise };
  const outcome = printing.print({ ...order('one'), waitMs: 5_000 }, never);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await outcome).toMatchObject({ outcome: 'not-printed', code: 'timeout' });
  ready.resolve({ printerId: 'laser', run: hangs, discard });
  await vi.advanceTimersByTimeAsync(0);
  expect(discard).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('given up before anything was sent, a licence is printed by whoever asks next; given up later, it is not', async () => {
  const early = new AbortController();
  const whole = port;
  port = { ...port, prepare: hangs };
  const first = licence('one', early.signal);
  await vi.waitFor(() => expect(stateOf('one')).toBe('rendering'));
  early.abort(new Error('the resident has gone'));
  await expect(first).rejects.toThrow('the resident has gone');
  expect(stateOf('one')).toBe('rendering');
  port = whole;
  expect(await licence('one')).toEqual({ outcome: 'printed' });
  const late = new AbortController();
  running(async (signal) => {
    late.abort(new Error('the core ends'));
    signal.throwIfAborted();
    return { outcome: 'printed' };
  });
  await expect(licence('two', late.signal)).rejects.toThrow('the core ends');
  expect([await licence('two'), kindsOf('A002').at(-1)]).toMatchObject([{ outcome: 'unknown' }, 'uncertain']);
});

test('a licence whose caller gave up is nobody else’s to follow up while it is still at the printer', async () => {
  const givesUp = new AbortController();
  const end = Promise.withResolvers<PrintOutcome>();
  running(() => end.promise);
  const asked = vi.spyOn(port, 'whatBecameOf');
  const first = licence('one', givesUp.signal);
  await vi.waitFor(() => expect(stateOf('one')).toBe('sending'));
  givesUp.abort(new Error('the resident has gone'));
  await expect(first).rejects.toThrow('the resident has gone');
  const [again, recovered] = [licence('one'), printing.recover(never)];
  end.resolve({ outcome: 'printed' });
  expect(await again).toEqual({ outcome: 'printed' });
  await recovered;
  expect([asked.mock.calls.length, kindsOf('A001').at(-1)]).toEqual([0, 'printed']);
});

test.each(['accepted', 'rendering'] as const)(
  'a core that died when it was %s prints it at the next asking',
  async (state) => {
    if (state === 'accepted') store.spool.accept({ jobId: 'one', document: 'certificate', series: 'food-licence' });
    else {
      port = { ...port, prepare: hangs };
      void licence('one');
      await vi.waitFor(() => expect(stateOf('one')).toBe('rendering'));
    }
    await restart();
    expect(await licence('one')).toEqual({ outcome: 'printed' });
    expect([...printer.printed]).toEqual([['A001', 'one']]);
  },
);

/** A core that dies with the job at the printer, which goes on with it. */
async function dieOver(jobId: string, what?: SheetFault | 'before-a-byte'): Promise<void> {
  const whole = port;
  const sent = Promise.withResolvers<void>();
  port = {
    ...whole,
    prepare: async (document, options, signal) => {
      const prepared = await whole.prepare(document, options, signal);
      if (!('run' in prepared)) return prepared;
      const run = async (): Promise<never> => {
        if (what !== 'before-a-byte') await printer.print(options.jobName, document.text, what, () => undefined);
        sent.resolve();
        return hangs();
      };
      return { ...prepared, run };
    },
  };
  void licence(jobId);
  await sent.promise;
}

test.each<[SheetFault | 'before-a-byte' | undefined, remembers: boolean, state: string, number: string]>([
  [undefined, true, 'presented', 'printed'],
  [undefined, false, 'unknown', 'uncertain'],
  ['before-a-byte', true, 'failed', 'released'],
  ['before-a-byte', false, 'unknown', 'uncertain'],
  ['jam', true, 'failed', 'spoiled'],
  ['no-pull', true, 'failed', 'uncertain'], // that the sheet has not moved only the printer's own report would have said
])(
  'a core died over a job (%s), the printer knows of it: %s: the job is %s, the number %s',
  async (what, remembers, state, number) => {
    printer.remembers = remembers;
    await dieOver('one', what);
    const onPaper = [...printer.printed.values()];
    await restart();
    expect([stateOf('one'), kindsOf('A001').at(-1)]).toEqual([state, number]);
    await licence('one');
    expect([...printer.printed.values()]).toEqual(onPaper); // asked again, it is not sent again
  },
);

test('a printer that does not answer after a start leaves the job to a person, and is asked again at the next start', async () => {
  await dieOver('one');
  const answers = port.whatBecameOf;
  store.close();
  start();
  port = { ...port, whatBecameOf: () => Promise.reject(new Error('unplugged')) };
  await printing.recover(never);
  expect([stateOf('one'), printing.problem('food-licence')]).toEqual(['unknown', 'blanks-uncertain']);
  port = { ...port, whatBecameOf: answers };
  await printing.recover(never);
  expect([stateOf('one'), kindsOf('A001').at(-1), printing.problem('food-licence')]).toEqual([
    'presented',
    'printed',
    undefined,
  ]);
});

test('after a start the printer is asked of each paper once, and of an unknown receipt of before no more', async () => {
  const { blank: _none, ...receipt } = order('receipt');
  fault = 'lost-word';
  await printing.print(receipt, never);
  await dieOver('licence');
  store.close();
  start();
  const asked = vi.spyOn(port, 'whatBecameOf');
  await printing.recover(never);
  expect(asked.mock.calls.map(([, { name }]) => name)).toEqual([store.spool.find('licence')?.jobName]);
});

test('a disk that refuses the end of a licence is told of; the next asking finds what the printer knows', async () => {
  running(async (_signal, onStage) => {
    const outcome = await printer.print(store.spool.find('one')!.jobName, 'one', undefined, () => undefined);
    renameSync(file, `${file}.away`);
    onStage('printing');
    return outcome;
  });
  await expect(licence('one')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${file}.away`, file);
  expect(stateOf('one')).toBe('sending');
  expect(await licence('one')).toEqual({ outcome: 'printed' });
  expect([...printer.printed]).toEqual([['A001', 'one']]);
});

test('a licence whose end a full disk refused is followed up although nobody prints: its number is not left open', async () => {
  running(async () => {
    const outcome = await printer.print(store.spool.find('one')!.jobName, 'one', 'jam', () => undefined);
    renameSync(file, `${file}.away`);
    return outcome;
  });
  await expect(licence('one')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${file}.away`, file);
  expect(kindsOf('A001').at(-1)).toBe('reserved');
  await printing.takeBack(never);
  expect([stateOf('one'), kindsOf('A001').at(-1)]).toEqual(['failed', 'spoiled']);
});

test('a licence whose end a full disk refused keeps nobody from the next one', async () => {
  const whole = port;
  running(async () => {
    const outcome = await printer.print(store.spool.find('case:0:1')!.jobName, 'one', 'jam', () => undefined);
    renameSync(file, `${file}.away`);
    return outcome;
  });
  await expect(licence('case:0:1')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${file}.away`, file);
  port = whole;
  expect(await licence('case:0:2')).toEqual({ outcome: 'printed' });
  expect([kindsOf('A001').at(-1), printer.printed.get('A002')]).toEqual(['spoiled', 'case:0:2']);
});

test('a licence that is asked for while the printer is still asked of one before waits for its word', async () => {
  await dieOver('one');
  store.close();
  start();
  const [, next] = await Promise.all([printing.recover(never), licence('two')]);
  expect([next, kindsOf('A001').at(-1)]).toEqual([{ outcome: 'printed' }, 'printed']);
});

test('of a sheet whose move a full disk did not take down nobody says that it lies in the tray', async () => {
  running(async (_signal, onStage) => {
    renameSync(file, `${file}.away`);
    onStage('printing');
    renameSync(`${file}.away`, file);
    return { outcome: 'not-printed', code: 'cover-open', detail: 'opened' };
  });
  await licence('one');
  expect([stateOf('one'), kindsOf('A001').at(-1)]).toEqual(['failed', 'uncertain']);
});

test('stages are on the disk as they come, and a word after the paper is out changes nothing', async () => {
  const seen: unknown[] = [];
  running(async (_signal, onStage) => {
    onStage('printing');
    seen.push(stateOf('one'));
    onStage('presented');
    onStage('printing');
    seen.push(stateOf('one'), kindsOf('A001').at(-1));
    return { outcome: 'unknown', code: 'not-connected', detail: 'pulled afterwards' };
  });
  expect(await licence('one')).toEqual({ outcome: 'printed' });
  expect(seen).toEqual(['printing', 'presented', 'printed']);
});
