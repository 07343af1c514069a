import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReceiptBlock, receipt } from '../../printers/document/document.ts';
import { hidesRealTimeCommand } from '../../printers/escpos/commands.ts';
import { chunks, paperDots, receiptCommands } from '../../printers/escpos/job.ts';
import { layoutReceipt, type ReceiptLine } from '../../printers/escpos/layout.ts';
import { wrap, wrapBalanced } from '../../printers/escpos/line-breaking.ts';
import { loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { columnsOf } from '../../printers/escpos/text.ts';
import { acceptanceSlip } from './receipts.ts';

const wide = loadProfile('generic-80');
const narrow = loadProfile('generic-58');

function lines(blocks: ReceiptBlock[], profile = wide): ReceiptLine[] {
  return layoutReceipt(receipt.parse({ kind: 'receipt', language: 'zh-CN', blocks }), profile);
}

function texts(blocks: ReceiptBlock[], profile = wide): string[] {
  return lines(blocks, profile).flatMap((line) => (line.type === 'text' ? [line.text] : []));
}

/** Chinese, punctuation, Latin words, characters outside every font: what residents and services bring. */
const anyText = fc.string({
  unit: fc.constantFrom(
    ...'社保参保证明，。！？（）《》“”、…—Aa1- /.:%',
    '㛃',
    '𠮷',
    '😀',
    '\u{1b}',
    ' ',
    'word',
    '2026-03-02',
  ),
  maxLength: 120,
});
/** Spaces at which a line ended are the only thing that may go. */
const withoutSpaces = (text: string): string => text.replace(/\s/g, '');

describe('line breaking', () => {
  test.each([
    ['a comma never begins a line', '一二三四五，六七八九十', 10, ['一二三四', '五，六七', '八九十']],
    ['an opening bracket never ends one', '一二三四（五六）七八', 10, ['一二三四', '（五六）七', '八']],
    ['a Latin word stays whole', '请下载 Jiujin App 办理', 12, ['请下载', 'Jiujin', 'App 办理']],
    ['a date stays whole', '截止日期为 2026-03-02', 16, ['截止日期为', '2026-03-02']],
    ['a number keeps its percent sign', '一二三四50%', 10, ['一二三四', '50%']],
    ['a number keeps its measure word', '一二三四5个工作日', 10, ['一二三四', '5个工作日']],
    ['a date in Chinese is parted behind its parts only', '自2026年3月2日起', 10, ['自2026年', '3月2日起']],
    ['a currency sign stays with its amount', '一二三￥1,280.50元', 12, ['一二三', '￥1,280.50元']],
    ['the yen sign of Latin fonts stays too', '一二三¥1,280.50', 12, ['一二三', '¥1,280.50']],
    ['a pound or euro sign stays too', '一二三四€80.50', 10, ['一二三四', '€80.50']],
    ['a no-break space breaks nowhere', '一二三四5\u00a0个工作日', 10, ['一二三四', '5\u00a0个工作日']],
    ['an article keeps its number', '一二三四第12条', 12, ['一二三四', '第12条']],
    ['an hour stays beside its number', '一二三四五2小时内', 12, ['一二三四五', '2小时内']],
    ['a slash between characters begins no line', '一二三四五/六七八', 10, ['一二三四', '五/六七八']],
    ['a wide slash neither begins nor ends one', '一二三四五／六七八', 12, ['一二三四', '五／六七八']],
    ['a dash of a span begins no line', '甲乙丙2024–2026', 10, ['甲乙丙', '2024–2026']],
    [
      'an address is parted behind a slash, and never within ://',
      '见https://zw.cn/case',
      16,
      ['见https://', 'zw.cn/case'],
    ],
    ['marks stand with what they enclose', '一二三四五（六）。', 14, ['一二三四五', '（六）。']],
    ['what no line can hold is cut', 'abcdefghijkl', 5, ['abcde', 'fghij', 'kl']],
  ])('%s', (_, text, columns, expected) => {
    expect(wrap(text, columns)).toEqual(expected);
  });

  test('no paragraph ends in a line of one character where three characters less would do', () => {
    expect(wrap('凭受理编号可在任意一台自助终端查询或补打。', 40)).toEqual([
      '凭受理编号可在任意一台自助终端查询或',
      '补打。',
    ]);
  });

  test('a number is never cut for the look of the lines', () => {
    const [number, before] = ['230202199001010027', '申请已经受理，请凭受理编号'];
    expect(wrap(`受理编号 ${number} 吗`, 20)).toEqual(['受理编号', number, '吗']);
    expect(wrapBalanced(`${number}编号12345窗口到`, 32)).toEqual([number, '编号12345窗口到']);
    for (let columns = columnsOf(number); columns <= 48; columns += 1) {
      for (const lines of [wrap(before + number, columns), wrapBalanced(before + number, columns)]) {
        expect(lines.join('\n')).toContain(number);
      }
    }
  });

  test('centred lines are even', () => {
    expect(wrapBalanced('微信或城市客户端扫码，随时查看办理进度', 32)).toEqual([
      '微信或城市客户端扫码，',
      '随时查看办理进度',
    ]);
  });

  test('a line never exceeds its columns, never begins with a closing mark, and loses no character', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 6, max: 48 }), (text, columns) => {
        for (const wrapped of [wrap(text, columns), wrapBalanced(text, columns)]) {
          expect(withoutSpaces(wrapped.join(''))).toBe(withoutSpaces(text));
          for (const line of wrapped) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });

  test('between Chinese characters no line begins with a closing mark or ends with an opening one', () => {
    const sentence = fc.array(fc.constantFrom('社保，', '（证）', '明。', '“办”', '《令》', '理'), { maxLength: 40 });
    fc.assert(
      fc.property(sentence, fc.integer({ min: 12, max: 48 }), (words, columns) => {
        for (const line of wrap(words.join(''), columns)) expect(line).not.toMatch(/^[，）。”》]|[（“《]$/);
      }),
    );
  });
});

describe('a receipt on paper', () => {
  test('a title is double size, and gives up width before height when it is long', () => {
    expect(lines([{ type: 'title', text: '办件受理凭证' }])[0]).toMatchObject({ width: 2, height: 2, align: 'center' });
    const long = '城乡居民基本养老保险参保登记受理凭证';
    expect(lines([{ type: 'title', text: long }])[0]).toMatchObject({ text: long, width: 1, height: 2 });
  });

  test.each([
    ['A012', 4],
    ['SB20260302-0417', 3],
    ['1234567890123456789012', 2],
    ['1234567890123456789012345', 1],
  ])('the number %s is %i times as wide as text, on one line', (text, width) => {
    const printed = lines([{ type: 'number', text }]).filter((line) => line.type === 'text');
    expect(printed).toEqual([expect.objectContaining({ text, width, align: 'center' })]);
  });

  test('values stand in one column, and wrap below themselves', () => {
    const rows = [
      { label: '申请人', value: '张三' },
      { label: '事项名称', value: '城乡居民基本养老保险参保登记（首次）' },
    ];
    expect(texts([{ type: 'fields', rows }], narrow)).toEqual([
      '申请人    张三',
      '事项名称  城乡居民基本养老保险参',
      '          保登记（首次）',
    ]);
  });

  test('a label longer than its share of the line wraps beside its value', () => {
    const rows = [{ label: 'Date on which the office decides', value: '2026-03-09' }];
    expect(texts([{ type: 'fields', rows }], narrow)).toEqual([
      'Date on which'.padEnd(14).slice(0, 12) === 'Date on whic' ? 'Date on       2026-03-09' : '',
      'which the',
      'office',
      'decides',
    ]);
  });

  test('no line of any receipt exceeds the paper or loses a character, on every printer', () => {
    const label = fc.string({ unit: fc.constantFrom(...'申请人Name㛃'), maxLength: 30 });
    const value = anyText.map((text) => text.slice(0, 200));
    const block = fc.oneof(
      value.map((text): ReceiptBlock => ({ type: 'title', text })),
      value.map((text): ReceiptBlock => ({ type: 'subtitle', text })),
      value.map((text): ReceiptBlock => ({ type: 'text', text, strong: true })),
      value.map((text): ReceiptBlock => ({ type: 'number', text: text.slice(0, 40) })),
      fc.record({ label, value }).map((row): ReceiptBlock => ({ type: 'fields', rows: [row] })),
    );
    fc.assert(
      fc.property(block, fc.constantFrom(...profileIds()), (one, id) => {
        const profile = loadProfile(id);
        const printed = lines([one], profile).filter((line) => line.type === 'text');
        for (const { text, width } of printed) {
          expect(columnsOf(text) * width).toBeLessThanOrEqual(profile.columns);
        }
        const all = withoutSpaces(printed.map((line) => line.text).join(''));
        const wanted =
          one.type === 'fields' ? one.rows.map((row) => row.label + row.value).join('') : 'text' in one ? one.text : '';
        expect([...all].sort()).toEqual([...withoutSpaces(wanted)].sort());
      }),
    );
  });
});

/** One of each block that is text or a symbol. */
const everyBlock: ReceiptBlock[] = [
  { type: 'title', text: '凭证' },
  { type: 'subtitle', text: '大厅' },
  { type: 'text', text: '一' },
  { type: 'text', text: '二', strong: true, align: 'center' },
  { type: 'number', text: 'A012' },
  { type: 'rule' },
  { type: 'fields', rows: [{ label: '事项', value: '证' }] },
  { type: 'qr', data: 'https://z.cn/1', caption: '扫' },
  { type: 'barcode', data: 'A1234' },
];

test('each block has its size, its place on the line and its gaps', () => {
  const told = lines(everyBlock).map((line) => {
    if (line.type === 'gap') return line.dots;
    if (line.type === 'qr' || line.type === 'barcode') return `${line.type} ${line.data}`;
    if (line.type !== 'text') return line.type;
    return `${line.text} ${line.align} ${line.width}×${line.height}${line.strong ? ' strong' : ''}`;
  });
  expect(told).toEqual([
    ...['凭证 center 2×2 strong', 4, '大厅 center 1×1', 8, '一 left 1×1', 6, '二 center 1×1 strong', 6],
    ...[8, 'A012 center 4×4 strong', 8, 12, 'rule', 12, '事项  证 left 1×1', 4],
    ...[14, 'qr https://z.cn/1', 14, '扫 center 1×1', 10],
    ...[10, 'barcode A1234', 4, 'A1234 center 1×1', 10],
  ]);
  expect(lines([{ type: 'qr', data: 'a' }]).map(({ type }) => type)).toEqual(['gap', 'qr', 'gap']);
  expect(texts([{ type: 'number', text: '' }])).toEqual(['']);
  const long = lines([{ type: 'number', text: 'LS03-20261121-0001-2026112100001234' }]);
  expect(long[1]).toMatchObject({ width: 1, height: 2 });
});

describe('a job', () => {
  test('sends a mode only where it changes, and knows how long its paper is', () => {
    const commands = receiptCommands(receipt.parse({ kind: 'receipt', language: 'zh-CN', blocks: everyBlock }), wide);
    const told = commands.map(({ type, ...rest }) => {
      if ('image' in rest) return `${type} ${rest.image.rowBytes}×${rest.image.rows}`;
      const values = Object.values(rest).filter((value) => typeof value !== 'object');
      return [type, ...values].join(' ');
    });
    expect(told).toEqual([
      ...['initialise', 'chinese true'],
      ...['align center', 'line-spacing 58', 'size 2 2', 'bold true', 'text 凭证', 'line-feed', 'feed-dots 4'],
      ...['line-spacing 34', 'size 1 1', 'bold false', 'text 大厅', 'line-feed', 'feed-dots 8'],
      ...['align left', 'text 一', 'line-feed', 'feed-dots 6'],
      ...['align center', 'bold true', 'text 二', 'line-feed', 'feed-dots 6'],
      ...['feed-dots 8', 'line-spacing 106', 'size 4 4', 'text A012', 'line-feed', 'feed-dots 8'],
      ...['feed-dots 12', 'align left', 'raster 72×2', 'feed-dots 12'],
      ...['line-spacing 34', 'size 1 1', 'bold false', 'text 事项  证', 'line-feed', 'feed-dots 4'],
      ...[
        'feed-dots 14',
        'align center',
        'qr https://z.cn/1 8 M',
        'feed-dots 14',
        'text 扫',
        'line-feed',
        'feed-dots 10',
      ],
      ...['feed-dots 10', 'code128 80 3 none', 'feed-dots 4', 'text A1234', 'line-feed', 'feed-dots 10'],
      ...['feed-and-cut partial 30', 'report-when-done'],
    ]);
    // Lines 58 + 34 + 34 + 34 + 106 + 34 + 34 + 34, gaps 130, the rule 2, the code 21 modules of 8, the bars 80, the end 30.
    expect(paperDots(commands)).toBe(778);
  });

  test('is cut between commands where a piece is full, and a command that is larger is a piece of its own', () => {
    const feed = { type: 'feed-dots', dots: 7 } as const; // three bytes
    const sizes = (count: number, bytesMax: number) =>
      chunks(
        Array.from({ length: count }, () => feed),
        bytesMax,
      ).map(({ length }) => length);
    expect([sizes(4, 6), sizes(5, 6), sizes(5, 8), sizes(2, 2), sizes(0, 6)]).toEqual([
      [6, 6],
      [6, 6, 3],
      [6, 6, 3],
      [3, 3],
      [],
    ]);
  });

  test('begins with a reset into Chinese mode, and ends with a cut and the question whether all is printed', () => {
    const bytes = Buffer.concat(chunks(receiptCommands(acceptanceSlip(), wide), 480)).toString('hex');
    expect(bytes).toMatch(/^1b401c26/);
    expect(bytes).toMatch(/1d56421e1d7201$/);
  });

  test('a printer without cutter feeds to its tear bar', () => {
    const commands = receiptCommands(acceptanceSlip(), narrow);
    expect(commands.slice(-2)).toEqual([{ type: 'feed-dots', dots: 120 }, { type: 'report-when-done' }]);
  });

  test('a line with a character that the font lacks is a picture, and only that line', () => {
    const common = receiptCommands(acceptanceSlip('张三'), wide);
    const rare = receiptCommands(acceptanceSlip('张㛃'), wide);
    const pictures = (commands: typeof rare): number => commands.filter((command) => command.type === 'raster').length;
    expect(pictures(rare) - pictures(common)).toBe(1);
    const sentTexts = rare.flatMap((command) => (command.type === 'text' ? [command.text] : []));
    expect(sentTexts.join()).not.toContain('申请人');
    expect(sentTexts.join()).toContain('事项名称');
  });

  test('two rare characters give two different pictures, also where no font has them', () => {
    const picture = (name: string): string => {
      const images = receiptCommands(acceptanceSlip(name), wide).filter((command) => command.type === 'raster');
      return images.map(({ image }) => Buffer.from(image.bits).toString('hex')).join();
    };
    expect(new Set(['㛃', '䶮', '𠮷', '\u{2ffff}', '\u{3fffe}', '\u{1b}', '\u{10}'].map(picture)).size).toBe(7);
  });

  test('a printer that draws no QR codes gets the same code as a picture', () => {
    const types = (profile: typeof wide): string[] =>
      receiptCommands(acceptanceSlip(), profile).map(({ type }) => type);
    expect(types(wide)).toContain('qr');
    expect(types(narrow)).not.toContain('qr');
    const withControl = receipt.parse({
      kind: 'receipt',
      language: 'zh-CN',
      blocks: [{ type: 'qr', data: 'a\u{10}\u{5}\u{2}b' }],
    });
    expect(receiptCommands(withControl, wide).map(({ type }) => type)).not.toContain('qr');
  });

  test('the longest QR data that a document may hold fits the narrowest paper', () => {
    for (const data of ['x'.repeat(500), '政'.repeat(500)]) {
      const long = receipt.parse({ kind: 'receipt', language: 'zh-CN', blocks: [{ type: 'qr', data }] });
      expect(() => receiptCommands(long, narrow)).not.toThrow();
    }
  });

  test('never holds a sequence that a printer would take for a real-time command', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...profileIds()), (text, id) => {
        const any = acceptanceSlip(text);
        const bytes = Buffer.concat(chunks(receiptCommands(any, loadProfile(id)), 480));
        expect(hidesRealTimeCommand(bytes)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test.each([1_037, 1_293])(
    'a QR code whose length of %i bytes would ask for a status is sent as a picture',
    (bytes) => {
      const data = `${'码'.repeat(Math.floor(bytes / 3))}${'a'.repeat(bytes % 3)}`;
      const sent = chunks(
        receiptCommands(receipt.parse({ ...acceptanceSlip(), blocks: [{ type: 'qr', data }] }), wide),
        480,
      );
      expect(hidesRealTimeCommand(Buffer.concat(sent))).toBe(false);
    },
  );

  test('is sent in pieces of whole commands', () => {
    const commands = receiptCommands(acceptanceSlip('张㛃'), wide);
    const pieces = chunks(commands, 480);
    expect(pieces.length).toBe(3);
    for (const piece of pieces) expect([0x1b, 0x1c, 0x1d, 0x0a]).toContain(piece[0] ?? 0);
  });
});

test('a no-break space is a space of the printer, one column wide, and makes no picture of its line', () => {
  expect(columnsOf('5\u00a0个')).toBe(4);
  const sent = receiptCommands(
    receipt.parse({ ...acceptanceSlip(), blocks: [{ type: 'text', text: '5\u00a0个' }] }),
    wide,
  );
  expect(Buffer.concat(chunks(sent, 480)).toString('hex')).toContain('3520b8f6');
});

test('signs of money are the font’s own, two columns wide, and make no picture of their line', () => {
  expect(columnsOf('¥1£1¢')).toBe(8);
  const blocks: ReceiptBlock[] = [{ type: 'fields', rows: [{ label: '金额', value: '¥12.00' }] }];
  const sent = receiptCommands({ kind: 'receipt', language: 'zh-CN', blocks }, wide);
  expect(Buffer.concat(chunks(sent, 480)).toString('hex')).toContain('a3a431322e3030');
});

test('characters that leave no ink are not on the line, and do not turn it into a picture; a QR code keeps its data', () => {
  const sprinkled: ReceiptBlock[] = [
    { type: 'title', text: '受理\u{200b}回执' },
    { type: 'fields', rows: [{ label: '申请\u{feff}人', value: '葛\u{e0100}红\u{fe00}' }] },
    { type: 'text', text: '甲路\t1号' },
    { type: 'qr', data: 'https://example/\u{200b}', caption: '扫\u{2060}码' },
  ];
  const plain: ReceiptBlock[] = [
    { type: 'title', text: '受理回执' },
    { type: 'fields', rows: [{ label: '申请人', value: '葛红' }] },
    { type: 'text', text: '甲路 1号' },
    { type: 'qr', data: 'https://example/\u{200b}', caption: '扫码' },
  ];
  expect(lines(sprinkled)).toEqual(lines(plain));
  const made = receiptCommands({ kind: 'receipt', language: 'zh-CN', blocks: sprinkled.slice(0, 3) }, wide);
  expect(made.map(({ type }) => type)).not.toContain('raster');
});
