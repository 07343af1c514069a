import { APPENDED_ADDRESS_BYTES, MANAGEMENT_NUMBER_BYTES } from './card-extras.ts';
import { encodeRequest, type Reply } from './codec.ts';
import { MODULE_ID_BYTES } from './module-id.ts';

/** SW3, the module's result. Those that agree across the public manuals; 47 stands in one of them only. */
export const sw3 = {
  done: 0x90,
  found: 0x9f,
  noContent: 0x91,
  wrongCheck: 0x10,
  wrongLength: 0x11,
  wrongCommand: 0x21,
  notPermitted: 0x23,
  unrecognised: 0x24,
  moduleRefused: 0x31,
  cardRefused: 0x32,
  notVerified: 0x33,
  unknownCardType: 0x40,
  readFailed: 0x41,
  randomFailed: 0x47,
  selfTestFailed: 0x60,
  notAuthorised: 0x66,
  notFound: 0x80,
  notSelected: 0x81,
} as const;

const meanings: Readonly<Record<number, string>> = {
  [sw3.done]: 'done',
  [sw3.found]: 'a card is present',
  [sw3.noContent]: 'the card has nothing of the kind',
  [sw3.wrongCheck]: 'the request arrived with a wrong check byte',
  [sw3.wrongLength]: 'the request arrived with a wrong length',
  [sw3.wrongCommand]: 'the command is unknown',
  [sw3.notPermitted]: 'not permitted in this state',
  [sw3.unrecognised]: 'unrecognised error',
  [sw3.moduleRefused]: 'the card did not accept the module',
  [sw3.cardRefused]: 'the module did not accept the card',
  [sw3.notVerified]: 'the card data failed verification',
  [sw3.unknownCardType]: 'the kind of card is not recognised',
  [sw3.readFailed]: 'reading the card failed',
  [sw3.randomFailed]: 'the card gave no random number',
  [sw3.selfTestFailed]: 'the module failed its self test',
  [sw3.notAuthorised]: 'the module is not authorised',
  [sw3.notFound]: 'no card found',
  [sw3.notSelected]: 'the card could not be selected',
};

/** For technicians: `status 41, reading the card failed, card status 6A82`. */
export function describe(reply: Pick<Reply, 'sw1' | 'sw2' | 'sw3'>): string {
  const text = `status ${hex(reply.sw3)}, ${meanings[reply.sw3] ?? 'which the manuals do not know'}`;
  return reply.sw1 || reply.sw2 ? `${text}, card status ${hex(reply.sw1)}${hex(reply.sw2)}` : text;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

export interface Command {
  /** For technicians. */
  readonly name: string;
  readonly request: Uint8Array;
  readonly deadlineMs: number;
  /** Replies do not say which command they answer; this says whether one can be the success of this command. */
  readonly succeedsWith: (reply: Reply) => boolean;
}

/** On top of the deadlines of a vendor's driver (300, 500 and 3,500 ms): USB adapters, and 1.4 s of line at 9,600 baud. */
const SLACK_MS = 300;
const READ_SLACK_MS = 1_500;

function done(dataBytes: number): Command['succeedsWith'] {
  return (reply) => reply.sw3 === sw3.done && reply.data.length === dataBytes;
}

/** The commands that the driver gives. The simulator knows all of the manual's. */
export const commands = {
  reset: { name: 'reset', request: encodeRequest(0x10, 0xff), deadlineMs: 300 + SLACK_MS, succeedsWith: done(0) },
  status: { name: 'status', request: encodeRequest(0x11, 0xff), deadlineMs: 300 + SLACK_MS, succeedsWith: done(0) },
  moduleId: {
    name: 'module id',
    request: encodeRequest(0x12, 0xff),
    deadlineMs: 300 + SLACK_MS,
    succeedsWith: done(MODULE_ID_BYTES),
  },
  find: {
    name: 'find card',
    request: encodeRequest(0x20, 0x01),
    deadlineMs: 500 + SLACK_MS,
    succeedsWith: (reply) => reply.sw3 === sw3.found,
  },
  select: {
    name: 'select card',
    request: encodeRequest(0x20, 0x02),
    deadlineMs: 500 + SLACK_MS,
    succeedsWith: done(8),
  },
  read: {
    name: 'read card',
    request: encodeRequest(0x30, 0x01),
    deadlineMs: 3_500 + READ_SLACK_MS,
    // Two lengths and 256 bytes of text at the least; what exactly is for `splitReadReply` to say.
    succeedsWith: (reply) => reply.sw3 === sw3.done && reply.data.length >= 260,
  },
  appendedAddress: {
    name: 'read appended address',
    request: encodeRequest(0x30, 0x03),
    deadlineMs: 1_000 + SLACK_MS,
    succeedsWith: done(APPENDED_ADDRESS_BYTES),
  },
  managementNumber: {
    name: 'read card management number',
    request: encodeRequest(0x30, 0x05),
    deadlineMs: 1_000 + SLACK_MS, // the manuals name none: as long as the other small piece of a card
    succeedsWith: (reply) =>
      reply.sw3 === sw3.done && MANAGEMENT_NUMBER_BYTES.some((bytes) => bytes === reply.data.length),
  },
} as const satisfies Record<string, Command>;

/** A reply that says no: it carries no data, whatever the command was. */
export function isRefusal(reply: Reply): boolean {
  return reply.sw3 !== sw3.done && reply.sw3 !== sw3.found && reply.data.length === 0;
}
