import type { Reply } from './codec.ts';
import { type Command, hasText, statusIn, withoutStatus } from './command.ts';

/**
 * Honeywell's serial commands, N3680 guide page 144:
 *
 *   trigger: SYN 'T' CR, SYN 'U' CR, no answer      menu: SYN 'M' CR | TAG SUBTAG DATA | '!' or '.'
 *
 * '!' lasts until the engine is switched off, '.' is written to its flash. DATA `?` asks for the current value. The answer
 * repeats the command, without the prefix, with a status before the ending.
 */
const MENU = '\x16M\r';
const NAME_CHARACTERS = 6;
/** Of one setting; longer answers are never asked for. */
const MAX_ANSWER_CHARACTERS = 128;

export type Ending = '!' | '.';

export function encodeHoneywell(setting: string, ending: Ending): Uint8Array {
  return Buffer.from(`${MENU}${setting}${ending}`, 'latin1');
}

export function encodeHoneywellReply(setting: string, status: number, ending: Ending): Uint8Array {
  return Buffer.from(`${setting}${String.fromCharCode(status)}${ending}`, 'latin1');
}

/** The tag of the reply is tag, subtag and ending: `CBRENA.`. */
export function readHoneywellReply(bytes: Buffer, at: number): Reply | 'incomplete' | undefined {
  const limit = Math.min(bytes.length, at + MAX_ANSWER_CHARACTERS);
  for (let end = at; end < limit; end += 1) {
    const character = String.fromCharCode(bytes[end]!);
    if (end - at < NAME_CHARACTERS && !/[A-Z0-9]/.test(character)) return undefined;
    if (/[.!]/.test(character) && statusIn(String.fromCharCode(bytes[end - 1]!))) {
      return parsed(bytes.subarray(at, end + 1).toString('latin1'));
    }
    if (!/[ -~]/.test(character) && !statusIn(character)) return undefined;
  }
  return limit === bytes.length && limit - at < MAX_ANSWER_CHARACTERS ? 'incomplete' : undefined;
}

function parsed(answer: string): Reply {
  const repeated = withoutStatus(answer.slice(0, -1));
  return {
    tag: repeated.slice(0, NAME_CHARACTERS) + answer.slice(-1),
    data: Buffer.from(repeated.slice(NAME_CHARACTERS), 'latin1'),
    status: statusIn(answer) ?? 'done',
    sizeBytes: answer.length,
  };
}

export function honeywellSetting(setting: string): Command {
  const [name, data] = [setting.slice(0, NAME_CHARACTERS), setting.slice(NAME_CHARACTERS)];
  return {
    name: setting,
    request: encodeHoneywell(setting, '!'),
    answeredBy: (reply) => reply.tag === `${name}!` && hasText(reply.data, data),
  };
}

/** With '.' its answer is none to a setting. */
export function honeywellQuestion(name: string): Command {
  return {
    name: `${name}?`,
    request: encodeHoneywell(`${name}?`, '.'),
    answeredBy: (reply) => reply.tag === `${name}.`,
  };
}

export const triggerOn: Command = { name: 'trigger on', request: Buffer.from('\x16T\r'), answeredBy: undefined };
export const triggerOff: Command = { name: 'trigger off', request: Buffer.from('\x16U\r'), answeredBy: undefined };
