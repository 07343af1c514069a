import { loadImage } from '@napi-rs/canvas';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Command, encode } from '../../printers/escpos/commands.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { Paper } from '../../printers/escpos/paper.ts';
import type { PaperEvent, PrintedReceipt } from '../../printers/escpos/paper-events.ts';
import { COMMAND_BYTES_MAX } from '../../printers/escpos/parser.ts';
import { loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';
import { streamDecoderConformance } from '../conformance/decoder-conformance.ts';
import file from './escpos-vectors.json' with { type: 'json' };
import { acceptanceSlip, slip } from './receipts.ts';

function printed(...bytes: (string | Uint8Array)[]): PrintedReceipt[] {
  const paper = new Paper({ widthDots: 576 });
  paper.print(Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part))), true);
  return paper.uncut ? [...paper.receipts, paper.uncut] : [...paper.receipts];
}

function events(...bytes: (string | Uint8Array)[]): PaperEvent[] {
  return printed(...bytes).flatMap((receipt) => receipt.events);
}

const commands = (...list: Command[]): Uint8Array => Buffer.concat(list.map(encode));
const shape = (list: readonly PaperEvent[]): string[] => list.map((event) => event.type);

describe('the virtual paper', () => {
  test.each(file.vectors)('knows every command of the vector $id', ({ hex }) => {
    expect(shape(events(hex))).not.toContain('unknown');
  });

  test('shows text where and how it was asked for', () => {
    const [line] = events(
      commands({ type: 'align', to: 'center' }, { type: 'size', width: 2, height: 2 }, { type: 'bold', on: true }),
      commands({ type: 'text', text: '办A' }, { type: 'line-feed' }),
    );
    if (line?.type !== 'text') throw new Error('no text');
    expect(line.text).toBe('办A');
    expect(
      line.glyphs.map(({ leftDots, widthDots, heightDots, style }) => [leftDots, widthDots, heightDots, style.bold]),
    ).toEqual([
      [252, 48, 48, true],
      [300, 24, 48, true],
    ]);
  });

  test('turns a whole line upside down, not each character in its place', () => {
    const [line] = events('1b7b01', commands({ type: 'text', text: '倒A' }, { type: 'line-feed' }));
    if (line?.type !== 'text') throw new Error('no text');
    expect(line.glyphs.map(({ text, leftDots }) => [text, leftDots])).toEqual([
      ['倒', 12],
      ['A', 0],
    ]);
  });

  test('breaks a line that is too long, as a printer does', () => {
    const lines = events(commands({ type: 'text', text: '社'.repeat(25) }, { type: 'line-feed' }));
    expect(lines.map((event) => (event.type === 'text' ? event.text.length : 0))).toEqual([24, 1]);
  });

  test('prints code-page characters once Chinese mode is off', () => {
    const [line] = events('1b401c2e1b7400', '82', '0a');
    expect(line).toMatchObject({ type: 'text', text: 'é' });
  });

  test('draws what the host has defined itself', () => {
    const [line] = events('1c32fea1', Buffer.alloc(72, 0xff), 'fea10a');
    expect(line).toMatchObject({ type: 'text', glyphs: [{ bitmap: { rowBytes: 3, rows: 24 } }] });
  });

  test('draws raster, buffered graphics, QR codes and barcodes', () => {
    const buffered = '1d384c1200000030703001013108000800ffffffffffffffff1d284c02003032';
    expect(shape(events('1d76300001000800ff818181818181ff', buffered, '0a'))).toEqual(['image', 'image', 'feed']);
    const ean = events('1d6b430d', Buffer.from('6901234567892'));
    expect(ean).toMatchObject([{ type: 'barcode', bars: { symbology: 'EAN-13', text: '6901234567892' } }]);
    const pairs = events('1d6b49047b430c22');
    expect(pairs).toMatchObject([{ type: 'barcode', bars: { text: '1234' } }]);
    const qr = file.vectors.find(({ id }) => id === 'qr-native')?.hex ?? '';
    expect(events(qr)).toMatchObject([{ type: 'qr', data: 'https://example.gov.cn/v?id=202401010001', moduleDots: 6 }]);
  });

  test('stretches a raster picture as its mode says', () => {
    const sizes = ['00', '01', '02', '03', '33'].map((mode) => events(`1d7630${mode}01000800ff818181818181ff`)[0]);
    expect(sizes.map((image) => image?.type === 'image' && [image.scaleX, image.scaleY, image.heightDots])).toEqual([
      [1, 1, 8],
      [2, 1, 8],
      [1, 2, 16],
      [2, 2, 16],
      [2, 2, 16],
    ]);
  });

  test('draws the strips that older programs send a picture in, between characters too', () => {
    const strip = (mode: string, columnBytes: number): string => `1b2a${mode}0900${'80'.repeat(9 * columnBytes)}`;
    const [picture, text] = events('41', strip('21', 3), '42', '0a');
    expect(picture).toMatchObject({ type: 'image', leftDots: 12, heightDots: 24, scaleX: 1, scaleY: 1 });
    expect(picture).toMatchObject({ image: { rowBytes: 2, rows: 24 } });
    // The top dot of each column: one line of nine dots, and another each eight rows below.
    if (picture?.type !== 'image') throw new Error('no picture');
    expect([...picture.image.bits.subarray(0, 4)]).toEqual([0xff, 0x80, 0, 0]);
    expect(text).toMatchObject({ type: 'text', text: 'AB', glyphs: [{ leftDots: 0 }, { leftDots: 21 }] });
    expect(events(strip('00', 1), '0a')).toMatchObject([{ type: 'image', scaleX: 2, scaleY: 3, heightDots: 24 }]);
  });

  test('strips at the line spacing of their height join without a gap', () => {
    const strip = `1b2a210800${'ff'.repeat(24)}0a`;
    expect(events('1b3318', strip, strip).map((event) => event.atDots)).toEqual([0, 24]);
  });

  test('a strip wider than the rest of its line is cut at the edge', () => {
    const [picture] = events('1b243002', `1b2a21ffff${'ff'.repeat(65_535 * 3)}`, '0a');
    expect(picture).toMatchObject({ type: 'image', leftDots: 560, image: { rowBytes: 2 } });
  });

  test('a line that the data ends in comes out too', () => {
    expect(events(commands({ type: 'text', text: '尾' }))).toMatchObject([{ type: 'text', text: '尾' }]);
  });

  test('tabs go to the stops that were set, and no further', () => {
    const columns = (hex: string): number[] =>
      events(hex).flatMap((event) => (event.type === 'text' ? event.glyphs.map(({ leftDots }) => leftDots / 12) : []));
    expect(columns('410942' + '0943' + '0a')).toEqual([0, 8, 16]);
    expect(columns('1b44051400' + '410942' + '0943' + '0944' + '0a')).toEqual([0, 5, 20, 21]);
  });

  test('a letter of a code page is as wide as a Latin one, a Chinese one twice that', () => {
    const [line] = events('1c2e82', '1c26', commands({ type: 'text', text: '中' }, { type: 'line-feed' }));
    expect(line).toMatchObject({
      glyphs: [
        { text: 'é', columns: 1, widthDots: 12 },
        { text: '中', columns: 2, widthDots: 24 },
      ],
    });
  });

  test('skips what it does not draw by its length', () => {
    const skipped = {
      'user characters': '1b26034142' + '02414141414141' + '01414141',
      'page area': '1b574141414141414141',
      'ESC function': '1b2841020041' + '41',
      'other symbol': '1d286b050030504141' + '41',
      'variable image': '1d51300001000200' + '4141',
      'NV graphics': '1d284c06003043202001' + '41',
    };
    for (const [what, hex] of Object.entries(skipped)) {
      const text = events(hex, '0a').flatMap((event) => (event.type === 'text' ? [event.text] : []));
      expect([what, text]).toEqual([what, []]);
    }
  });

  test('each cut ends a receipt, which keeps the bytes that made it', () => {
    const first = Buffer.concat(chunks(receiptCommands(slip('A001'), loadProfile('generic-80')), 480));
    const second = Buffer.concat(chunks(receiptCommands(slip('A002'), loadProfile('generic-80')), 480));
    const receipts = printed(first, second);
    expect(receipts.map(({ cut }) => cut)).toEqual([true, true]);
    expect(Buffer.from(receipts[0]?.bytes ?? []).toString('hex')).toBe(first.toString('hex').slice(0, -6));
    expect(JSON.stringify(receipts[1]?.events)).toContain('A002');
    expect(JSON.stringify(receipts[1]?.events)).not.toContain('A001');
  });

  test('a full cut and one that leaves a bridge are told apart, in each way of asking for them', () => {
    const line = commands({ type: 'text', text: '办' }, { type: 'line-feed' });
    const kinds = (...asked: string[]): unknown[] =>
      asked.map((hex) =>
        events(line, hex)
          .flatMap((event) => (event.type === 'cut' ? [event.kind] : []))
          .join(),
      );
    expect(kinds('1d5600', '1d5630', '1d564100', '1d566100', '1b69')).toEqual(Array(5).fill('full'));
    expect(kinds('1d5601', '1d5631', '1d564200', '1d566200', '1b6d')).toEqual(Array(5).fill('partial'));
  });

  test('what it does not know is named, and what follows is printed', () => {
    const line = commands({ type: 'text', text: '好' }, { type: 'line-feed' });
    expect(events('1b7a', '1f', '9534b235', 'ff', line)).toMatchObject([
      { type: 'unknown', reason: 'unknown command', hex: '1b7a' },
      { type: 'unknown', reason: 'control byte', hex: '1f' },
      { type: 'unknown', reason: 'four-byte GB 18030 character', hex: '9534b235' },
      { type: 'unknown', reason: 'not a Chinese character', hex: 'ff' },
      { type: 'text', text: '好' },
    ]);
  });

  test('a command that announces gigabytes is skipped by its length, and none of them is kept', () => {
    const paper = new Paper({ widthDots: 576 });
    paper.push(Uint8Array.of(0x1d, 0x76, 0x30, 0, 0xff, 0xff, 0xff, 0xff));
    paper.step();
    for (let chunk = 0; chunk < 100; chunk += 1) paper.push(new Uint8Array(4096).fill(0x41));
    expect([paper.step(), paper.pendingBytes]).toEqual([undefined, 0]);
    expect(paper.uncut?.events).toMatchObject([{ type: 'unknown', reason: 'raster of 4294836231 bytes' }]);
  });

  test('a job cut off in the middle of a picture says so', () => {
    expect(events('1d763000480018', '00ffffff')).toMatchObject([
      { type: 'unknown', reason: 'cut short by the end of the data' },
    ]);
  });

  test('three metres of paper are the end of it', () => {
    const [receipt] = printed('1b64ff'.repeat(100), commands({ type: 'text', text: '后' }, { type: 'line-feed' }));
    expect(receipt).toMatchObject({ heightDots: 24_000, truncated: true });
    expect(shape(receipt?.events ?? [])).not.toContain('text');
  });

  test('a million characters at one place are one line with a thousand of them', () => {
    const overprint = Buffer.alloc(5 * 200_000, Uint8Array.of(0x1b, 0x24, 0, 0, 0x41));
    const [receipt] = printed(overprint, '0a');
    expect(receipt).toMatchObject({ heightDots: 34, truncated: true });
    expect(receipt?.events).toMatchObject([{ type: 'text', text: 'A'.repeat(1_000) }]);
  });

  test('a stranger’s stream of QR codes that fit no line is given up on', () => {
    const paper = new Paper({ widthDots: 576, totalDotsMax: 24_000 });
    const print = '1d286b0300315130';
    paper.print(Buffer.from(`1d286b0300314310${'1d286b230031503078'}${'78'.repeat(31)}${print.repeat(60)}`, 'hex'));
    expect(paper.uncut).toMatchObject({ truncated: true, events: { length: 40 } });
  });

  test('pictures wider than the paper are clipped, so that no stream of them fills the memory', () => {
    const wide = { type: 'raster', image: { rowBytes: 60_000, rows: 2, bits: new Uint8Array(120_000) } } as const;
    expect(events(commands(wide))).toMatchObject([{ type: 'image', image: { rowBytes: 72, rows: 2 } }]);
  });

  test('any bytes whatever are printed without an error, within the limits', () => {
    const nearlyCommands = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(...[0x10, 0x1b, 0x1c, 0x1d].map((byte) => Uint8Array.of(byte))),
        fc.tuple(fc.constantFrom(0x1b, 0x1c, 0x1d), fc.nat(255), fc.nat(8)).map((bytes) => Uint8Array.from(bytes)),
        fc.constantFrom(...file.vectors.map(({ hex }) => Buffer.from(hex, 'hex'))),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(nearlyCommands, (parts) => {
        const receipts = printed(...parts);
        for (const receipt of receipts) {
          expect(receipt.heightDots).toBeLessThanOrEqual(24_000);
          for (const event of receipt.events) {
            const right = event.type === 'text' ? Math.max(...event.glyphs.map((g) => g.leftDots + g.widthDots)) : 0;
            expect(right).toBeLessThanOrEqual(576);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a stream is the same receipt however the line cuts it', () => {
    const bytes = Buffer.concat(chunks(receiptCommands(acceptanceSlip('张㛃'), loadProfile('generic-80')), 480));
    const whole = new Paper({ widthDots: 576 });
    whole.print(bytes);
    const single = new Paper({ widthDots: 576 });
    for (const byte of bytes) single.print(Uint8Array.of(byte));
    expect(single.receipts).toEqual(whole.receipts);
  });
});

streamDecoderConformance("an ESC/POS printer's input", () => {
  const paper = new Paper({ widthDots: 576 });
  let found = 0;
  return {
    push: (chunk) => {
      paper.push(chunk);
      for (let step = paper.step(); step; step = paper.step()) if (step.name === 'report') found += 1;
    },
    frame: commands({ type: 'report-when-done' }),
    found: () => found,
    heldBytes: () => paper.pendingBytes,
    maxFrameBytes: COMMAND_BYTES_MAX,
    quiet: () => paper.clear(),
  };
});

describe('our own receipts', () => {
  test.each(profileIds())('on %s hold nothing that the printer does not know, and all their text', (id) => {
    const profile = loadProfile(id);
    const paper = new Paper({ widthDots: profile.widthDots });
    paper.print(Buffer.concat(chunks(receiptCommands(acceptanceSlip(), profile), 480)), true);
    const receipt = paper.receipts[0] ?? paper.uncut;
    const all = receipt?.events ?? [];
    expect(shape(all)).not.toContain('unknown');
    const text = all.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('');
    for (const words of ['江南市政务服务中心', '办件受理凭证', 'SB20260302-0417', '5 个工作日'])
      expect(text).toContain(words);
  });

  test('are drawn at two pixels a dot, paper and desk included', async () => {
    const [receipt] = printed(...chunks(receiptCommands(acceptanceSlip('张㛃'), loadProfile('generic-80')), 480));
    const image = await loadImage(await renderReceipts(receipt ? [receipt] : []));
    expect(image.width).toBe(2 * (576 + 2 * (36 + 40)));
    expect(image.height).toBe(2 * ((receipt?.heightDots ?? 0) + 56 + 20 + 80));
  });

  test('three metres of the blackest receipt are a picture of bounded size', async () => {
    const paper = new Paper({ widthDots: 576, totalDotsMax: 24_000 });
    const band = commands({
      type: 'raster',
      image: { rowBytes: 72, rows: 24, bits: new Uint8Array(72 * 24).fill(0xff) },
    });
    for (let y = 0; y < 1_100; y += 1) paper.print(band);
    const image = await loadImage(await renderReceipts(paper.uncut ? [paper.uncut] : []));
    expect(image.height).toBeLessThanOrEqual(25_000);
  });
});
