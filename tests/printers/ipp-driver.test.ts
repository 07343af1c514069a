import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Certificate } from '../../printers/document/document.ts';
import { decodeMessage, encodeMessage } from '../../printers/ipp/codec.ts';
import { IppDriver } from '../../printers/ipp/driver.ts';
import type { Exchange } from '../../printers/ipp/http.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { type IppMessage, type IppValue, integer, keyword, numbersOf, stringsOf } from '../../printers/ipp/values.ts';
import { openJob } from './ipp-terminal.ts';

const certificate: Certificate = {
  kind: 'certificate',
  language: 'zh-CN',
  title: '社会保险参保证明',
  serial: 'SB-2026-000018427',
  statement: ['兹证明王小明在本市参加社会保险。'],
  fields: [{ label: '姓名', value: '王小明' }],
  issuer: '青杭市社会保险管理服务中心',
  issuedOn: '2026-03-05',
  verification: { url: 'https://zwfw.example/v/18427', note: '扫码核验' },
};

let printer: IppSimulator;
let driver: IppDriver;
let stop: AbortController;
let running: Promise<void>;

// The driver loads fonts and layout with its first certificate, and loading a module does not work on fake timers.
beforeAll(async () => {
  await import('../../printers/pdf/printable.ts');
});

beforeEach(() => {
  vi.useFakeTimers();
  printer = new IppSimulator();
  driver = new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange: printer.exchange });
  stop = new AbortController();
  running = Promise.resolve();
});

afterEach(async () => {
  stop.abort(new DOMException('the terminal stops', 'AbortError'));
  await settle(running);
  printer.reboot();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Lets the terminal's clock run until `work` has ended. */
async function settle<T>(work: Promise<T>): Promise<T> {
  let open = true;
  const end = (): void => {
    open = false;
  };
  work.then(end, end);
  for (let step = 0; open && step < 2_000; step += 1) await vi.advanceTimersByTimeAsync(250);
  return await work;
}

const print = (copies = 1, signal: AbortSignal = stop.signal) => settle(driver.print(certificate, copies, signal));
/** Once the printer has the job, somebody takes all sheets but these out of its tray. */
const printWithLeft = async (sheets: number, copies: number) => {
  const printing = driver.print(certificate, copies, stop.signal);
  await vi.advanceTimersByTimeAsync(100);
  expect(printer.jobs()).toHaveLength(1);
  printer.sheets = sheets;
  return await settle(printing);
};
const start = async (): Promise<void> => {
  running = driver.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
};

describe('condition', () => {
  test('nothing is sent before the driver runs', async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect(driver.status.value).toMatchObject({ state: 'starting', paper: 'unknown' });
    expect(printer.requests).toHaveLength(0);
  });

  test.each([
    ['a full tray', {}, { state: 'online', paper: 'full' }],
    ['few sheets', { sheets: 10 }, { state: 'online', paper: 'low' }],
    ['an empty tray', { sheets: 0 }, { state: 'online', paper: 'out' }],
    ['jammed paper', { jammed: true }, { state: 'online', paper: 'jammed' }],
    ['an open cover', { coverOpen: true }, { state: 'offline', cause: 'cover-open' }],
    ['no toner', { tonerEmpty: true }, { state: 'offline', cause: 'user-error' }],
    ['jobs refused', { acceptsJobs: false }, { state: 'offline', cause: 'user-error' }],
  ])('%s is seen within a poll, and so is its end', async (_, trouble, seen) => {
    await start();
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full', source: 'polled' });
    const healthy = { sheets: 250, jammed: false, coverOpen: false, tonerEmpty: false, acceptsJobs: true };
    Object.assign(printer, trouble);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(driver.status.value).toMatchObject(seen);
    Object.assign(printer, healthy);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full' });
  });

  test('a printer that is not there is offline with unknown paper, and online when it is back', async () => {
    printer.fault = () => 'lose-request';
    await start();
    expect(driver.status.value).toMatchObject({
      state: 'offline',
      cause: 'not-connected',
      paper: 'unknown',
      source: 'inferred',
    });
    await vi.advanceTimersByTimeAsync(60_000);
    printer.fault = () => undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'full' });
  });

  test('a printer that is gone is asked again twice a second or so, so that one that is back is seen within three', async () => {
    let asked = 0;
    printer.fault = () => {
      asked += 1;
      return 'lose-request';
    };
    await start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toBeGreaterThan(400);
    expect(asked).toBeLessThan(2_600);
  });

  test('silence is a timeout', async () => {
    printer.fault = () => 'never-answer';
    await start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'timeout' });
  });

  test('a printer that is too busy to say how it is says so', async () => {
    await start();
    printer.fault = () => ({ refuse: 'busy' });
    await vi.advanceTimersByTimeAsync(driver.pollMs);
    expect(driver.status.value).toMatchObject({ state: 'offline', detail: expect.stringContaining('busy') });
  });

  test('garbage is no good news', async () => {
    printer.fault = () => 'garbage';
    await start();
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'protocol' });
  });

  test('a stopped driver says so', async () => {
    await start();
    stop.abort();
    await settle(running);
    expect(driver.status.value).toMatchObject({ state: 'stopped', paper: 'unknown' });
  });
});

describe('printing', () => {
  test('a certificate is printed once, as PDF on A4', async () => {
    expect(await print()).toEqual({ outcome: 'printed' });
    const [document, ...others] = printer.documents();
    expect(others).toHaveLength(0);
    expect(Buffer.from(document!.pdf).subarray(0, 5).toString()).toBe('%PDF-');
    expect(printer.sheetsOut).toBe(1);
    const created = printer.requests.find(({ operation }) => operation === 'create-job');
    const job = created?.message.groups.find(({ group }) => group === 'job');
    expect(stringsOf(job, 'media')).toEqual(['iso_a4_210x297mm']);
    expect(stringsOf(job, 'print-scaling')).toEqual(['none']);
  });

  test('each copy is a sheet', async () => {
    expect(await print(3)).toEqual({ outcome: 'printed' });
    expect(printer.sheetsOut).toBe(3);
  });

  test('the printer learns nothing about the person but the document itself', async () => {
    await print();
    const said = JSON.stringify(printer.requests.map(({ message }) => message));
    expect(said).not.toMatch(/王小明|SB-2026/);
    expect(printer.jobs()[0]?.jobName).toMatch(/^certificate-[0-9a-f-]{36}$/);
  });

  test("two visitors' certificates never mix: one is done before the next is sent", async () => {
    const both = Promise.all([driver.print(certificate, 1, stop.signal), driver.print(certificate, 1, stop.signal)]);
    expect(await settle(both)).toEqual([{ outcome: 'printed' }, { outcome: 'printed' }]);
    const order = printer.requests.map(({ operation }) => operation);
    expect(order.lastIndexOf('create-job')).toBeGreaterThan(order.indexOf('get-job-attributes'));
  });

  test('a printer without Create-Job gets everything in one request', async () => {
    printer.operations = printer.operations.filter((each) => each !== 'create-job');
    expect(await print()).toEqual({ outcome: 'printed' });
    expect(printer.documents()).toHaveLength(1);
  });

  test('a busy printer is asked again', async () => {
    printer.fault = (operation, earlier) =>
      operation === 'create-job' && earlier < 3 ? { refuse: 'busy' } : undefined;
    expect(await print()).toEqual({ outcome: 'printed' });
    expect(printer.documents()).toHaveLength(1);
  });

  test('a printer that counts no sheets is believed when it says completed', async () => {
    printer.countsSheets = false;
    expect(await print()).toEqual({ outcome: 'printed' });
  });
});

describe('nothing was printed, and that is certain', () => {
  const nothingWentOut = (): void => {
    expect(printer.sheetsOut).toBe(0);
    expect(printer.jobs().filter(({ isOver }) => !isOver)).toEqual([]);
  };

  test.each([
    ['no paper', { sheets: 0 }, 'paper-out'],
    ['a jam', { jammed: true }, 'media-jammed'],
    ['an open cover', { coverOpen: true }, 'cover-open'],
    ['jobs refused', { acceptsJobs: false }, 'user-error'],
    ['no PDF', { formats: ['image/pwg-raster'] }, 'unsupported'],
    ['another size in place of A4', { ignores: ['media'] }, 'unsupported'],
    ['one copy in place of two', { ignores: ['copies'] }, 'unsupported'],
  ])('%s: no job is made', async (_, trouble, code) => {
    Object.assign(printer, trouble);
    expect(await print(2)).toMatchObject({ outcome: 'not-printed', code });
    expect(printer.jobs()).toEqual([]);
  });

  test('a character that no font has: the printer is not even asked', async () => {
    const rare = { ...certificate, fields: [{ label: '姓名', value: '王\u{F0000}' }] };
    const outcome = await settle(driver.print(rare, 1, stop.signal));
    expect(outcome).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
    expect(JSON.stringify(outcome)).toContain('U+F00xx');
    expect(JSON.stringify(outcome)).not.toContain('王');
    expect(printer.requests).toHaveLength(0);
  });

  test.each(['lose-request', 'lose-answer', 'never-answer', 'garbage'] as const)(
    'Create-Job, %s: the empty job is withdrawn',
    async (fault) => {
      printer.fault = (operation) => (operation === 'create-job' ? fault : undefined);
      expect(await print()).toMatchObject({ outcome: 'not-printed' });
      nothingWentOut();
    },
  );

  test.each([
    ['lose-request', 'not-connected'],
    ['garbage', 'protocol'],
  ] as const)('the document did not arrive (%s): the job is withdrawn', async (fault, code) => {
    printer.fault = (operation) => (operation === 'send-document' ? fault : undefined);
    expect(await print()).toMatchObject({ outcome: 'not-printed', code });
    nothingWentOut();
  });

  test('the printer refuses the document', async () => {
    printer.fault = (operation) => (operation === 'send-document' ? { refuse: 'format-error' } : undefined);
    expect(await print()).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
    nothingWentOut();
  });

  test('the cover opens before the first sheet: the job is withdrawn, and closing it prints nothing for the next person', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.coverOpen = true;
    expect(await settle(printing)).toMatchObject({ outcome: 'not-printed', code: 'cover-open' });
    printer.coverOpen = false;
    await vi.advanceTimersByTimeAsync(60_000);
    nothingWentOut();
  });

  test('the printer warms up for ever: the job is withdrawn', async () => {
    printer.msPerSheet = 600_000;
    expect(await print()).toMatchObject({ outcome: 'not-printed', code: 'timeout' });
    nothingWentOut();
  });

  test('a cover that is closed soon enough delays the certificate, no more', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.coverOpen = true;
    await vi.advanceTimersByTimeAsync(10_000);
    printer.coverOpen = false;
    expect(await settle(printing)).toEqual({ outcome: 'printed' });
  });
});

describe('the answer is lost, and the printer knows', () => {
  test('a job that was ended at the panel before it was looked at had all of its document, and a sheet may be on its way', async () => {
    printer.fault = (operation) => {
      if (operation === 'get-job-attributes') for (const job of printer.jobs()) job.cancel('operator');
      return undefined;
    };
    const onStage = vi.fn();
    const job = { name: 'one', mayBegin: async () => undefined, onStage };
    expect(await settle(driver.print(certificate, 1, stop.signal, job))).toMatchObject({ outcome: 'not-printed' });
    expect(onStage.mock.calls).toEqual([['printing']]);
  });

  test.each(['lose-answer', 'never-answer'] as const)('Send-Document, %s: printed, once', async (fault) => {
    printer.fault = (operation) => (operation === 'send-document' ? fault : undefined);
    expect(await print()).toEqual({ outcome: 'printed' });
    expect(printer.sheetsOut).toBe(1);
  });

  test.each(['lose-answer', 'never-answer'] as const)(
    'Print-Job, %s: found by its name, printed once',
    async (fault) => {
      printer.operations = printer.operations.filter((each) => each !== 'send-document');
      printer.fault = (operation) => (operation === 'print-job' ? fault : undefined);
      expect(await print()).toEqual({ outcome: 'printed' });
      expect(printer.sheetsOut).toBe(1);
    },
  );

  test('a minute without the network while printing changes nothing', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.fault = () => 'lose-request';
    await vi.advanceTimersByTimeAsync(60_000);
    printer.fault = () => undefined;
    expect(await settle(printing)).toEqual({ outcome: 'printed' });
  });
});

describe('nobody can know: a person must look', () => {
  test('a sheet came out before the paper ran out', async () => {
    expect(await printWithLeft(1, 2)).toMatchObject({ outcome: 'unknown', code: 'paper-out' });
    printer.sheets = 250;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(printer.sheetsOut).toBe(1);
  });

  test('the printer is never heard of again', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.fault = () => 'lose-request';
    expect(await settle(printing)).toMatchObject({ outcome: 'unknown', code: 'not-connected' });
  });

  test('the printer was switched off and on, and has forgotten the job', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.reboot();
    expect(await settle(printing)).toMatchObject({ outcome: 'unknown' });
  });

  test('after a restart another job has our number', async () => {
    const printing = driver.print(certificate, 1, stop.signal);
    await vi.advanceTimersByTimeAsync(100);
    printer.reboot();
    await settle(
      new IppDriver({ url: 'ipp://192.0.2.10/', exchange: printer.exchange }).print(certificate, 1, stop.signal),
    );
    expect(await settle(printing)).toMatchObject({ outcome: 'unknown' });
  });

  test('Print-Job got no answer, and the printer lists no such job', async () => {
    printer.operations = printer.operations.filter((each) => each !== 'create-job');
    printer.fault = (operation) => (operation === 'print-job' ? 'lose-request' : undefined);
    expect(await print()).toMatchObject({ outcome: 'unknown', code: 'not-connected' });
  });

  test('a printer that counts no sheets stops half way', async () => {
    printer.countsSheets = false;
    expect(await printWithLeft(1, 2)).toMatchObject({ outcome: 'unknown', code: 'paper-out' });
  });

  test('the job stands still and cannot be canceled', async () => {
    printer.fault = (operation) => (operation === 'cancel-job' ? { refuse: 'not-authorized' } : undefined);
    expect(await printWithLeft(1, 2)).toMatchObject({ outcome: 'unknown', code: 'paper-out' });
  });
});

describe('a printer whose words are odd', () => {
  type Rewrite = (message: IppMessage) => IppMessage;
  const driverHearing = (rewrite: Rewrite): IppDriver => {
    const exchange: Exchange = async (request, signal) =>
      encodeMessage(rewrite(decodeMessage(await printer.exchange(request, signal)).message));
    return new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange });
  };
  /** Says `value` in place of whatever the printer says under `attributeName` once the job is completed. */
  const onceCompleted =
    (attributeName: string, value: IppValue): Rewrite =>
    (message) => ({
      ...message,
      groups: message.groups.map((group) => {
        if (group.group !== 'job' || numbersOf(group, 'job-state')[0] !== 9) return group;
        const others = group.attributes.filter((each) => each.name !== attributeName);
        return { ...group, attributes: [...others, { name: attributeName, values: [value] }] };
      }),
    });
  const outcomeHearing = async (rewrite: Rewrite, copies: number) =>
    await settle(driverHearing(rewrite).print(certificate, copies, stop.signal));

  test('that says completed with errors: a person must look', async () => {
    const rewrite = onceCompleted('job-state-reasons', keyword('job-completed-with-errors'));
    expect(await outcomeHearing(rewrite, 1)).toMatchObject({ outcome: 'unknown' });
  });

  test('that says completed and counts one of two sheets: a person must look', async () => {
    const sheets = onceCompleted('job-media-sheets-completed', integer(1));
    const sides = onceCompleted('job-impressions-completed', integer(1));
    expect(await outcomeHearing((message) => sheets(sides(message)), 2)).toMatchObject({ outcome: 'unknown' });
  });

  test('that answers another request than ours is not listened to', async () => {
    const other = driverHearing((message) => ({ ...message, requestId: message.requestId + 1 }));
    running = other.run(stop.signal);
    await vi.advanceTimersByTimeAsync(0);
    expect(other.status.value).toMatchObject({ state: 'offline', cause: 'protocol' });
  });

  test('that never answers is hung up on', async () => {
    let line: AbortSignal | undefined;
    const exchange: Exchange = (_request, signal) => {
      line ??= signal;
      return new Promise(() => undefined);
    };
    running = new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange }).run(stop.signal);
    await vi.advanceTimersByTimeAsync(900);
    expect(line?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    expect(line?.aborted).toBe(true);
  });
});

describe('a visitor who leaves', () => {
  test('takes the job along: it is canceled, and print rejects with the reason', async () => {
    const left = new AbortController();
    printer.msPerSheet = 5_000;
    const printing = driver.print(certificate, 3, left.signal);
    printing.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    const reason = new Error('left');
    left.abort(reason);
    await expect(settle(printing)).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(printer.sheetsOut).toBe(0);
  });

  test('before it began leaves no trace', async () => {
    const reason = new Error('left');
    await expect(print(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(printer.requests).toHaveLength(0);
  });

  test('does not wait for a printer that has gone', async () => {
    const left = new AbortController();
    printer.fault = () => 'never-answer';
    const printing = driver.print(certificate, 1, left.signal);
    printing.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(500);
    left.abort(new Error('left'));
    const before = Date.now();
    await expect(settle(printing)).rejects.toThrow('left');
    expect(Date.now() - before).toBeLessThan(6_000);
  });
});

describe('a job that is over before anybody has looked', () => {
  async function stagesOf(ends: () => void): Promise<string[]> {
    const stages: string[] = [];
    printer.fault = (operation, earlier) => {
      if (operation === 'get-job-attributes' && earlier === 0) ends();
      return undefined;
    };
    const job = { ...openJob('job-1'), onStage: (stage: string) => stages.push(stage) };
    const outcome = await settle(driver.print(certificate, 1, stop.signal, job));
    expect(outcome).toMatchObject({ outcome: 'not-printed' });
    return stages;
  }

  test('has been at the printer with all of its document: its sheet may have moved', async () => {
    expect(await stagesOf(() => printer.cancelAtPanel())).toEqual(['printing']);
  });

  test('has moved no sheet where its document was thrown away', async () => {
    expect(await stagesOf(() => printer.jobs().at(-1)?.receive(new Uint8Array()))).toEqual([]);
  });
});
