import { renameSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { PreparedPrint } from '../../../main/printing/print-port.ts';
import { openStore } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import type { SheetFault } from '../../../scripts/chaos/spool/sheet-printer.ts';
import {
  cipher,
  food,
  order,
  type PrintingTerminal,
  printingTerminalForEach,
} from '../../support/printing-terminal.ts';

const never = new AbortController().signal;
const hangs = (): Promise<never> => new Promise(() => undefined);
let terminal: PrintingTerminal;
printingTerminalForEach((given) => {
  terminal = given;
});

/** The port with another `run`. */
function running(run: PreparedPrint['run']): void {
  const whole = terminal.port;
  terminal.port = {
    ...whole,
    prepare: async (...given) => {
      const prepared = await whole.prepare(...given);
      return 'run' in prepared ? { ...prepared, run } : prepared;
    },
  };
}

test('a licence is printed once, however often it is asked for, and on the number that the store says', async () => {
  const [one, same] = await Promise.all([terminal.licence('one'), terminal.licence('one')]);
  expect([one, same, await terminal.licence('one')]).toEqual(Array(3).fill({ outcome: 'printed' }));
  expect([...terminal.printer.printed]).toEqual([['A001', 'one']]);
  expect(terminal.store.spool.find('one')).toMatchObject({
    blankNumber: 'A001',
    printerId: 'laser',
    document: 'certificate',
  });
  terminal.printing.taken('one');
  expect([terminal.stateOf('one'), await terminal.licence('one')]).toEqual(['taken', { outcome: 'printed' }]);
});

test('licences that are asked for at the same time go one after the other, each on its own number', async () => {
  await Promise.all(['one', 'two', 'three'].map((jobId) => terminal.licence(jobId)));
  expect([...terminal.printer.printed]).toEqual([
    ['A001', 'one'],
    ['A002', 'two'],
    ['A003', 'three'],
  ]);
});

test('when the first byte may leave, job and number are on the disk', async () => {
  let seen: unknown;
  running(async () => {
    terminal.store.close();
    terminal.store = openStore(terminal.file, { cipher });
    seen = [terminal.stateOf('one'), terminal.kindsOf('A001')];
    return hangs();
  });
  void terminal.licence('one');
  await vi.waitFor(() => expect(seen).toEqual(['sending', ['loaded', 'reserved']]));
});

test.each<[SheetFault, state: string | undefined, number: string, next: string | undefined]>([
  ['no-pull', 'failed', 'released', 'A001'],
  ['jam', 'failed', 'spoiled', 'A002'],
  ['half-way', 'failed', 'spoiled', 'A002'],
  ['lost-word', 'unknown', 'uncertain', undefined],
  ['lost-job', 'unknown', 'uncertain', undefined],
])('with the fault "%s" the job is %s and its number %s', async (what, state, number, next) => {
  terminal.printer.remembers = false;
  terminal.fault = what;
  const outcome = await terminal.licence('one');
  expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1)]).toEqual([state, number]);
  expect(await terminal.licence('one')).toEqual(outcome); // and nothing is sent
  terminal.fault = undefined;
  const after = await terminal.licence('two');
  if (next) expect([after, terminal.printer.printed.get(next)]).toEqual([{ outcome: 'printed' }, 'two']);
  else expect(after).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
});

test('without blanks nothing is sent, and whoever asks before is told', async () => {
  expect([terminal.printing.problem('drain-permit'), terminal.printing.problem('food-licence')]).toEqual([
    'no-blanks',
    undefined,
  ]);
  const outcome = await terminal.printing.print({ ...order('one'), blank: { series: 'drain-permit' } }, never);
  expect(outcome).toEqual({ outcome: 'no-blank', problem: 'no-blanks' });
  expect([terminal.printer.printed.size, terminal.stateOf('one')]).toEqual([0, 'accepted']); // and goes on once there are some
});

test('another attempt at a licence prints nothing while the one before may have come out, whatever the resident says', async () => {
  terminal.printer.remembers = false;
  terminal.fault = 'lost-word';
  expect(await terminal.licence('case:0:1')).toMatchObject({ outcome: 'unknown' });
  terminal.fault = undefined;
  terminal.printing.seen('case:0:1', false);
  expect(await terminal.licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  terminal.store.spool.settleBlank('A001', 'printed', 'seen');
  expect([await terminal.licence('case:0:2'), terminal.printer.printed.size]).toEqual([{ outcome: 'printed' }, 1]);
});

test('another attempt at a licence prints it once a clerk has found that the one before did not', async () => {
  terminal.fault = 'lost-job';
  await terminal.licence('case:0:1');
  terminal.fault = undefined;
  terminal.store.spool.settleBlank('A001', 'in-tray', 'seen');
  expect([await terminal.licence('case:0:2'), terminal.printer.printed.get('A001')]).toEqual([
    { outcome: 'printed' },
    'case:0:2',
  ]);
  expect(await terminal.licence('case:1:1')).toEqual({ outcome: 'printed' }); // of the same case, and another paper
});

test('a licence that was called off with its sheet on the way is not printed from another tray before a clerk has looked', async () => {
  const whole = terminal.port;
  running(async (_signal, onStage) => {
    onStage('printing');
    return { outcome: 'not-printed', code: 'canceled', detail: 'canceled at the panel' };
  });
  terminal.store.blanks.load({ ...food, tray: 'tray-3', first: 'B001', last: 'B010' });
  await terminal.licence('case:0:1');
  terminal.port = whole;
  expect(await terminal.licence('case:0:2')).toEqual({ outcome: 'no-blank', problem: 'blanks-uncertain' });
  terminal.store.spool.settleBlank('A001', 'printed', 'seen');
  expect([await terminal.licence('case:0:3'), terminal.printer.printed.size]).toEqual([{ outcome: 'printed' }, 0]);
});

test('what a resident says of a paper without a number that nobody knew about goes on record', async () => {
  const { blank: _none, ...plain } = order('one');
  terminal.fault = 'lost-word';
  for (const jobId of ['one', 'two']) await terminal.printing.print({ ...plain, jobId }, never);
  terminal.printing.seen('one', true);
  terminal.printing.seen('two', false);
  terminal.printing.seen('three', true);
  expect([terminal.stateOf('one'), terminal.stateOf('two'), terminal.store.spool.find('three')]).toEqual([
    'presented',
    'failed',
    undefined,
  ]);
});

test('a paper without a number is kept off the trays of numbered blanks', async () => {
  const { blank: _none, ...plain } = order('one');
  const whole = terminal.port;
  const kept: unknown[] = [];
  terminal.port = {
    ...whole,
    prepare: async (document, options, signal) => {
      kept.push(options.numberedTrays);
      return await whole.prepare(document, options, signal);
    },
  };
  await terminal.printing.print(plain, never);
  await terminal.licence('two');
  expect(kept).toEqual([[{ printerId: food.printerId, tray: food.tray }], undefined]);
});

test('a paper without a number needs no blank, and may have copies; a numbered blank is one sheet', async () => {
  const { blank: _none, ...plain } = order('one');
  expect(await terminal.printing.print({ ...plain, copies: 2 }, never)).toEqual({ outcome: 'printed' });
  expect(terminal.store.blanks.list()).toMatchObject([{ next: 'A001' }]);
  expect(() => terminal.printing.print({ ...order('two'), copies: 2 }, never)).toThrow('one copy');
});

test('a printer that does not have the blanks gets nothing', async () => {
  const [run, count] = [vi.fn(hangs), vi.fn()];
  terminal.port = { ...terminal.port, prepare: async () => ({ printerId: 'other', run, discard: count }) };
  expect(await terminal.licence('one')).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
  expect([run.mock.calls.length, count.mock.calls.length, terminal.store.blanks.list()[0]?.next]).toEqual([
    0,
    1,
    'A001',
  ]);
});

test('a tray that is taken out while the paper is being made ready gets nothing', async () => {
  const whole = terminal.port;
  terminal.port = {
    ...whole,
    prepare: async (...given) => {
      terminal.store.blanks.unload(1);
      return await whole.prepare(...given);
    },
  };
  expect(await terminal.licence('one')).toMatchObject({ outcome: 'not-printed', code: 'user-error' });
  expect([terminal.printer.printed.size, terminal.stateOf('one')]).toEqual([0, 'failed']);
});

test('what the printer says before it was sent anything is believed only where it says that nothing came out', async () => {
  const jam: PrintOutcome = { outcome: 'not-printed', code: 'media-jammed', detail: 'a sheet of before' };
  terminal.port = { ...terminal.port, prepare: async () => jam };
  expect(await terminal.licence('one')).toEqual(jam);
  terminal.port = { ...terminal.port, prepare: async () => ({ outcome: 'printed' }) };
  expect(await terminal.licence('two')).toMatchObject({ outcome: 'not-printed', code: 'protocol' });
  expect(terminal.store.blanks.list()[0]).toMatchObject({ next: 'A001', left: 10 });
});

test('a printer that does not come ready in time gets nothing, also when it comes ready later', async () => {
  vi.useFakeTimers();
  const ready = Promise.withResolvers<PreparedPrint>();
  const discard = vi.fn();
  terminal.port = { ...terminal.port, prepare: () => ready.promise };
  const outcome = terminal.printing.print({ ...order('one'), waitMs: 5_000 }, never);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await outcome).toMatchObject({ outcome: 'not-printed', code: 'timeout' });
  ready.resolve({ printerId: 'laser', run: hangs, discard });
  await vi.advanceTimersByTimeAsync(0);
  expect(discard).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test('given up before anything was sent, a licence is printed by whoever asks next; given up later, it is not', async () => {
  const early = new AbortController();
  const whole = terminal.port;
  terminal.port = { ...terminal.port, prepare: hangs };
  const first = terminal.licence('one', early.signal);
  await vi.waitFor(() => expect(terminal.stateOf('one')).toBe('rendering'));
  early.abort(new Error('the resident has gone'));
  await expect(first).rejects.toThrow('the resident has gone');
  expect(terminal.stateOf('one')).toBe('rendering');
  terminal.port = whole;
  expect(await terminal.licence('one')).toEqual({ outcome: 'printed' });
  const late = new AbortController();
  running(async (signal) => {
    late.abort(new Error('the core ends'));
    signal.throwIfAborted();
    return { outcome: 'printed' };
  });
  await expect(terminal.licence('two', late.signal)).rejects.toThrow('the core ends');
  expect([await terminal.licence('two'), terminal.kindsOf('A002').at(-1)]).toMatchObject([
    { outcome: 'unknown' },
    'uncertain',
  ]);
});

test('a licence whose caller gave up is nobody else’s to follow up while it is still at the printer', async () => {
  const givesUp = new AbortController();
  const end = Promise.withResolvers<PrintOutcome>();
  running(() => end.promise);
  const asked = vi.spyOn(terminal.port, 'whatBecameOf');
  const first = terminal.licence('one', givesUp.signal);
  await vi.waitFor(() => expect(terminal.stateOf('one')).toBe('sending'));
  givesUp.abort(new Error('the resident has gone'));
  await expect(first).rejects.toThrow('the resident has gone');
  const [again, recovered] = [terminal.licence('one'), terminal.printing.recover(never)];
  end.resolve({ outcome: 'printed' });
  expect(await again).toEqual({ outcome: 'printed' });
  await recovered;
  expect([asked.mock.calls.length, terminal.kindsOf('A001').at(-1)]).toEqual([0, 'printed']);
});

test.each(['accepted', 'rendering'] as const)(
  'a core that died when it was %s prints it at the next asking',
  async (state) => {
    if (state === 'accepted')
      terminal.store.spool.accept({ jobId: 'one', document: 'certificate', series: 'food-licence' });
    else {
      terminal.port = { ...terminal.port, prepare: hangs };
      void terminal.licence('one');
      await vi.waitFor(() => expect(terminal.stateOf('one')).toBe('rendering'));
    }
    await terminal.restart();
    expect(await terminal.licence('one')).toEqual({ outcome: 'printed' });
    expect([...terminal.printer.printed]).toEqual([['A001', 'one']]);
  },
);

/** A core that dies with the job at the printer, which goes on with it. */
async function dieOver(jobId: string, what?: SheetFault | 'before-a-byte'): Promise<void> {
  const whole = terminal.port;
  const sent = Promise.withResolvers<void>();
  terminal.port = {
    ...whole,
    prepare: async (document, options, signal) => {
      const prepared = await whole.prepare(document, options, signal);
      if (!('run' in prepared)) return prepared;
      const run = async (): Promise<never> => {
        if (what !== 'before-a-byte')
          await terminal.printer.print(options.jobName, document.text, what, () => undefined);
        sent.resolve();
        return hangs();
      };
      return { ...prepared, run };
    },
  };
  void terminal.licence(jobId);
  await sent.promise;
}

test.each<[SheetFault | 'before-a-byte' | undefined, remembers: boolean, state: string, number: string]>([
  [undefined, true, 'presented', 'printed'],
  [undefined, false, 'unknown', 'uncertain'],
  ['before-a-byte', true, 'failed', 'released'],
  ['before-a-byte', false, 'unknown', 'uncertain'],
  ['jam', true, 'failed', 'spoiled'],
  ['no-pull', true, 'failed', 'uncertain'], // that the sheet has not moved only the terminal.printer's own report would have said
])(
  'a core died over a job (%s), the printer knows of it: %s: the job is %s, the number %s',
  async (what, remembers, state, number) => {
    terminal.printer.remembers = remembers;
    await dieOver('one', what);
    const onPaper = [...terminal.printer.printed.values()];
    await terminal.restart();
    expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1)]).toEqual([state, number]);
    await terminal.licence('one');
    expect([...terminal.printer.printed.values()]).toEqual(onPaper); // asked again, it is not sent again
  },
);

test('a printer that does not answer after a start leaves the job to a person, and is asked again at the next start', async () => {
  await dieOver('one');
  const answers = terminal.port.whatBecameOf;
  terminal.store.close();
  terminal.start();
  terminal.port = { ...terminal.port, whatBecameOf: () => Promise.reject(new Error('unplugged')) };
  await terminal.printing.recover(never);
  expect([terminal.stateOf('one'), terminal.printing.problem('food-licence')]).toEqual(['unknown', 'blanks-uncertain']);
  terminal.port = { ...terminal.port, whatBecameOf: answers };
  await terminal.printing.recover(never);
  expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1), terminal.printing.problem('food-licence')]).toEqual(
    ['presented', 'printed', undefined],
  );
});

test('after a start the printer is asked of each paper once, and of an unknown receipt of before no more', async () => {
  const { blank: _none, ...receipt } = order('receipt');
  terminal.fault = 'lost-word';
  await terminal.printing.print(receipt, never);
  await dieOver('licence');
  terminal.store.close();
  terminal.start();
  const asked = vi.spyOn(terminal.port, 'whatBecameOf');
  await terminal.printing.recover(never);
  expect(asked.mock.calls.map(([, { name }]) => name)).toEqual([terminal.store.spool.find('licence')?.jobName]);
});

test('a disk that refuses the end of a licence is told of; the next asking finds what the printer knows', async () => {
  running(async (_signal, onStage) => {
    const outcome = await terminal.printer.print(
      terminal.store.spool.find('one')!.jobName,
      'one',
      undefined,
      () => undefined,
    );
    renameSync(terminal.file, `${terminal.file}.away`);
    onStage('printing');
    return outcome;
  });
  await expect(terminal.licence('one')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${terminal.file}.away`, terminal.file);
  expect(terminal.stateOf('one')).toBe('sending');
  expect(await terminal.licence('one')).toEqual({ outcome: 'printed' });
  expect([...terminal.printer.printed]).toEqual([['A001', 'one']]);
});

test('a licence whose end a full disk refused is followed up although nobody prints: its number is not left open', async () => {
  running(async () => {
    const outcome = await terminal.printer.print(
      terminal.store.spool.find('one')!.jobName,
      'one',
      'jam',
      () => undefined,
    );
    renameSync(terminal.file, `${terminal.file}.away`);
    return outcome;
  });
  await expect(terminal.licence('one')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${terminal.file}.away`, terminal.file);
  expect(terminal.kindsOf('A001').at(-1)).toBe('reserved');
  await terminal.printing.takeBack(never);
  expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1)]).toEqual(['failed', 'spoiled']);
});

test('a licence whose end a full disk refused keeps nobody from the next one', async () => {
  const whole = terminal.port;
  running(async () => {
    const outcome = await terminal.printer.print(
      terminal.store.spool.find('case:0:1')!.jobName,
      'one',
      'jam',
      () => undefined,
    );
    renameSync(terminal.file, `${terminal.file}.away`);
    return outcome;
  });
  await expect(terminal.licence('case:0:1')).rejects.toMatchObject({ name: 'StorageError' });
  renameSync(`${terminal.file}.away`, terminal.file);
  terminal.port = whole;
  expect(await terminal.licence('case:0:2')).toEqual({ outcome: 'printed' });
  expect([terminal.kindsOf('A001').at(-1), terminal.printer.printed.get('A002')]).toEqual(['spoiled', 'case:0:2']);
});

test('a licence that is asked for while the printer is still asked of one before waits for its word', async () => {
  await dieOver('one');
  terminal.store.close();
  terminal.start();
  const [, next] = await Promise.all([terminal.printing.recover(never), terminal.licence('two')]);
  expect([next, terminal.kindsOf('A001').at(-1)]).toEqual([{ outcome: 'printed' }, 'printed']);
});

test('of a sheet whose move a full disk did not take down nobody says that it lies in the tray', async () => {
  running(async (_signal, onStage) => {
    renameSync(terminal.file, `${terminal.file}.away`);
    onStage('printing');
    renameSync(`${terminal.file}.away`, terminal.file);
    return { outcome: 'not-printed', code: 'cover-open', detail: 'opened' };
  });
  await terminal.licence('one');
  expect([terminal.stateOf('one'), terminal.kindsOf('A001').at(-1)]).toEqual(['failed', 'uncertain']);
});

test('stages are on the disk as they come, and a word after the paper is out changes nothing', async () => {
  const seen: unknown[] = [];
  running(async (_signal, onStage) => {
    onStage('printing');
    seen.push(terminal.stateOf('one'));
    onStage('presented');
    onStage('printing');
    seen.push(terminal.stateOf('one'), terminal.kindsOf('A001').at(-1));
    return { outcome: 'unknown', code: 'not-connected', detail: 'pulled afterwards' };
  });
  expect(await terminal.licence('one')).toEqual({ outcome: 'printed' });
  expect(seen).toEqual(['printing', 'presented', 'printed']);
});
