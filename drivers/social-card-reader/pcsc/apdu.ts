import { DeviceError } from '../../core/index.ts';

/** A response APDU, ISO 7816-4 section 5.1. */
export interface Response {
  readonly data: Uint8Array;
  /** SW1 and SW2 as one number. */
  readonly status: number;
}

/** Sends a command as it stands and brings back the whole response. */
export type Transmit = (command: Uint8Array) => Promise<Uint8Array>;

export const statuses = {
  done: 0x9000,
  noFile: 0x6a82,
  noRecord: 0x6a83,
} as const;

/** What cards answer with when they refuse, for technicians. ISO 7816-4 section 5.6. */
const meanings: ReadonlyMap<number, string> = new Map([
  [statuses.noFile, 'file or application not found'],
  [statuses.noRecord, 'record not found'],
  [0x6283, 'the file is invalidated'],
  [0x6700, 'wrong length'],
  [0x6982, 'security status not satisfied'],
  [0x6983, 'authentication blocked'],
  [0x6985, 'conditions of use not satisfied'],
  [0x6a81, 'function not supported'],
  [0x6a86, 'wrong P1 P2'],
  [0x6b00, 'wrong P1 P2'],
  [0x6d00, 'instruction unknown'],
  [0x6e00, 'class unknown'],
]);

/** For technicians: `status 6A82, file or application not found`. */
export function describe(status: number): string {
  const meaning = meanings.get(status);
  return `status ${status.toString(16).toUpperCase().padStart(4, '0')}${meaning === undefined ? '' : `, ${meaning}`}`;
}

/** Short APDUs: 256 bytes of data and the status. */
const MAX_RESPONSE = 258;
/** Everything that a card may say to one command, in pieces. */
const MAX_DATA = 1024;
/** A card that never gets to the end is broken. */
const MAX_STEPS = 8;

/** Fails `protocol` on what can be no response. */
export function parseResponse(bytes: Uint8Array): Response {
  if (bytes.length < 2 || bytes.length > MAX_RESPONSE) {
    throw new DeviceError('protocol', `a response APDU of ${bytes.length} bytes`);
  }
  const [sw1 = 0, sw2 = 0] = bytes.subarray(-2);
  return { data: bytes.slice(0, -2), status: sw1 * 256 + sw2 };
}

/**
 * One command and all of its answer. With T=0 a card says `61 xx` where it has more to say, which is asked for, and `6C xx`
 * where other bytes are due than were asked for (ISO 7816-4 section 5.3.4).
 */
export async function exchange(command: Uint8Array, transmit: Transmit): Promise<Response> {
  let next = command;
  let data = new Uint8Array();
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const response = parseResponse(await transmit(next));
    const [sw1, sw2] = [response.status >> 8, response.status & 0xff];
    if (sw1 === 0x6c) {
      next = withLength(next, sw2);
      continue;
    }
    data = Uint8Array.from([...data, ...response.data]);
    if (sw1 !== 0x61) return { data, status: response.status };
    if (data.length > MAX_DATA) break;
    next = Uint8Array.of(0x00, 0xc0, 0x00, 0x00, sw2); // GET RESPONSE
  }
  throw new DeviceError('protocol', 'a card that never comes to the end of its answer');
}

/** Le is the fifth byte of a command without data, and follows the data of one with. */
function withLength(command: Uint8Array, le: number): Uint8Array {
  const dataBytes = command.length > 5 ? (command[4] ?? 0) : 0;
  const head = command.subarray(0, dataBytes > 0 ? 5 + dataBytes : 4);
  return Uint8Array.of(...head, le);
}
