import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeReports,
  parseReport,
  ReportAssembler,
  type ReportLayout,
} from '../../../../drivers/barcode-scanner/hid-pos/codec.ts';
import type { Received } from '../../../../drivers/barcode-scanner/visitors.ts';
import { messageDecoderConformance, streamDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import { frame, hex } from '../vectors.ts';

const LONG = `GOVDOC|${'0123456789'.repeat(7)}`;
const layouts = ['standard', 'shifted', 'small'] as const;

function shown(received: readonly Received[]): string[] {
  return received.map((each) => (each.kind === 'code' ? Buffer.from(each.bytes).toString('latin1') : `<${each.kind}>`));
}

function allOf(assembler: ReportAssembler, ...reports: Uint8Array[]): string[] {
  return reports.flatMap((report) => shown(assembler.push(report)));
}

const reportsOf = (text: string, layout: ReportLayout = 'standard', aim = ']Q1') =>
  encodeReports(Buffer.from(text), { layout, aim, makerByte: 0x73 });

describe('a HID POS report', () => {
  test('is written and read byte for byte as in the manuals', () => {
    expect(reportsOf('https://example.gov.cn/v?id=202401010001').map(hex)).toEqual([hex(frame('hidpos-single-1'))]);
    expect(reportsOf(LONG).map(hex)).toEqual([hex(frame('hidpos-long-1')), hex(frame('hidpos-long-2'))]);
    expect(parseReport(frame('hidpos-long-2'))).toEqual({
      data: Uint8Array.from(Buffer.from(LONG.slice(56))),
      aim: ']Q1',
      makerByte: 0x73,
      continues: false,
    });
  });

  test('of Symbol or Datalogic has its identifier one byte later', () => {
    const [report] = reportsOf('ABC', 'shifted');
    expect(hex(report!).slice(0, 18)).toBe('0203005D5131414243');
    expect(parseReport(report!)).toMatchObject({
      aim: ']Q1',
      data: Uint8Array.from(Buffer.from('ABC')),
      makerByte: undefined,
    });
    report![2] = 0x5d; // whatever stands in the additional byte
    expect(parseReport(report!)).toMatchObject({ aim: ']Q1', data: Uint8Array.from(Buffer.from('ABC')) });
  });

  test('may name no symbology', () => {
    expect(parseReport(reportsOf('ABC', 'standard', '')[0]!)).toMatchObject({
      aim: undefined,
      data: Uint8Array.from(Buffer.from('ABC')),
    });
  });

  test('that is another report, or none, is nothing', () => {
    const foreign = Uint8Array.from(frame('hidpos-single-1'));
    foreign[0] = 3;
    expect([parseReport(foreign), parseReport(new Uint8Array())]).toEqual([undefined, undefined]);
  });

  test.each([
    ['a count above 56', (report: Uint8Array) => report.fill(57, 1, 2), false],
    ['a count of 255', (report: Uint8Array) => report.fill(255, 1, 2), false],
    ['another length', (report: Uint8Array) => report.subarray(0, 63), true],
    ['no identifier', (report: Uint8Array) => report.fill(0x41, 2, 5), false],
  ])('with %s is damaged', (_, damage, continues) => {
    expect(parseReport(damage(Uint8Array.from(frame('hidpos-single-1'))))).toEqual({ isDamaged: true, continues });
  });
});

describe('codes of several reports', () => {
  test.each(layouts)('come out whole, up to 4,096 bytes, in layout %s', (layout) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 4_096 }), { maxLength: 4 }), (sent) => {
        const assembler = new ReportAssembler('other');
        const got = sent.flatMap((payload) =>
          encodeReports(payload, { layout }).flatMap((each) => assembler.push(each)),
        );
        expect(got.map((each) => each.kind === 'code' && hex(each.bytes))).toEqual(sent.map(hex));
        expect([assembler.heldBytes, assembler.isUnderWay, assembler.damagedReports]).toEqual([0, false, 0]);
      }),
      { numRuns: 50 },
    );
  });

  test('that are longer are told of once, and lost up to their last report', () => {
    const assembler = new ReportAssembler('other');
    expect(allOf(assembler, ...reportsOf('x'.repeat(9_000)), ...reportsOf('A'))).toEqual(['<too-long>', 'A']);
    expect(allOf(assembler, ...reportsOf('x'.repeat(4_097)), ...reportsOf('A'))).toEqual(['<too-long>', 'A']);
  });

  test('of which the last report is missing are lost, and their late rest is no code and part of none', () => {
    const assembler = new ReportAssembler('other');
    const [first, second, last] = reportsOf('x'.repeat(150));
    expect(allOf(assembler, first!)).toEqual([]);
    expect(shown(assembler.giveUp())).toEqual(['<forgotten>']);
    expect(allOf(assembler, second!, last!, ...reportsOf('A'))).toEqual(['A']);
    allOf(assembler, first!);
    assembler.giveUp();
    assembler.startAnew();
    expect(allOf(assembler, ...reportsOf('A'))).toEqual(['A']);
  });

  test('that began before a visitor are not theirs', () => {
    const assembler = new ReportAssembler('other');
    const [first, last] = reportsOf(LONG);
    assembler.push(first!);
    assembler.disown();
    expect(allOf(assembler, last!, ...reportsOf('A'))).toEqual(['<forgotten>', 'A']);
  });

  test('of which a report is damaged are lost whole', () => {
    const assembler = new ReportAssembler('other');
    const [first, second, last] = reportsOf('x'.repeat(150));
    expect(allOf(assembler, first!, second!.fill(200, 1, 2), last!, ...reportsOf('A'))).toEqual(['<forgotten>', 'A']);
    expect(allOf(assembler, first!, last!.fill(200, 1, 2), ...reportsOf('A'))).toEqual(['<forgotten>', 'A']);
    expect(assembler.damagedReports).toBe(2);
  });

  test('of which the first report was cut short do not come out without their head', () => {
    const assembler = new ReportAssembler('other');
    const [first, ...others] = reportsOf('x'.repeat(150));
    expect(allOf(assembler, first!.subarray(0, 40), ...others, ...reportsOf('A'))).toEqual(['<forgotten>', 'A']);
  });

  test('are not joined with reports that name another identifier', () => {
    const assembler = new ReportAssembler('other');
    const [first] = reportsOf(LONG);
    expect(allOf(assembler, first!, ...reportsOf('A', 'standard', ']C0'), ...reportsOf('B'))).toEqual([
      '<forgotten>',
      'B',
    ]);
  });

  test('another report between theirs does not matter', () => {
    const assembler = new ReportAssembler('other');
    const [first, last] = reportsOf(LONG);
    expect(allOf(assembler, first!, Uint8Array.of(3, 1), last!)).toEqual([LONG]);
  });

  test('that go on for ever without a byte pile nothing up', () => {
    const assembler = new ReportAssembler('other');
    const empty = Uint8Array.from(frame('hidpos-long-1')).fill(0, 1, 2);
    for (let sent = 0; sent < 10_000; sent += 1) assembler.push(empty);
    expect(assembler.heldBytes).toBe(0);
    expect(allOf(assembler, ...reportsOf('A'))).toEqual(['A']);
  });
});

test.each([
  ['other', 0x73, ']X0', undefined],
  ['honeywell', 0x48, ']X0', 'han-xin'],
  ['honeywell', 0x73, ']Q1', 'qr-code'],
  ['honeywell', 0x01, ']Q1', undefined],
] as const)('the byte of maker %s, %i behind %s, names %s', (maker, makerByte, aim, symbology) => {
  const [received] = encodeReports(Buffer.from('A'), { aim, makerByte }).flatMap((each) =>
    new ReportAssembler(maker).push(each),
  );
  expect(received).toEqual({ kind: 'code', bytes: Uint8Array.of(0x41), aim, ...(symbology && { symbology }) });
});

test('what a scanner says of itself is no code', () => {
  expect(allOf(new ReportAssembler('honeywell'), ...reportsOf('REVINF\x06.', 'standard', ']Z6'))).toEqual([]);
});

test('random reports never throw and never pile up, whatever is done meanwhile', () => {
  const report = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(fc.constantFrom('hidpos-long-1', 'hidpos-long-2'), fc.nat(63), fc.nat(255)).map(([id, at, byte]) => {
      const damaged = Uint8Array.from(frame(id));
      damaged[at] = byte;
      return damaged;
    }),
    fc.constant(frame('hidpos-long-1')),
  );
  const act = fc.constantFrom('none', 'giveUp', 'disown', 'startAnew');
  fc.assert(
    fc.property(fc.array(fc.tuple(report, act), { maxLength: 200 }), (steps) => {
      const assembler = new ReportAssembler('honeywell');
      for (const [each, what] of steps) {
        assembler.push(each);
        if (what !== 'none') assembler[what]();
        expect(assembler.heldBytes).toBeLessThanOrEqual(4_096);
      }
    }),
  );
});

messageDecoderConformance('a HID POS report', parseReport, frame('hidpos-single-1'));

// A line of reports is cut nowhere else: the noise is in them, as it is.
streamDecoderConformance('codes in HID POS reports', () => {
  const assembler = new ReportAssembler('other');
  const [first, last] = reportsOf(LONG);
  let pending = Buffer.alloc(0);
  let found = 0;
  return {
    push: (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (; pending.length >= 64; pending = pending.subarray(64)) {
        const codes = assembler.push(pending.subarray(0, 64)).filter(({ kind }) => kind === 'code');
        found += codes.length;
      }
    },
    frame: Buffer.concat([first!, last!]),
    found: () => found,
    heldBytes: () => assembler.heldBytes,
    maxFrameBytes: 4_096,
    quiet: () => {
      pending = Buffer.alloc(0);
      assembler.startAnew();
    },
  };
});
