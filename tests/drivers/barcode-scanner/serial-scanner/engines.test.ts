import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeHoneywell,
  encodeHoneywellReply,
  honeywellQuestion,
  readHoneywellReply,
  triggerOff,
  triggerOn,
} from '../../../../drivers/barcode-scanner/serial-scanner/honeywell.ts';
import {
  encodeNewland,
  encodeNewlandReply,
  newlandQuestion,
  newlandSetting,
  readNewlandReply,
} from '../../../../drivers/barcode-scanner/serial-scanner/newland.ts';
import {
  encodeOem,
  encodeOemReply,
  oemRead,
  oemWrite,
  readOemReply,
} from '../../../../drivers/barcode-scanner/serial-scanner/oem-engine.ts';
import { serialScannerOptions } from '../../../../drivers/barcode-scanner/serial-scanner/options.ts';
import { profiles } from '../../../../drivers/barcode-scanner/serial-scanner/profiles.ts';
import { bytes, frame, hex } from '../vectors.ts';

describe("Newland's commands", () => {
  test.each([
    ['nl-trigger', '#', 'SCNTRG1'],
    ['nl-stop', '@', 'SCNTRG0'],
    ['nl-mode-level', '@', 'SCNMOD0'],
    ['nl-query', '@', 'SCNMOD*'],
  ] as const)("are the manual's: %s", (id, storage, setting) => {
    expect(hex(encodeNewland(storage, setting))).toBe(hex(frame(id)));
  });

  test.each([
    ['nl-trigger-reply', '#', 'SCNTRG1', 0x06, 'done'],
    ['nl-bad-tag-reply', '@', 'XXXXXX1', 0x05, 'unknown'],
    ['nl-range-reply', '@', 'SCNMOD9', 0x15, 'out-of-range'],
  ] as const)('are answered as in the manual: %s', (id, storage, setting, byte, status) => {
    expect(hex(encodeNewlandReply(storage, setting, byte))).toBe(hex(frame(id)));
    expect(readNewlandReply(frame(id), 0)).toEqual({
      tag: storage + setting.slice(0, 6),
      data: Buffer.from(setting.slice(6)),
      status,
      sizeBytes: frame(id).length,
    });
  });

  test('of several settings, the worst status counts', () => {
    const reply = bytes('02 01 30303030 40 53434E4D4F4430 06 2C 54524731 05 3B 03');
    expect(readNewlandReply(reply, 0)).toMatchObject({ tag: '@SCNMOD', status: 'unknown' });
  });

  test('a setting is answered by itself alone, and a question by any value', () => {
    const read = (storage: '@' | '#', setting: string) => {
      const reply = readNewlandReply(Buffer.from(encodeNewlandReply(storage, setting, 6)), 0);
      if (typeof reply !== 'object') throw new Error('no reply');
      return reply;
    };
    const [on, mode] = [newlandSetting('SCNTRG1'), newlandQuestion('SCNMOD')];
    expect(['SCNTRG1', 'SCNTRG0'].map((each) => on.answeredBy?.(read('#', each)))).toEqual([true, false]);
    expect(['SCNMOD0', 'SCNMOD2', 'ORTSET3'].map((each) => mode.answeredBy?.(read('@', each)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(mode.answeredBy?.(read('#', 'SCNMOD0'))).toBe(false);
  });
});

describe("Honeywell's commands", () => {
  test("are the manual's", () => {
    expect(hex(triggerOn.request)).toBe(hex(frame('hw-trigger')));
    expect(hex(triggerOff.request)).toBe(hex(frame('hw-untrigger')));
    expect(hex(encodeHoneywell('TERMID130', '.'))).toBe(hex(frame('hw-usbserial')));
    expect(hex(encodeHoneywell('CBR?', '.'))).toBe(hex(frame('hw-query-codabar')));
  });

  test('are answered as in the manual', () => {
    const reply = frame('hw-usbserial-reply');
    expect(hex(encodeHoneywellReply('TERMID130', 6, '.'))).toBe(hex(reply));
    expect(readHoneywellReply(reply, 0)).toEqual({
      tag: 'TERMID.',
      data: Buffer.from('130'),
      status: 'done',
      sizeBytes: reply.length,
    });
  });

  test('the answer to a query of a whole group is one reply, with the worst status', () => {
    const answer = Buffer.from('CBRENA1\x06,SSX0\x06,CK20\x15,DFT\x06.');
    expect(readHoneywellReply(answer, 0)).toMatchObject({
      tag: 'CBRENA.',
      status: 'out-of-range',
      sizeBytes: answer.length,
    });
  });

  test('plain text is no reply', () => {
    expect(readHoneywellReply(Buffer.from('CBRENA1.'), 0)).toBe('incomplete');
    expect(readHoneywellReply(Buffer.from('CBRENA1.\r'), 0)).toBeUndefined();
    expect(readHoneywellReply(Buffer.from('cbrena1\x06.'), 0)).toBeUndefined();
    expect(readHoneywellReply(Buffer.from('A'.repeat(128)), 0)).toBeUndefined();
    expect(honeywellQuestion('CBRENA').name).toBe('CBRENA?');
  });
});

describe('the register protocol of fixed-mount engines', () => {
  test("writes the manual's bytes", () => {
    expect(hex(encodeOem(0x08, 0x0002, [1], 0xabcd))).toBe(hex(frame('em-trigger')));
    expect(hex(oemWrite(0x0002, 1).request)).toBe(hex(frame('em-trigger-crc')));
    expect(hex(oemRead(0x0002, 1).request)).toBe(hex(frame('em-read-zone2')));
    expect(hex(oemWrite(0x000a, 0x3e).request)).toBe('7E000801000A3E4CCF'); // GM65 manual 8.3, its example
  });

  test.each([
    ['em-ok', 0x00, 'done'],
    ['em-crc-error', 0x01, 'garbled'],
    ['em-invalid', 0x03, 'unknown'],
  ] as const)("reads and writes the manual's %s", (id, result, status) => {
    expect(hex(encodeOemReply(result, [0]))).toBe(hex(frame(id)));
    expect(readOemReply(frame(id), 0)).toEqual({ tag: '', status, data: Uint8Array.of(0), sizeBytes: 7 });
  });

  test('a reply with a wrong check is none, and one without a check is one', () => {
    expect(readOemReply(bytes('02 00 00 01 00 33 30'), 0)).toBeUndefined();
    expect(readOemReply(bytes('02 00 00 01 00 AB CD'), 0)).toMatchObject({ status: 'done' });
    expect(readOemReply(bytes('02 00 02 01 00 AB CD'), 0)).toBeUndefined();
    expect(readOemReply(bytes('02 00 00 00 AB CD'), 0)).toBeUndefined();
  });

  test('only the bits that matter are changed', () => {
    const [mode, codes] = profiles['oem-engine'].start;
    expect(mode?.write(Uint8Array.of(0xd6))?.name).toBe('0000 := d5');
    expect(mode?.write(Uint8Array.of(0xd5))).toBeUndefined();
    expect(codes?.write(Uint8Array.of(0x01))?.name).toBe('0003 := 03');
    expect(codes?.write(Uint8Array.of(0x07))).toBeUndefined();
  });
});

test('the questions of a profile are told apart by their answers', () => {
  const replyTo = {
    generic: () => new Uint8Array(),
    newland: (name: string) => encodeNewlandReply('@', name.replace('*', '3'), 6),
    honeywell: (name: string) => encodeHoneywellReply(name.replace('?', '3'), 6, '.'),
    'oem-engine': (_: string, request: Uint8Array) =>
      encodeOemReply(
        0,
        Array.from({ length: request[6]! }, () => 9),
      ),
  };
  for (const { id, questions, readReply } of Object.values(profiles)) {
    for (const asked of questions) {
      const reply = readReply(Buffer.from(replyTo[id](asked.name, asked.request)), 0);
      if (typeof reply !== 'object') throw new Error(`${asked.name} is not answered`);
      expect(questions.filter((each) => each.answeredBy?.(reply))).toEqual([asked]);
    }
  }
});

test('no reply reader throws, or takes more than is there or than a reply can be', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(fc.constantFrom('nl-trigger-reply', 'hw-usbserial-reply', 'em-ok'), fc.nat(20), fc.nat(255))
      .map(([id, at, byte]) => {
        const damaged = Uint8Array.from(frame(id));
        damaged[at % damaged.length] = byte;
        return damaged;
      }),
  );
  fc.assert(
    fc.property(any, fc.constantFrom(...Object.values(profiles)), (some, { readReply }) => {
      const buffer = Buffer.from(some);
      for (let at = 0; at < buffer.length; at += 1) {
        const reply = readReply(buffer, at);
        if (typeof reply === 'object') {
          expect(at + reply.sizeBytes).toBeLessThanOrEqual(buffer.length);
          expect(reply.sizeBytes).toBeLessThanOrEqual(256);
        }
        if (reply === 'incomplete') expect(buffer.length - at).toBeLessThan(256);
      }
    }),
  );
});

describe('the options of a serial scanner', () => {
  test('need nothing, and then take what answers', () => {
    expect(serialScannerOptions.parse({})).toEqual({
      profile: 'auto',
      terminator: 'line',
      gapMs: 50,
      aimId: false,
      settings: [],
    });
  });

  test.each([
    [{ profile: 'newland', settings: ['ORTSET10000', 'GRBENA0'] }, true],
    [{ profile: 'honeywell', settings: ['CBRENA0'] }, true],
    [{ profile: 'oem-engine', settings: ['0006=32'] }, true],
    [{ profile: 'newland', settings: ['ORTSET1;FACDEF'] }, false],
    [{ profile: 'honeywell', settings: ['CBRENA0.'] }, false],
    [{ profile: 'oem-engine', settings: ['ORTSET10000'] }, false],
    [{ profile: 'generic', settings: ['ORTSET10000'] }, false],
    [{ profile: 'auto', settings: ['ORTSET10000'] }, false],
    [{ profile: 'keyboard' }, false],
    [{ gapMs: 5 }, false],
  ])('%j are %s', (options, fit) => {
    expect(serialScannerOptions.safeParse(options).success).toBe(fit);
  });
});
