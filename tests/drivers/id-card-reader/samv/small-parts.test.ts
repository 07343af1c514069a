import { describe, expect, test } from 'vitest';
import { isValidIdNumber } from '../../../../drivers/core/index.ts';
import { isValidPermitNumber } from '../../../../drivers/id-card-reader/samv/id-number.ts';
import { formatModuleId } from '../../../../drivers/id-card-reader/samv/module-id.ts';
import { joinReadReply, splitReadReply } from '../../../../drivers/id-card-reader/samv/read-reply.ts';
import { frame, textBlock } from './vectors.ts';

const published = [
  '11010519491231002X',
  '440524188001010014',
  '911124198108030024',
  '932682198501010017',
  '810000190001010018',
];

describe('the number on a card', () => {
  test.each(published)('%s, published with its standard, has the right check digit', (number) => {
    expect(isValidIdNumber(number)).toBe(true);
  });

  test.each(published)('%s with any one digit changed is noticed', (number) => {
    for (let at = 0; at < 17; at += 1) {
      for (let step = 1; step <= 9; step += 1) {
        const digit = (Number(number[at]) + step) % 10;
        expect(isValidIdNumber(number.slice(0, at) + digit + number.slice(at + 1))).toBe(false);
      }
    }
  });

  test.each(['', '1101051949123100', '11010519491231002x', ' 11010519491231002X', '１１０１０５19491231002X'])(
    '%j is not a number of 18 characters',
    (number) => {
      expect(isValidIdNumber(number)).toBe(false);
    },
  );

  test('of the 2017 foreigner card has its own check digit', () => {
    expect(isValidPermitNumber('CAN110081080310')).toBe(true);
    expect(isValidPermitNumber('CAM110081080310')).toBe(false);
    expect(isValidPermitNumber('CAN110081080301')).toBe(false);
    expect(isValidPermitNumber('can110081080310')).toBe(false);
    expect(isValidPermitNumber('11010519491231002X')).toBe(false);
  });
});

describe('the module id', () => {
  test('reads as printed on the module', () => {
    expect(formatModuleId(frame('rsp-sam-id').subarray(10, -1))).toBe('05.03-20210315-0001234567-4294901761');
  });

  test('of another length is refused', () => {
    expect(() => formatModuleId(new Uint8Array(15))).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});

describe('a read reply', () => {
  const data = (id: string): Buffer => frame(id).subarray(10, -1);

  test.each([
    ['rsp-read-base-domestic', 0],
    ['rsp-read-base-fp0-domestic', 0],
    ['rsp-read-base-fp1024-domestic', 1_024],
  ])('%s is cut at the lengths that it announces', (id, fingerprintBytes) => {
    const parts = splitReadReply(data(id));
    expect(Buffer.from(parts.text)).toEqual(textBlock('domestic'));
    expect([...parts.wlt.subarray(0, 10)]).toEqual([0x57, 0x4c, 0x66, 0, 0x7e, 0, 0x32, 0, 0, 0xff]);
    expect([parts.wlt.length, parts.fingerprints.length]).toEqual([1_024, fingerprintBytes]);
  });

  test('with one finger of two is cut in the right place', () => {
    const parts = splitReadReply(
      joinReadReply(new Uint8Array(256), new Uint8Array(1_024), new Uint8Array(512).fill(7)),
    );
    expect([...new Set(parts.fingerprints)]).toEqual([7]);
  });

  test('of a chip without a portrait still has its text', () => {
    const parts = splitReadReply(joinReadReply(textBlock('domestic'), new Uint8Array()));
    expect([parts.text.length, parts.wlt.length]).toEqual([256, 0]);
  });

  test.each([
    ['no bytes', new Uint8Array()],
    ['a text of 255 bytes', joinReadReply(new Uint8Array(255), new Uint8Array(1_024))],
    ['half a portrait', joinReadReply(new Uint8Array(256), new Uint8Array(512))],
    ['a byte too few', joinReadReply(new Uint8Array(256), new Uint8Array(1_024)).subarray(0, -1)],
    ['a byte too many', Buffer.concat([joinReadReply(new Uint8Array(256), new Uint8Array(1_024)), Uint8Array.of(0)])],
  ])('with %s makes no sense', (_, reply) => {
    expect(() => splitReadReply(reply)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});
