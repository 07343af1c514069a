import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Paper } from '../../printers/escpos/paper.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';
import { events, printed, stream, texts, unknown, word } from './escpos-streams.ts';

describe('a receipt of another encoder', () => {
  const receiptFor = (printerModel: 'epson-tm-t20iii' | 'xprinter-xp-t80q' | 'pos-5890'): Uint8Array =>
    new ReceiptPrinterEncoder({ printerModel })
      .initialize()
      .codepage('auto')
      .align('center')
      .size(2, 2)
      .line('CAFÉ Zürich')
      .size(1, 1)
      .bold(true)
      .text('bold ')
      .bold(false)
      .underline(true)
      .text('underlined ')
      .underline(false)
      .invert(true)
      .text('inverted ')
      .invert(false)
      .italic(true)
      .line('italic')
      .italic(false)
      .align('left')
      .line('Łódź, €12.50')
      .rule()
      .table(
        [
          { width: 16, align: 'left' },
          { width: 10, align: 'right' },
        ],
        [['Coffee and cake', '12.50']],
      )
      .barcode('3130630574613', 'ean13', 60)
      .barcode('CODE128', 'code128', 60)
      .qrcode('https://example.com/')
      .pdf417('PDF417 data')
      .pulse()
      .cut('partial')
      .encode();

  test.each(['epson-tm-t20iii', 'xprinter-xp-t80q', 'pos-5890'] as const)('for %s is understood whole', (model) => {
    const receipts = printed(receiptFor(model));
    const all = receipts.flatMap((receipt) => receipt.events);
    expect(unknown(all)).toEqual([]);
    const lines = texts(all).map((line) => line.trim());
    expect(lines).toEqual(expect.arrayContaining(['CAFÉ Zürich', 'bold underlined inverted italic', 'Łódź, €12.50']));
    expect(lines).toContainEqual(expect.stringMatching(/^Coffee and cake +12\.50$/));
    const styled = all.find((event) => event.type === 'text' && event.text.includes('underlined'));
    const style = (letter: number): unknown => styled?.type === 'text' && styled.glyphs.at(letter)?.style;
    expect(style(-1)).toMatchObject({ italic: true, bold: false });
    const drawn = all.flatMap(({ type }) => (['barcode', 'qr', 'image', 'drawer', 'cut'].includes(type) ? [type] : []));
    expect(drawn).toEqual(['barcode', 'barcode', 'qr', 'image', 'drawer', 'cut']);
  });

  test('with a picture in strips, as it draws them where rasters are not known', () => {
    const image = { width: 48, height: 48, data: new Uint8ClampedArray(48 * 48 * 4).fill(0) };
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    const encode = (imageMode: 'column' | 'raster'): Uint8Array =>
      new ReceiptPrinterEncoder({ imageMode }).initialize().image(image, 48, 48, 'threshold').encode();
    for (const [mode, rows] of [['column', [24, 24]] as const, ['raster', [48]] as const]) {
      const images = printed(encode(mode)).flatMap((receipt) =>
        receipt.events.flatMap((event) => (event.type === 'image' ? [event.image] : [])),
      );
      expect(images.map((each) => each.rows)).toEqual(rows);
      for (const { bits } of images) expect(new Set(bits)).toEqual(new Set([0xff]));
    }
  });
});

describe('streams as other programs write them', () => {
  test('a code page is chosen without a word about Chinese: bytes above 7F are its letters', () => {
    expect(texts(events('1b40 1b7400', '"caf\x82"', '0a'))).toEqual(['café']); // CP437
    expect(texts(events('1b40 1b7413', '"\xd5 5"', '0a'))).toEqual(['€ 5']); // CP858
    expect(texts(events('1b40 1b7410', '"Z\xfcrich \x80"', '0a'))).toEqual(['Zürich €']); // Windows 1252
    expect(texts(events('1b40 1b7411', '"\x8f\xe0"', '0a'))).toEqual(['Пр']); // CP866
  });

  test('a code page and Chinese mode: Chinese it is, whatever the order', () => {
    expect(texts(events('1b40 1b7400 1c26', '「中文」', '0a'))).toEqual(['中文']);
    expect(texts(events('1b40 1c26 1b7400', '「中文」', '0a'))).toEqual(['中文']);
    expect(texts(events('1b7410 1b40', '「中文」', '0a'))).toEqual(['中文']);
  });

  test('a code page that is not known here is named, once for each time it is chosen', () => {
    expect(unknown(events('1b74c8', '"a"', '0a'))).toMatchObject([{ reason: 'code page 200', offset: 0 }]);
  });

  test('national sets put their letters where ASCII has signs, each in its one place', () => {
    expect(texts(events('1b5203', '"#5 $5"', '0a'))).toEqual(['£5 $5']);
    expect(texts(events('1b5202', '"[]{}~@"', '0a', '1b40', '"[]"', '0a'))).toEqual(['ÄÜäüß§', '[]']);
    expect(texts(events('1b520f', '"$12"', '0a'))).toEqual(['¥12']);
    for (let set = 0; set <= 16; set += 1) {
      const [line = ''] = texts(events(`1b52${set.toString(16).padStart(2, '0')}`, '"#$@[\\]^`{|}~a"', '0a'));
      expect([set, [...line].length, line.at(-1)]).toEqual([set, 13, 'a']);
    }
  });

  test('a logo kept in the printer by the same stream is drawn, and one that is not is named', () => {
    // FS q: one logo of 8 × 16 dots, black above white.
    const define = `1c71 01 0100 0200 ${'ff00'.repeat(8)}`;
    const [logo] = events(define, '1c70 01 03');
    expect(logo).toMatchObject({
      type: 'image',
      scaleX: 2,
      scaleY: 2,
      heightDots: 32,
      image: { rowBytes: 1, rows: 16 },
    });
    expect(logo?.type === 'image' && [...logo.image.bits]).toEqual([...Array(8).fill(0xff), ...Array(8).fill(0)]);
    expect(events('1c70 02 00')).toMatchObject([{ type: 'unknown', reason: 'logo that is not in the data' }]);
  });

  test('a downloaded picture is drawn in the size that it is asked for', () => {
    const sizes = ['00', '01', '02', '03'].map((mode) => events(`1d2a 0101 ${'f0'.repeat(8)}`, `1d2f ${mode}`)[0]);
    expect(sizes.map((image) => image?.type === 'image' && [image.scaleX, image.scaleY])).toEqual([
      [1, 1],
      [2, 1],
      [1, 2],
      [2, 2],
    ]);
    expect(events('1d2f00')).toMatchObject([{ type: 'unknown', reason: 'picture that is not in the data' }]);
  });

  test('graphics in rows or columns, buffered or by key code, come out the same', () => {
    const rows = 'ff818181818181ff';
    const store = (data: string): string => `1d284c ${word(data.length / 2)} ${data}`;
    const buffered = [store(`3070300101310800 0800 ${rows}`.replaceAll(' ', '')), '1d284c 0200 3032'];
    const inColumns = [store(`3071300101310800 0800 ${rows}`.replaceAll(' ', '')), '1d384c 02000000 3032'];
    const inMemory = [store(`304330 4142 01 0800 0800 31 ${rows}`.replaceAll(' ', '')), '1d284c 0600 3045 4142 0101'];
    const download = [store(`305330 4142 01 0800 0800 31 ${rows}`.replaceAll(' ', '')), '1d284c 0600 3055 4142 0101'];
    for (const way of [buffered, inColumns, inMemory, download]) {
      const [image] = events(...way);
      expect(image?.type === 'image' && Buffer.from(image.image.bits).toString('hex')).toBe(rows);
    }
    expect(events('1d284c 0600 3045 4142 0101')).toMatchObject([{ type: 'unknown', reason: 'graphics function 69' }]);
  });

  test('letters that the host has drawn itself are used while it says so', () => {
    const define = `1b26 03 41 41 0c ${'ffffff'.repeat(12)}`;
    const glyphs = (...parts: string[]): unknown[] =>
      events(define, ...parts).flatMap((event) => (event.type === 'text' ? event.glyphs : []));
    expect(glyphs('1b2501', '"AB"', '0a')).toMatchObject([{ bitmap: { rows: 24, rowBytes: 2 } }, { text: 'B' }]);
    expect(glyphs('1b2500', '"A"', '0a')[0]).not.toHaveProperty('bitmap');
    expect(glyphs('1b2501 1b3f41', '"A"', '0a')[0]).not.toHaveProperty('bitmap');
  });

  test('barcodes of both forms, GS1 and functions included', () => {
    const formA = [
      '1d6b00 "03600029145',
      '1d6b02 "6901234567892',
      '1d6b04 "CODE-39',
      '1d6b05 "123456',
      '1d6b06 "A123A',
    ];
    const read = formA.map((code) => {
      const [hex = '', data = ''] = code.split(' "');
      const [event] = events(hex, `"${data}"`, '00');
      return event?.type === 'barcode' && [event.bars.symbology, event.bars.text];
    });
    expect(read).toEqual([
      ['UPC-A', '036000291452'],
      ['EAN-13', '6901234567892'],
      ['CODE39', 'CODE-39'],
      ['ITF', '123456'],
      ['CODABAR', 'A123A'],
    ]);
    expect(events('1d6b4a 12', '"(01)09506000134352"')).toMatchObject([{ bars: { symbology: 'GS1-128' } }]);
    expect(events('1d6b49 08', '"{BAB{1CD"')).toMatchObject([{ bars: { text: 'ABCD' } }]);
  });

  test('GS1 barcodes as encoders send them, without brackets or check digit', () => {
    const encoder = new ReceiptPrinterEncoder({ printerModel: 'epson-tm-t20iii' }).initialize();
    const bytes = encoder
      .barcode('0109506000134352', 'gs1-128')
      .barcode('0950600013435', 'gs1-databar-omni')
      .barcode('0950600013435', 'gs1-databar-truncated')
      .barcode('0950600013435', 'gs1-databar-limited')
      .encode();
    const all = printed(bytes).flatMap((receipt) => receipt.events);
    expect(all.flatMap((event) => (event.type === 'barcode' ? [event.bars.symbology] : []))).toEqual([
      'GS1-128',
      'GS1 DataBar',
      'GS1 DataBar Truncated',
      'GS1 DataBar Limited',
    ]);
    const widths = (code: string, data: string): unknown => {
      const [event] = events(code, `"${data}"`);
      return event?.type === 'barcode' && event.bars.widths;
    };
    expect(widths('1d6b4a 10', '0109506000134352')).toEqual(widths('1d6b4a 12', '(01)09506000134352'));
  });

  test.each([
    ['CODE39 with its start and stop', '1d6b45 05', '*A-1*', '1d6b45 03', 'A-1'],
    ['CODABAR in small letters', '1d6b47 06', 'a1234b', '1d6b47 06', 'A1234B'],
    ['UPC-E without its first nought', '1d6b42 06', '123456', '1d6b42 07', '0123456'],
  ])('%s is the same barcode', (_, code, data, otherCode, otherData) => {
    const [event] = events(code, `"${data}"`);
    const [other] = events(otherCode, `"${otherData}"`);
    expect(event).toMatchObject({ type: 'barcode', bars: { text: data } });
    expect(event?.type === 'barcode' && event.bars.widths).toEqual(other?.type === 'barcode' && other.bars.widths);
  });

  test.each([
    ['1d6b43 0d', '1324354657687', '1324354657680'], // the example that python-escpos gives
    ['1d6b43 0c', '690123456789', '6901234567892'],
    ['1d6b44 08', '96385071', '96385074'],
    ['1d6b41 0b', '03600029145', '036000291452'],
  ])('%s "%s" is printed with the check digit that belongs to it', (code, data, whole) => {
    const [event] = events(code, `"${data}"`);
    const [right] = events(code.replace(/..$/, whole.length.toString(16).padStart(2, '0')), `"${whole}"`);
    expect([event, event]).toMatchObject([{ type: 'barcode', bars: { text: whole } }, right]);
  });

  test('a code set that the printer chooses itself', () => {
    expect(events('1d6b4f 06', '"AB1234"')).toMatchObject([{ bars: { symbology: 'CODE128', text: 'AB1234' } }]);
  });

  test('a QR code holds the bytes that were sent, whatever letters they are', () => {
    const qr = (data: string): string[] => [`1d286b ${word(3 + data.length / 2)} 315030 ${data}`, '1d286b 0300 315130'];
    const [gbk] = events(...qr('d6d0cec4')); // 中文
    expect(gbk).toMatchObject({ type: 'qr', data: '中文' });
    const [other] = events(...qr('d6d0cec5'));
    expect(gbk?.type === 'qr' && gbk.matrix.dark).not.toEqual(other?.type === 'qr' && other.matrix.dark);
    expect(events(...qr('e4b8ade69687'))).toMatchObject([{ type: 'qr', data: '中文' }]);
  });

  test('a control character in a barcode is a space below it', async () => {
    const receipts = printed(stream('1d4802 1d6b49 05 7b41 41 00 42'));
    expect(receipts[0]?.events).toMatchObject([{ type: 'barcode', bars: { text: 'A B' } }]);
    expect((await renderReceipts(receipts)).subarray(1, 4).toString()).toBe('PNG');
  });

  test('PDF417 with its settings', () => {
    const fn = (code: string, data: string): string =>
      `1d286b ${word(2 + data.replaceAll(' ', '').length / 2)} 30 ${code} ${data}`;
    const print = fn('51', '30');
    const data = `30${Buffer.from('PDF417').toString('hex')}`;
    const [symbol] = events(fn('41', '03'), fn('43', '02'), fn('44', '04'), fn('50', data), print);
    expect(symbol).toMatchObject({ type: 'image', scaleX: 2, scaleY: 8, image: { rowBytes: 15 } }); // 3 × 17 + 69 modules
    expect(events(print)).toMatchObject([{ type: 'unknown', reason: 'PDF417 data that fits no symbol' }]);
    expect(events(fn('43', '08'), fn('41', '1e'), fn('50', data), print)).toMatchObject([{ type: 'unknown' }]);
  });

  test('a page is put together in memory and printed where its areas are', () => {
    const area = (...places: number[]): string => `1b57 ${places.map(word).join('')}`;
    const page = ['1b4c', area(0, 0, 288, 100), '"left"', '0a', area(288, 0, 288, 100), '"right"', '0a', '0c'];
    const [left, right, below] = events('"before"', '0a', ...page, '"after"', '0a').slice(1);
    expect(left).toMatchObject({ text: 'left', atDots: 34, glyphs: [{ leftDots: 0 }, {}, {}, {}] });
    expect(right).toMatchObject({ text: 'right', atDots: 34, glyphs: [{ leftDots: 288 }, {}, {}, {}, {}] });
    expect(below).toMatchObject({ text: 'after', atDots: 134 });
  });

  test('on a page, printing goes down to a place and back up', () => {
    const at = (n: number): string => `1d24 ${word(n)}`;
    const page = events('1b4c', at(224), '"low"', '0a', at(24), '"high"', '0a', '1b0c');
    expect(page.map((event) => [event.type === 'text' && event.text, event.atDots])).toEqual([
      ['low', 200],
      ['high', 0],
    ]);
  });

  test('printing over a page again and again ends where it could fill the memory', () => {
    const again = `1d2400001d2f00`.repeat(5_000);
    const page = events(`1d2a 18ff ${'ff'.repeat(24 * 8 * 255)}`, '1b4c', again, '0c', '"after"', '0a');
    expect(page.filter(({ type }) => type === 'image')).toHaveLength(4);
    expect(texts(page)).toEqual(['after']);
  });

  test('a page that is given up, or never printed, is not on the paper', () => {
    expect(events('1b4c', '"draft"', '0a', '1b53', '"real"', '0a')).toMatchObject([{ text: 'real' }]);
    expect(events('1b4c', '"draft"', '0a', '18', '"real"', '0a', '0c')).toMatchObject([{ text: 'real' }]);
    expect(events('1b4c', '"draft"', '0a')).toMatchObject([{ type: 'unknown', reason: 'page that is never printed' }]);
    expect(unknown(events('1b4c 1b5401', '"turned"', '0a 0c'))).toMatchObject([{ reason: 'page that is turned' }]);
  });

  test('pictures of panel printers: rows, bytes a row, dots', () => {
    const raster = events('1d763000 0200 0300 ff00 8001 00ff');
    expect(raster).toMatchObject([{ type: 'image' }]);
    expect(events('122a 03 02 ff00 8001 00ff')).toEqual(raster);
    expect(events('1256 03 02 ff00 8001 00ff')).toEqual(raster);
  });

  test.each([
    ['"Total 5"', ['small', 'Total 5']],
    ['"VAT 13%"', ['small', 'VAT 13%']],
    ['1b40 "reset"', ['small', 'reset']],
    ['0a "below"', ['small', 'below']],
  ])('the end of condensed type takes nothing of %s with it', (after, read) => {
    const parts = after.split(/ (?=")/);
    expect(texts(events('0f', '"small"', '0a', '12', ...parts, '0a'))).toEqual(read);
  });

  test('a picture that the data breaks off in is printed as far as it came', () => {
    const broken = events('"head"', '0a', '1d763000 0100 1000 ff ff ff');
    expect(broken).toMatchObject([
      { type: 'text' },
      { type: 'unknown', reason: 'cut short by the end of the data', offset: 5 },
      { type: 'image', image: { rows: 3 } },
    ]);
  });
});

describe('what is unknown', () => {
  test('is named with its bytes and its place in the data, across receipts', () => {
    const all = events('"a"', '0a 1d5600', '1b7a', '"b"', '0a', '1d286b 0300 36 51 30', '1d287a0100 00', '1f');
    expect(unknown(all)).toMatchObject([
      { reason: 'unknown command', hex: '1b7a', offset: 5 },
      { reason: 'symbol family 54, function 81', hex: '1d286b0300365130', offset: 9 },
      { reason: 'control byte', hex: '1f', offset: 23 },
    ]);
  });

  test.each([
    ['GS (', '1d2841 0300 414141'],
    ['FS (', '1c2841 0300 414141'],
    ['ESC (', '1b2842 0300 414141'],
    ['GS 8 L', '1d384c 03000000 414141'],
    ['FS g 1', '1c6731 00 00000000 0300 414141'],
    ['GS ( C', '1d2843 0300 414141'],
    ['DLE DC4 3, a buzzer', '1014 03 01 01 00 01 01'],
    ['DLE DC4 7, a request', '1014 07 01'],
    ['DLE DC4 2, power off', '1014 02 01 08'],
    ['GS C 0, how counters print', '1d43 30 05 01'],
    ['GS C 1, what a counter counts', '1d43 31 0100 0a00 01 01'],
    ['GS C 2, where it begins', '1d43 32 0100'],
    ['GS C ;, all of that in letters', '1d43 3b 313b 393b 313b 313b 313b'],
    ['GS z, how long it waits to recover', '1d7a 30 0303'],
    ['FS ?, a character of the host forgotten', '1c3f fea1'],
    ['ESC f, how long it waits for a sheet', '1b66 0101'],
    [
      'ESC D with as many stops as there can be',
      `1b44 ${Buffer.from(Array.from({ length: 32 }, (_, at) => at + 1)).toString('hex')} 00`,
    ],
    ['ESC Z, the QR code of Chinese printers', '1b5a 00 02 04 0400 74657874'],
  ])('%s is skipped by its length', (_, hex) => {
    expect(texts(events(hex, '"next"', '0a'))).toEqual(['next']);
  });

  test('text in UTF-8 is read in another coding, and that is said', () => {
    expect(unknown(events('1c2843 0200 3032', '"A"', '0a'))).toMatchObject([{ reason: 'text in UTF-8', offset: 0 }]);
    expect(events('1c2843 0200 3031')).toEqual([]);
  });

  test('settings of the printer are no drawings, and no news', () => {
    expect(events('1014 03 01 01 00 01 01', '1014 07 01', '1c3f fea1')).toEqual([]);
    expect(events('1d7c 08', '1b37 07 50 02', '1223 ff')).toEqual([]);
    expect(events('1d2845 0300 01494e', '1d284b 0200 3006', '1d2848 0600 303041424344', '1b55 01')).toEqual([]);
  });
});

describe('whatever bytes come', () => {
  const head = fc.constantFrom(0x10, 0x1b, 0x1c, 0x1d);
  const corpus = [
    stream('1b40 1b4c 1b57 0000 0000 2001 6400', '"page"', '0a 0c'),
    stream(`1c71 01 0100 0200 ${'ff00'.repeat(8)}`, '1c70 01 03'),
    stream('1d286b 0300 304103', '1d286b 0600 30503041 4243', '1d286b 0300 305130'),
    stream('1d284c 1200 3070300101310800 0800 ff818181818181ff', '1d284c 0200 3032'),
    stream(`1b26 03 41 42 02 ${'ff'.repeat(6)} 01 ffffff`, '1b2501', '"AB"', '0a'),
    stream('1b44 05 14 00', '"a"', '09', '"b"', '0a', '1d4c 2000 1d57 4001', '「中文」', '0a 1d5600'),
  ];
  const piece = fc.oneof(
    fc.constantFrom(...corpus),
    fc.tuple(fc.constantFrom(...corpus), fc.nat(40)).map(([bytes, length]) => bytes.subarray(0, length)),
    fc
      .tuple(fc.constantFrom(...corpus), fc.nat(60), fc.nat(255))
      .map(([bytes, at, byte]) => Uint8Array.from(bytes, (old, index) => (index === at ? byte : old))),
    fc.tuple(head, fc.nat(255), fc.uint8Array({ maxLength: 12 })).map(([a, b, rest]) => Uint8Array.of(a, b, ...rest)),
    fc.uint8Array({ maxLength: 30 }),
  );

  test('are printed without an error and drawn, in bounded paper', async () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        const receipts = printed(Buffer.concat(parts));
        expect(receipts.reduce((sum, { heightDots }) => sum + heightDots, 0)).toBeLessThanOrEqual(24_000);
        for (const event of receipts.flatMap((receipt) => receipt.events)) {
          if (event.type === 'unknown') expect(event.offset).toBeLessThanOrEqual(Buffer.concat(parts).length);
        }
      }),
      { numRuns: 400 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (parts) => {
        const receipts = printed(Buffer.concat(parts)).filter(({ heightDots }) => heightDots < 2_000);
        if (receipts.length > 0)
          expect((await renderReceipts(receipts.slice(0, 3))).subarray(1, 4).toString()).toBe('PNG');
      }),
      { numRuns: 15 },
    );
  });

  test('are the same paper however the line cuts them', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
        const bytes = Buffer.concat(parts);
        const single = new Paper({ widthDots: 576, totalDotsMax: 24_000 });
        const whole = new Paper({ widthDots: 576, totalDotsMax: 24_000 });
        for (const byte of bytes) single.print(Uint8Array.of(byte));
        whole.print(bytes);
        // Of a command that is skipped for its size, only what has come by then can be shown.
        const seen = (paper: Paper): unknown =>
          paper.uncut?.events.map((event) => (event.type === 'unknown' ? { ...event, hex: '' } : event));
        expect(seen(single)).toEqual(seen(whole));
      }),
      { numRuns: 60 },
    );
  });
});
