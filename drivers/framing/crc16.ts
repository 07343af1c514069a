/**
 * CRC-16 as serial devices use it: polynomial and initial value, each byte's bits taken from the low end (`reflected`, as a
 * UART sends them) or from the high end, no final xor.
 */
function crc16(bytes: Uint8Array, polynomial: number, initial: number, reflected: boolean): number {
  let crc = initial;
  for (const byte of bytes) {
    crc ^= reflected ? byte : byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      if (reflected) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
      else crc = crc & 0x8000 ? ((crc << 1) ^ polynomial) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}

/** MODBUS over serial line 2.5.1.2: polynomial A001 (8005 reflected), initial FFFF; sent low byte first. */
export function crc16Modbus(bytes: Uint8Array): number {
  return crc16(bytes, 0xa001, 0xffff, true);
}

/** CRC-16/XMODEM, which makers call CCITT: polynomial 1021, initial 0; sent high byte first. */
export function crc16Ccitt(bytes: Uint8Array): number {
  return crc16(bytes, 0x1021, 0, false);
}
