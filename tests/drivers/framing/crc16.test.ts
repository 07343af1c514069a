import { expect, test } from 'vitest';
import { crc16Ccitt, crc16Modbus } from '../../../drivers/framing/crc16.ts';

const check = Buffer.from('123456789'); // the input of the CRC catalogues' check values

test('the check values of the catalogues', () => {
  expect(crc16Modbus(check)).toBe(0x4b37);
  expect(crc16Ccitt(check)).toBe(0x31c3);
});

test('the classic Modbus request: 01 03 0000 0001 ends with 84 0A', () => {
  expect(crc16Modbus(Uint8Array.of(1, 3, 0, 0, 0, 1))).toBe(0x0a84);
});

test('no bytes leave the initial value', () => {
  expect([crc16Modbus(new Uint8Array()), crc16Ccitt(new Uint8Array())]).toEqual([0xffff, 0]);
});
