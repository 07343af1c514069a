import { MAX_REPLY_BYTES, type Reply } from './codec.ts';
import { type Command, hasText, statusIn, withoutStatus } from './command.ts';

/**
 * Newland's command protocol, HR52 manual page 35:
 *
 *   command: 7E 01 "0000" | '@' or '#' | TAG SUBTAG DATA | ';' 03      reply: 02 01 "0000" … with a status before the ';'
 *
 * '@' writes to the engine's flash, '#' lasts until it is switched off. DATA `*` asks for the current value.
 */
const COMMAND_PREFIX = '\x7e\x010000';
const REPLY_PREFIX = Buffer.from('\x02\x010000', 'latin1');
const ENDING = Buffer.from(';\x03', 'latin1');
/** Tag and subtag. */
const NAME_CHARACTERS = 6;

export type Storage = '@' | '#';

/** `setting`: tag, subtag and data, as in `SCNMOD0`. */
export function encodeNewland(storage: Storage, setting: string): Uint8Array {
  return Buffer.concat([Buffer.from(`${COMMAND_PREFIX}${storage}${setting}`, 'latin1'), ENDING]);
}

/** What the engine answers: `setting` with its value, and the status before the ending. */
export function encodeNewlandReply(storage: Storage, setting: string, status: number): Uint8Array {
  const text = Buffer.from(`${storage}${setting}`, 'latin1');
  return Buffer.concat([REPLY_PREFIX, text, Buffer.of(status), ENDING]);
}

/** The tag of the reply is storage, tag and subtag: `@SCNMOD`. */
export function readNewlandReply(bytes: Buffer, at: number): Reply | 'incomplete' | undefined {
  if (bytes[at] !== REPLY_PREFIX[0]) return undefined;
  const front = bytes.subarray(at, at + REPLY_PREFIX.length);
  if (!front.equals(REPLY_PREFIX.subarray(0, front.length))) return undefined;
  const window = bytes.subarray(at, at + MAX_REPLY_BYTES);
  const end = window.indexOf(ENDING, REPLY_PREFIX.length);
  if (end < 0) return window.length < MAX_REPLY_BYTES ? 'incomplete' : undefined;
  const text = window.subarray(REPLY_PREFIX.length, end).toString('latin1');
  const status = statusIn(text.slice(-1));
  if (!status || !/^[@#]/.test(text)) return undefined;
  const repeated = withoutStatus(text);
  return {
    tag: repeated.slice(0, 1 + NAME_CHARACTERS),
    data: Buffer.from(repeated.slice(1 + NAME_CHARACTERS), 'latin1'),
    status: statusIn(text) ?? status,
    sizeBytes: end + ENDING.length,
  };
}

/** A setting or an act until the engine is switched off: nothing is worn out by a command for every visitor. */
export function newlandSetting(setting: string): Command {
  const [name, data] = [setting.slice(0, NAME_CHARACTERS), setting.slice(NAME_CHARACTERS)];
  return {
    name: setting,
    request: encodeNewland('#', setting),
    answeredBy: (reply) => reply.tag === `#${name}` && hasText(reply.data, data),
  };
}

/** A question changes nothing, whatever storage it names; with '@' its answer is none to a setting. */
export function newlandQuestion(name: string, suffix: '*' | '' = '*'): Command {
  return {
    name: `${name}${suffix}`,
    request: encodeNewland('@', `${name}${suffix}`),
    answeredBy: (reply) => reply.tag === `@${name}`,
  };
}

/** UNCONFIRMED: one public driver notes it as a sign of life, sent alone. */
export const NEWLAND_HEARTBEAT = 0x21;
