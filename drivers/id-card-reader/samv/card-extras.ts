import { DeviceError } from '../../core/index.ts';
import type { ManagementNumber } from '../contract.ts';
import { withoutPadding } from './text.ts';

/** Reply to `30 03`: 35 characters of UTF-16LE, padded on the right. */
export const APPENDED_ADDRESS_BYTES = 70;

/** Reply to `30 05`. UNCONFIRMED: one library takes 28 bytes, another makes room for 32; both begin with the same parts. */
export const MANAGEMENT_NUMBER_BYTES = [28, 32] as const;
const IIN_BYTES = 4;
const SN_BYTES = 8;
const DN_BYTES = 16;

/** `undefined` where the card has a place for an address and none in it. Fails `protocol` on any other number of bytes. */
export function decodeAppendedAddress(data: Uint8Array): string | undefined {
  if (data.length !== APPENDED_ADDRESS_BYTES) {
    throw new DeviceError(
      'protocol',
      `an appended address of ${data.length} bytes where ${APPENDED_ADDRESS_BYTES} are due`,
    );
  }
  return withoutPadding(Buffer.from(data).toString('utf16le')) || undefined;
}

/** The other direction, for simulators. */
export function encodeAppendedAddress(address: string): Uint8Array {
  const characters = APPENDED_ADDRESS_BYTES / 2;
  if (address.length > characters) {
    throw new DeviceError(
      'invalid-data',
      `an appended address has room for ${characters} characters, not ${address.length}`,
    );
  }
  return Buffer.from(address.padEnd(characters), 'utf16le');
}

/** Fails `protocol` on a number of bytes that no reader sends. */
export function decodeManagementNumber(data: Uint8Array): ManagementNumber {
  if (!MANAGEMENT_NUMBER_BYTES.some((bytes) => bytes === data.length)) {
    const due = MANAGEMENT_NUMBER_BYTES.join(' or ');
    throw new DeviceError('protocol', `a card management number of ${data.length} bytes where ${due} are due`);
  }
  return {
    iin: hex(data.subarray(0, IIN_BYTES)),
    sn: hex(data.subarray(IIN_BYTES, IIN_BYTES + SN_BYTES)),
    dn: hex(data.subarray(IIN_BYTES + SN_BYTES, IIN_BYTES + SN_BYTES + DN_BYTES)),
  };
}

/** The parts that replies to find and select carry; `undefined` where they are blank, as on every card that was looked at. */
export function numbersOfReplies(found: Uint8Array, selected: Uint8Array): ManagementNumber | undefined {
  const whole = found.length === IIN_BYTES && selected.length === SN_BYTES;
  const blank = [...found, ...selected].every((byte) => byte === 0);
  return whole && !blank ? { iin: hex(found), sn: hex(selected) } : undefined;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
