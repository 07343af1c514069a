import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { Receipt } from '../../printers/document/document.ts';
import { encode } from '../../printers/escpos/commands.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { Paper } from '../../printers/escpos/paper.ts';
import {
  type EscposProfile,
  escposProfile,
  loadProfile,
  parseProfile,
  profileIds,
} from '../../printers/escpos/profile.ts';
import { sampleReceipt } from '../../printers/escpos/sample.ts';
import { EscposSimulator } from '../../printers/escpos/simulator.ts';
import { fullSlip, slip } from './receipts.ts';

let stop: AbortController;
let running: Promise<unknown> = Promise.resolve();
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(100);
  await running;
  vi.useRealTimers();
});

/** The simulated printer that does what a profile says, and no more. */
function printerOf({ widthDots, cutCommand, status, paperSensors }: EscposProfile): EscposSimulator {
  const cuts = cutCommand === 'cut' ? 'without-feed' : 'any';
  const printer = new EscposSimulator({ widthDots, cuts, realTimeStatus: status.realTime });
  printer.set({ invertedPaperBit: paperSensors.end === 'inverted' });
  return printer;
}

/** A printer of this model, or another that the profile is wrong about, switched on, and everything that it was sent. */
async function terminal(
  profile: EscposProfile,
  printer = printerOf(profile),
): Promise<{
  printer: EscposSimulator;
  driver: EscposDriver;
  sentHex: () => string;
}> {
  const sent: Uint8Array[] = [];
  const attach = printer.attach.bind(printer);
  printer.attach = (send) => {
    const attachment = attach(send);
    return {
      ...attachment,
      receive: (bytes) => {
        sent.push(bytes);
        attachment.receive(bytes);
      },
    };
  };
  const driver = new EscposDriver(new SimulatedLine(printer), profile);
  running = driver.run(stop.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  return { printer, driver, sentHex: () => Buffer.concat(sent).toString('hex') };
}

async function print(driver: EscposDriver, receipt: Receipt): Promise<PrintOutcome> {
  const printing = driver.print(receipt, stop.signal);
  await vi.advanceTimersByTimeAsync(50);
  return await printing;
}

const jobHex = (profile: EscposProfile, receipt: Receipt): string =>
  Buffer.concat(chunks(receiptCommands(receipt, profile), 480)).toString('hex');

describe('a printer model', () => {
  test.each(profileIds())('%s prints a receipt with everything on it, and its paper can be drawn', async (id) => {
    const profile = loadProfile(id);
    const { printer, driver } = await terminal(profile);
    expect(driver.status.value.state).toBe('online');
    expect(await print(driver, fullSlip())).toEqual({ outcome: 'printed' });
    const paper = profile.cutter === 'none' ? printer.uncut : printer.receipts()[0];
    expect(printer.textOf(paper)).toContain('不动产登记收费凭证');
    expect(paper?.events.map(({ type }) => type)).not.toContain('unknown');
    const png = (await printer.paperPng()) ?? Buffer.alloc(0);
    expect(png.readUInt32BE(16)).toBe(2 * (profile.widthDots + 2 * (36 + 40))); // its width; escpos-paper.test.ts decodes one
  });

  test('of 180 dpi has fewer letters on the line of the same paper, and symbols of the same size', () => {
    const [fine, coarse] = [loadProfile('epson-tm-t82iii'), loadProfile('epson-tm-t88')];
    expect([fine.columns, coarse.columns]).toEqual([48, 42]);
    const heightMm = (profile: EscposProfile): number => {
      const barcode = receiptCommands(fullSlip(), profile).find(({ type }) => type === 'code128');
      return barcode?.type === 'code128' ? (barcode.heightDots * 25.4) / profile.dpi : 0;
    };
    expect(heightMm(fine)).toBeCloseTo(10, 0);
    expect(heightMm(coarse)).toBeCloseTo(10, 0);
  });
});

describe('the driver believes the profile', () => {
  const base = loadProfile('generic-80');

  test('about the cutter: full, partial, or paper fed to the tear bar', () => {
    const end = (cutter: EscposProfile['cutter']): string => jobHex({ ...base, cutter }, slip('A001')).slice(-14);
    expect([end('full'), end('partial'), end('none')]).toEqual([
      expect.stringMatching(/1d56411e1d7201$/),
      expect.stringMatching(/1d56421e1d7201$/),
      expect.stringMatching(/1b4a1e1d7201$/),
    ]);
  });

  test('about the cut command: where none feeds, the paper is fed before it', async () => {
    const plain: EscposProfile = { ...base, cutCommand: 'cut', endFeedDots: 130 };
    expect(jobHex(plain, slip('A001'))).toMatch(/1b4a821d56011d7201$/);
    expect(jobHex({ ...plain, cutter: 'full' }, slip('A001'))).toMatch(/1b4a821d56001d7201$/);
    expect(jobHex({ ...plain, cutter: 'none' }, slip('A001'))).toMatch(/1b4a821d7201$/);
    const { printer, driver } = await terminal(plain);
    expect(await print(driver, slip('A001'))).toEqual({ outcome: 'printed' });
    expect([printer.receipts().length, printer.uncut]).toEqual([1, undefined]);
  });

  test('about the cut command: a printer that does not know it leaves the receipts hanging together', async () => {
    const { printer, driver } = await terminal(base, printerOf({ ...base, cutCommand: 'cut' }));
    for (const number of ['A001', 'A002']) await print(driver, slip(number));
    expect([printer.receipts(), printer.textOf(printer.uncut)]).toEqual([[], '排队号\nA001\n排队号\nA002']);
    expect(printer.uncut?.events).toContainEqual(expect.objectContaining({ type: 'unknown', hex: '1d56421e' }));
  });

  test('about symbols that it draws itself', () => {
    const [qr, barcode] = ['1d286b', '1d6b49'];
    expect(jobHex(base, fullSlip())).toContain(qr);
    expect(jobHex(base, fullSlip())).toContain(barcode);
    const plain = jobHex({ ...base, qr: 'raster', barcode: 'raster' }, fullSlip());
    expect(plain).not.toContain(qr);
    expect(plain).not.toContain(barcode);
  });

  test('about Chinese mode and its code page', () => {
    const start = (text: EscposProfile['text']): string => jobHex({ ...base, text }, slip('A001')).slice(0, 14);
    expect(start({ font: 'gbk', chineseMode: 'command', codePage: 0 })).toBe('1b401b74001c26');
    expect(start({ font: 'gbk', chineseMode: 'command' })).toMatch(/^1b401c26/);
    expect(start({ font: 'gbk', chineseMode: 'always' })).not.toContain('1c26');
  });

  test('about what a feed counts: half dots on an Epson head, until it is told its dots', () => {
    const start = (profile: EscposProfile): string => jobHex(profile, slip('A001')).slice(0, 12);
    expect(start({ ...base, motionUnits: 'command' })).toBe('1b401d50cbcb');
    expect(start(loadProfile('epson-tm-t88'))).toBe('1b401d50b4b4');
    expect(start(base)).not.toContain('1d50');
  });

  test('about DLE ENQ: a model without it is never sent it', async () => {
    const { sentHex } = await terminal({ ...base, recovery: 'none' });
    expect(sentHex()).not.toContain('1005');
    expect(sentHex()).toContain('1b40');
  });

  test('about automatic status: a model without it is not asked for it', async () => {
    const { sentHex, driver } = await terminal({ ...base, status: { ...base.status, automatic: false } });
    expect(driver.status.value.state).toBe('online');
    expect(sentHex()).not.toContain('1d61');
  });

  test('about status requests: one that answers two of four is offline for the reason that it can name', async () => {
    const profile: EscposProfile = { ...base, status: { ...base.status, realTime: [1, 4], automatic: false } };
    const { printer, driver, sentHex } = await terminal(profile);
    printer.set({ paper: 'out' });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'paper-out', paper: 'out' });
    expect(sentHex()).not.toMatch(/1004(02|03)/);
  });

  test('about its width: a barcode that it cannot print is refused as data, before anything is on paper', async () => {
    const { printer, driver } = await terminal(loadProfile('generic-58'));
    const long: Receipt = {
      kind: 'receipt',
      language: 'zh-CN',
      blocks: [{ type: 'barcode', data: 'ABCDEFGHIJ-KLMNOPQ' }],
    };
    expect(await print(driver, long)).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
    expect(printer.uncut).toBeUndefined();
  });
});

test.each([144, 312, 640])('a sample fits on %i dots, whose ruler is one line', (widthDots) => {
  const columns = Math.floor(widthDots / 12);
  const profile = escposProfile.parse({ ...loadProfile('generic-80'), widthDots, columns, paperWidthMm: 112 });
  const paper = new Paper({ widthDots });
  paper.print(Buffer.concat(receiptCommands(sampleReceipt(profile), profile).map(encode)), true);
  const [sample] = paper.receipts;
  const texts = sample?.events.flatMap((event) => (event.type === 'text' ? [event.text] : []));
  expect(texts).toContain('1234567890'.repeat(6).slice(0, columns));
  expect(sample?.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['barcode', 'qr']));
});

describe('a profile', () => {
  const whole = loadProfile('generic-80');
  test.each([
    ['with a word that no driver knows', { ...whole, colour: true }],
    ['of a resolution that no head has', { ...whole, dpi: 300 }],
    ['whose columns are not those of its width', { ...whole, columns: 42 }],
    ['of a printer that cannot be watched', { ...whole, status: { ...whole.status, realTime: [4] } }],
    ['of a printer that proves nothing', { ...whole, status: { ...whole.status, report: false } }],
    ['of half a byte’s width', { ...whole, widthDots: 580 }],
    ['that prints beside its paper', { ...whole, paperWidthMm: 58 }],
  ])('%s is refused', (_, profile) => {
    expect(escposProfile.safeParse(profile).success).toBe(false);
  });

  test('prints up to the edge of its paper, and not beyond', () => {
    const wide = { ...whole, widthDots: 640, columns: 53 }; // 80.08 mm
    expect(escposProfile.safeParse({ ...wide, paperWidthMm: 80.1 }).success).toBe(true);
    expect(escposProfile.safeParse({ ...wide, paperWidthMm: 80 }).success).toBe(false);
  });

  test('has no word that the README does not explain, and the README explains none that it lacks', () => {
    const words = Object.entries(escposProfile.shape).flatMap(([word, type]) =>
      type instanceof z.ZodObject ? Object.keys(type.shape).map((inner) => `${word}.${inner}`) : [word],
    );
    const readme = readFileSync('printers/escpos/README.md', 'utf8');
    const table = readme.slice(readme.indexOf('| Word'), readme.indexOf('**Line and speed**'));
    const explained = table.split('\n').flatMap((row) => row.split('|')[1]?.match(/`[^`]+`/g) ?? []);
    expect(explained).toEqual(words.map((word) => `\`${word}\``));
  });

  const refusal = (text: string): string => {
    try {
      return `taken: ${parseProfile('roll-9', text).id}`;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('that is wrong is named, with each wrong word and what it should be', () => {
    const wrong = { ...whole, id: 'roll-9', columns: 42, widthDots: 640, paperWidthMm: 58 };
    expect(refusal(JSON.stringify(wrong))).toBe(
      'Printer profile "roll-9": columns: must be 53, as a column is 12 of the 640 dots; ' +
        'widthDots: 640 dots at 203 dpi are 80.1 mm, wider than paper of 58 mm',
    );
    expect(refusal(JSON.stringify({ ...whole, dpi: 300 }))).toMatch(/^Printer profile "roll-9": dpi: .*203.*180/);
    const { cutter: _, ...short } = whole;
    expect(refusal(JSON.stringify(short))).toMatch(/^Printer profile "roll-9": cutter: .*full.*partial.*none/);
    expect(refusal(JSON.stringify({ ...whole, colour: true }))).toMatch(/^Printer profile "roll-9": .*"colour"/);
  });

  test('that is no JSON, or another’s, is named', () => {
    expect(refusal('{"id": ')).toMatch(/^Printer profile "roll-9": is not JSON: /);
    expect(refusal('{\n  "id": "roll-9",\n  "cutter": partial,\n  "dpi": 203\n}')).toMatch(/is not JSON: [^\n]+$/);
    expect(refusal(`\uFEFF${JSON.stringify({ ...whole, id: 'roll-9' })}`)).toBe('taken: roll-9');
    expect(refusal(JSON.stringify(whole))).toBe('Printer profile "roll-9": id: is "generic-80", unlike its file');
    expect(refusal(JSON.stringify({ ...whole, id: 'roll-9' }))).toBe('taken: roll-9');
  });

  test('that leaves the cut command out is of a printer that feeds and cuts at once', () => {
    const { cutCommand: _, ...without } = whole;
    expect(escposProfile.parse(without).cutCommand).toBe('feed-and-cut');
  });
});
