import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReceiptBlock, receipt } from '../../printers/document/document.ts';
import { qrMatrix } from '../../printers/document/qr-matrix.ts';
import { code128Modules, code128Parts } from '../../printers/escpos/code128.ts';
import { type Command, code128Content, encode, hidesRealTimeCommand } from '../../printers/escpos/commands.ts';
import { rasterLine } from '../../printers/escpos/glyph-raster.ts';
import { receiptCommands } from '../../printers/escpos/job.ts';
import { layoutReceipt } from '../../printers/escpos/layout.ts';
import { Paper } from '../../printers/escpos/paper.ts';
import { loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { bars, qrModules } from '../../printers/escpos/symbols.ts';
import { columnsOf } from '../../printers/escpos/text.ts';

const wide = loadProfile('generic-80');
const narrow = loadProfile('generic-58');

function slipOf(blocks: ReceiptBlock[]): ReturnType<typeof receipt.parse> {
  return receipt.parse({ kind: 'receipt', language: 'zh-CN', blocks });
}

function texts(blocks: ReceiptBlock[], profile = wide): string[] {
  return layoutReceipt(slipOf(blocks), profile).flatMap((line) => (line.type === 'text' ? [line.text] : []));
}

function commands(block: ReceiptBlock, profile = wide): Command[] {
  return receiptCommands(slipOf([block]), profile);
}

const fees = {
  type: 'table',
  columns: [
    { header: '收费项目', share: 5 },
    { header: '数量', share: 2, align: 'right' },
    { header: '金额', share: 3, align: 'right' },
  ],
  rows: [
    ['不动产登记费（住宅首次登记）', '1', '80.00'],
    ['证书工本费', '12', '1,120.00'],
  ],
} satisfies ReceiptBlock;

describe('a table', () => {
  test('keeps its columns, full-width characters counted twice, and wraps a cell in its own', () => {
    expect(texts([fees], narrow)).toEqual([
      '收费项目          数量      金额',
      '不动产登记           1     80.00',
      '费（住宅首',
      '次登记）',
      '证书工本费          12  1,120.00',
    ]);
  });

  test('takes room from the texts for its numbers', () => {
    const rows = [['证书工本费（不动产权证书）', '1', '99,999,999,999.99']];
    expect(texts([{ ...fees, rows }], narrow).join('\n')).toContain(' 99,999,999,999.99');
  });

  test('that is too wide for the paper names each of its values', () => {
    const rows = [['110101199001010015', '110101199001010015', '5']];
    expect(texts([{ ...fees, rows }], narrow)).toEqual([
      '收费项目  110101199001010015',
      '数量      110101199001010015',
      '金额      5',
    ]);
  });

  test('leaves three characters to a text beside a long number, and never one above the other', () => {
    const columns = [
      { header: '姓名', share: 1 },
      { header: '证件号码', share: 2 },
      { header: '参保地', share: 2 },
    ];
    const rows = [['欧阳娜娜子', '110101199001010015', '江南市高新区']];
    expect(texts([{ type: 'table', columns, rows }], narrow).slice(1)).toEqual([
      '欧阳娜 110101199001010015 江南市',
      '娜子                      高新区',
    ]);
  });

  test('has a bold head above a rule, and none where no column is named', () => {
    const head = layoutReceipt(slipOf([fees]), wide).slice(0, 2);
    expect(head).toMatchObject([{ type: 'text', strong: true }, { type: 'rule' }]);
    const unnamed = { ...fees, columns: fees.columns.map((column) => ({ ...column, header: '' })) };
    expect(layoutReceipt(slipOf([unnamed]), wide).map(({ type }) => type)).not.toContain('rule');
  });

  test('a row with a cell too few or too many is refused at the edge', () => {
    for (const row of [['证书'], ['证书', '1', '2', '3']]) {
      expect(() => slipOf([{ ...fees, rows: [row] }])).toThrow(/one cell a column/);
    }
  });

  test('no line of any table exceeds the paper, on every printer, and no number is cut', () => {
    const number = fc.stringMatching(/^[1-9][0-9]{0,16}\.[0-9]{2}$/);
    const name = fc.string({ unit: fc.constantFrom(...'不动产登记费（），a1 㛃'), maxLength: 60 });
    const rows = fc.array(fc.tuple(name, number, number), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rows, fc.constantFrom(...profileIds()), (cells, id) => {
        const profile = loadProfile(id);
        const printed = texts([{ ...fees, rows: cells }], profile);
        for (const line of printed) expect(columnsOf(line)).toBeLessThanOrEqual(profile.columns);
        for (const [, first, second] of cells) {
          expect(printed.some((line) => line.includes(first))).toBe(true);
          expect(printed.some((line) => line.includes(second))).toBe(true);
        }
      }),
    );
  });
});

describe('two columns', () => {
  test('wrap beside each other, the right one flush right where it is an amount', () => {
    expect(
      texts(
        [
          { type: 'columns', left: '合计人民币', right: '￥11,440.50', align: 'right' },
          { type: 'columns', left: '申请人签字：', right: '经办人签字（请用黑色签字笔）：' },
        ],
        narrow,
      ),
    ).toEqual([
      '合计人民币           ￥11,440.50',
      '申请人签字：     经办人签字（请',
      '                 用黑色签字',
      '                 笔）：',
    ]);
  });

  test('that cannot stand beside each other stand below each other', () => {
    const [left, right] = ['91110101MA0000000X', '110101199001010015'];
    expect(texts([{ type: 'columns', left, right }], narrow)).toEqual([left, right]);
  });
});

describe('a field', () => {
  test('gives its number the columns of its label', () => {
    const rows = [{ label: '统一社会信用代码或者身份证件号码', value: 'SB20260302041700001' }];
    expect(texts([{ type: 'fields', rows }], narrow)[0]).toContain('SB20260302041700001');
  });

  test('whose number has no room beside its label has it below, and the other labels keep their columns', () => {
    const [unit, short] = ['320505001001GB00001F00010001', { label: '权利人', value: '张三' }];
    expect(texts([{ type: 'fields', rows: [{ label: '不动产单元号', value: unit }, short] }], narrow)).toEqual([
      '不动产单元号',
      unit,
      '权利人        张三',
    ]);
    const columns = [
      { header: '不动产单元号', share: 2 },
      { header: '金额', share: 1 },
    ];
    expect(texts([{ type: 'table', columns, rows: [[unit, '80.00']] }], narrow)).toContain(unit);
  });
});

describe('a barcode', () => {
  const block = { type: 'barcode', data: 'SB20260302-0417' } satisfies ReceiptBlock;

  test('is drawn by a printer that can, in the sets that make it short, and by us for one that cannot', () => {
    const raster = commands(block, { ...narrow, barcode: 'raster' });
    expect(commands(block, narrow)).toContainEqual({
      type: 'code128',
      parts: [
        { set: 'B', text: 'SB' },
        { set: 'C', text: '20260302' },
        { set: 'B', text: '-' },
        { set: 'C', text: '0417' },
      ],
      heightDots: 80,
      moduleDots: 2,
      text: 'none',
    });
    expect(raster.map(({ type }) => type)).not.toContain('code128');
    const rows = raster.flatMap((command) => (command.type === 'raster' ? [command.image] : []));
    expect(rows.reduce((sum, image) => sum + image.rows, 0)).toBe(80);
    const widths = [...(rows[0]?.bits.subarray(0, rows[0].rowBytes) ?? [])].map((byte) =>
      byte.toString(2).padStart(8, '0'),
    );
    const runs = widths.join('').match(/1+|0+/g) ?? [];
    const wanted = bars(73, block.data)?.widths.map((width) => width * 2);
    expect(runs.slice(0, wanted?.length).map((run) => run.length)).toEqual(wanted);
  });

  test('has its data in letters below', () => {
    expect(texts([block])).toEqual([block.data]);
  });

  test('wider than the paper is refused, not cut', () => {
    const long = { type: 'barcode', data: 'ABCDEFGHIJ-KLMNOPQ' } as const;
    expect(() => commands(long, narrow)).toThrow(new RangeError('Barcode data is too long for this paper'));
    expect(() => commands(long, wide)).not.toThrow();
  });

  test('whose bytes would ask for a status is sent as a picture', () => {
    const types = commands({ type: 'barcode', data: '12341604' }).map(({ type }) => type);
    expect(types).toContain('raster');
    expect(types).not.toContain('code128');
  });

  test('holds nothing but what Code 128 holds', () => {
    for (const data of ['', '编号', 'a\nb', 'x'.repeat(81)]) {
      expect(() => slipOf([{ type: 'barcode', data }])).toThrow();
    }
  });

  test('is on paper what was asked for, and no wider than was reckoned', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,3}[0-9]{0,9}[A-Z{-]{0,2}[0-9]{0,7}$/), (data) => {
        const parts = code128Parts(data);
        expect(parts.map(({ text }) => text).join('')).toBe(data);
        fc.pre(!hidesRealTimeCommand(code128Content(parts))); // it is sent as a picture, see above
        const sent = encode({ type: 'code128', parts, heightDots: 80, moduleDots: 2, text: 'none' });
        const paper = new Paper({ widthDots: 1_200 });
        paper.print(sent, true);
        const [event] = paper.uncut?.events ?? [];
        if (event?.type !== 'barcode') throw new Error('no barcode');
        expect(event.bars.text).toBe(data);
        const modules = event.bars.widths.reduce((sum, width) => sum + width, 0);
        expect(modules).toBeLessThanOrEqual(code128Modules(parts));
      }),
      { examples: [['{{{{']] },
    );
  });
});

describe('a QR code', () => {
  test('is as large as the standard’s table says for its bytes', () => {
    for (const bytes of [1, 14, 15, 26, 27, 180, 181, 500, 666, 667, 1_500]) {
      expect([bytes, qrModules(bytes)]).toEqual([bytes, qrMatrix('a'.repeat(bytes), 'M')?.modules]);
    }
    expect([qrModules(2_331), qrModules(2_332)]).toEqual([177, undefined]);
  });
});

describe('a picture', () => {
  const picture = {
    type: 'picture',
    widthDots: 12,
    heightDots: 2,
    bits: Buffer.from('fffff00f', 'hex').toString('base64'),
  } satisfies ReceiptBlock;

  test('goes out dot for dot and centred, without what stands behind its edge', () => {
    const sent = commands(picture);
    const at = sent.findIndex(({ type }) => type === 'raster');
    expect(sent.slice(at - 1, at + 1)).toEqual([
      { type: 'align', to: 'center' },
      { type: 'raster', image: { rowBytes: 2, rows: 2, bits: Uint8Array.of(0xff, 0xf0, 0xf0, 0) } },
    ]);
  });

  test('is sent in bands that the smallest buffer holds', () => {
    const [widthDots, heightDots] = [576, 600];
    const bits = Buffer.alloc((widthDots / 8) * heightDots, 0xaa).toString('base64');
    const sent = commands({ type: 'picture', widthDots, heightDots, bits });
    const bands = sent.flatMap((command) => (command.type === 'raster' ? [command.image] : []));
    for (const { rows } of bands) expect(rows).toBeLessThanOrEqual(256);
    expect(Buffer.concat(bands.map((band) => band.bits))).toHaveLength(43_200);
  });

  test('wider than the paper is refused', () => {
    const bits = Buffer.alloc(50).toString('base64');
    const block = { type: 'picture', widthDots: 400, heightDots: 1, bits } as const;
    expect(() => commands(block, narrow)).toThrow(new RangeError('A picture is wider than this paper'));
  });

  test.each([
    ['a byte short', { bits: Buffer.alloc(3).toString('base64') }],
    ['a byte long', { bits: Buffer.alloc(5).toString('base64') }],
    ['no base64', { bits: '/////w=*' }],
    ['without dots', { widthDots: 0, bits: '' }],
    ['of gigabytes', { widthDots: 1_200, heightDots: 1e9 }],
  ])('%s is refused at the edge', (_, change) => {
    expect(() => slipOf([{ ...picture, ...change }])).toThrow();
  });
});

describe('characters outside the font', () => {
  const style = { width: 1, height: 1, strong: false };
  const ink = (text: string): number =>
    rasterLine(text, style).bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

  test('go out as pictures, and never as a question mark', () => {
    for (const name of ['䶮', '㛃', '𠮷', '𬱖', '😀', '\u0f56\u0f7c\u0f51', '\u0626\u06d5\u0631\u0643\u0649\u0646']) {
      const sent = commands({ type: 'text', text: `张${name}` });
      expect(sent.map(({ type }) => type)).not.toContain('text');
      expect(ink(name)).toBeGreaterThan(10);
    }
  });

  test.each(['ạ', 'ệ', 'ộ'])('the mark below %s is on the paper', (letter) => {
    const { rowBytes, rows, bits } = rasterLine(letter, { width: 1, height: 1, strong: false });
    const inked = Array.from({ length: rows }, (_, y) => bits.slice(y * rowBytes, (y + 1) * rowBytes).some(Boolean));
    expect(inked.map(Number).join('')).toMatch(/10+1+0*$/);
    expect(inked.lastIndexOf(true) - inked.lastIndexOf(false, inked.lastIndexOf(true))).toBeLessThanOrEqual(3);
  });

  test('a Uyghur word takes a column a letter, is never parted, and is drawn joined where a font has its letters', () => {
    const word = '\u0626\u06d5\u0631\u0643\u0649\u0646';
    expect(columnsOf(word)).toBe(6);
    expect(texts([{ type: 'text', text: `申请人姓名为${word}，请核对。` }], { ...narrow, columns: 16 })[1]).toContain(
      word,
    );
    expect(rasterLine(`张${word} ${word}`, style).rowBytes * 8).toBe(24 + 13 * 12 + 4);
  });
});
