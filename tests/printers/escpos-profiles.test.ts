import { loadImage } from '@napi-rs/canvas';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { Receipt } from '../../printers/document/document.ts';
import { EscposDriver } from '../../printers/escpos/driver.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { type EscposProfile, escposProfile, loadProfile, profileIds } from '../../printers/escpos/profile.ts';
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

/** A printer of this model, switched on, and everything that it was sent. */
async function terminal(profile: EscposProfile): Promise<{
  printer: EscposSimulator;
  driver: EscposDriver;
  sentHex: () => string;
}> {
  const printer = new EscposSimulator({ widthDots: profile.widthDots, realTimeStatus: profile.status.realTime });
  printer.set({ invertedPaperBit: profile.paperSensors.end === 'inverted' });
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
    const paper = printer.receipts()[0] ?? printer.uncut;
    expect(printer.textOf(paper)).toContain('不动产登记收费凭证');
    expect(paper?.events.map(({ type }) => type)).not.toContain('unknown');
    const image = await loadImage(printer.paperPng() ?? Buffer.alloc(0));
    expect(image.width).toBe(2 * (profile.widthDots + 2 * (36 + 40)));
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

describe('a profile', () => {
  const whole = loadProfile('generic-80');
  test.each([
    ['with a word that no driver knows', { ...whole, colour: true }],
    ['of a resolution that no head has', { ...whole, dpi: 300 }],
    ['whose columns are not those of its width', { ...whole, columns: 42 }],
    ['of a printer that cannot be watched', { ...whole, status: { ...whole.status, realTime: [4] } }],
    ['of a printer that proves nothing', { ...whole, status: { ...whole.status, report: false } }],
    ['of half a byte’s width', { ...whole, widthDots: 580 }],
  ])('%s is refused', (_, profile) => {
    expect(escposProfile.safeParse(profile).success).toBe(false);
  });
});
