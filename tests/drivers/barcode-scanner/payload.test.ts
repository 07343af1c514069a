import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { barcodeSymbologies } from '../../../drivers/barcode-scanner/contract.ts';
import { aimOf, splitAim, symbologyOfAim, textOf } from '../../../drivers/barcode-scanner/payload.ts';

describe('the text of a code', () => {
  test('is UTF-8 where the bytes are, and else GB 18030', () => {
    expect(textOf(Buffer.from('粤省事 办件码'))).toBe('粤省事 办件码');
    expect(textOf(iconv.encode('粤省事 办件码', 'gb18030'))).toBe('粤省事 办件码');
    expect(textOf(Buffer.from('AB-12'))).toBe('AB-12');
  });

  test('holds rare characters of both encodings', () => {
    expect(textOf(Buffer.from('𠮷㐂'))).toBe('𠮷㐂');
    expect(textOf(iconv.encode('𠮷㐂', 'gb18030'))).toBe('𠮷㐂');
  });

  test('has no byte order mark and no control character, the separator of GS1 included', () => {
    expect(textOf(Buffer.from('\ufeff01069\u001d10A\r\nB\u0000\u001b[2J\u007f\u0085C'))).toBe('0106910AB[2JC');
  });

  test('is never an exception, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        expect(textOf(bytes)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  test('is the text that was encoded, if that holds no control characters', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 }).filter((some) => !/\p{Cc}|^\ufeff/u.test(some));
    fc.assert(
      fc.property(text, (some) => {
        expect(textOf(Buffer.from(some))).toBe(some);
      }),
    );
  });
});

describe('an AIM identifier', () => {
  test.each([
    [']A0', 'code-39'],
    [']C0', 'code-128'],
    [']C1', 'gs1-128'],
    [']E0', 'ean-13'],
    [']E4', 'ean-8'],
    [']F0', 'codabar'],
    [']G0', 'code-93'],
    [']I0', 'interleaved-2-of-5'],
    [']L2', 'pdf417'],
    [']Q1', 'qr-code'],
    [']Q6', 'qr-code'],
    [']d1', 'data-matrix'],
    [']e0', 'gs1-databar'],
    [']z3', 'aztec'],
    [']X0', undefined],
    [']e', 'gs1-databar'],
    ['', undefined],
    [']constructor', undefined],
  ])('%s names %s', (aim, symbology) => {
    expect(symbologyOfAim(aim)).toBe(symbology);
    if (symbology) expect(barcodeSymbologies).toContain(symbology);
  });

  test('is taken off a payload only where one stands', () => {
    expect(splitAim(Buffer.from(']Q1abc'))).toEqual({ aim: ']Q1', bytes: Buffer.from('abc') });
    expect(splitAim(Buffer.from(']?1abc'))).toEqual({ bytes: Buffer.from(']?1abc') });
    expect([aimOf(Buffer.from(']Q')), aimOf(new Uint8Array())]).toEqual([undefined, undefined]);
  });
});
