/** What one more byte does to a CRC-16, for each value of that byte; `polynomial` as it is used from that end. */
function crcTable(polynomial: number, reflected: boolean): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = reflected ? byte : byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      if (reflected) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
      else crc = crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1;
    }
    return crc;
  });
}

const MODBUS = crcTable(0xa001, true);
const CCITT = crcTable(0x1021, false);

/**
 * MODBUS over serial line 2.5.1.2: polynomial A001 (8005 reflected: bits from the low end, as a UART sends them), initial FFFF,
 * no final xor; sent low byte first.
 */
export function crc16Modbus(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ MODBUS[(crc ^ byte) & 0xff]!;
  return crc;
}

/** CRC-16/XMODEM, which makers call CCITT: polynomial 1021 from the high end, initial 0, no final xor; sent high byte first. */
export function crc16Ccitt(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ CCITT[(crc >>> 8) ^ byte]!;
  return crc;
}
