import { isUtf8 } from 'node:buffer';
import type { Command } from 'commander';
import { DeviceError } from '../../drivers/core/index.ts';
import type { IdCard } from '../../drivers/id-card-reader/contract.ts';
import { extractText } from '../../drivers/id-card-reader/samv/capture.ts';
import { decodeText } from '../../drivers/id-card-reader/samv/text.ts';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';
import { readFileUpTo } from './read-file.ts';

/** The largest reply has 2,321 bytes; a capture has little beside it. */
const MAX_BYTES = 4_096;

/** `id-card decode FILE|HEX`: what a card says, from bytes that somebody recorded at a reader. */
export function idCardCommand(program: Command): void {
  program
    .command('id-card')
    .description('work with what ID card readers send')
    .command('decode')
    .description('show the fields of a card from a recorded reader reply, or from its 256 text bytes')
    .argument('<file-or-hex...>', 'a binary file, or the bytes in hex; spaces do not matter')
    .option('--json', 'one JSON object on standard output')
    .action(async (input: string[], options: { json?: boolean }, command: Command) => {
      const card = decode(await bytesOf(input.join(' ')));
      const output = options.json ? JSON.stringify({ layout: card.cardType, ...card }) : lines(card).join('\n');
      command.configureOutput().writeOut?.(`${output}\n`);
    });
}

function decode(bytes: Uint8Array): IdCard {
  try {
    return decodeText(extractText(bytes));
  } catch (error) {
    if (error instanceof DeviceError) throw new CliError(error.code, error.message, { cause: error });
    throw error;
  }
}

async function bytesOf(input: string): Promise<Uint8Array> {
  const found = await readFileUpTo(input, MAX_BYTES);
  switch (found.state) {
    case 'read':
      // UTF-16 digits have a zero byte each, and every card has a date.
      if (found.bytes.length > 0 && !found.bytes.includes(0)) {
        throw isUtf8(found.bytes)
          ? new CliError('not-binary', `${input} holds text, not the bytes of a reader`)
          : new CliError('not-a-card', `${input} has no zero byte, and the text of every card has many`);
      }
      return found.bytes;
    case 'unreadable':
      throw new CliError('cannot-read', `${shortened(input)} cannot be read: ${found.reason}`);
    case 'too-large':
      throw new CliError('too-large', `${input} has ${found.sizeBytes} bytes; a reply has 2,321 at the most`);
    case 'missing':
      return bytesOfHex(input);
  }
}

function bytesOfHex(input: string): Uint8Array {
  const digits = input.replace(/\s/g, '');
  if (!/^[\da-f]+$/i.test(digits)) {
    throw new CliError('not-found', `${shortened(input)} is neither a file nor bytes in hex`);
  }
  if (digits.length % 2 === 1) {
    throw new CliError('odd-hex', `${digits.length} hex digits: a byte has two, so one is missing or too many`);
  }
  return Buffer.from(digits, 'hex');
}

/** A mistyped kilobyte of hex would bury the sentence about it. */
function shortened(input: string): string {
  return input.length > 60 ? `${input.slice(0, 57)}…` : input;
}

const labels: readonly (readonly [string, (card: IdCard) => string | undefined])[] = [
  ['card type', (card) => card.cardType],
  ['name', (card) => card.name],
  ['Latin name', (card) => card.latinName],
  ['Chinese name', (card) => card.chineseName],
  ['sex', (card) => card.sex],
  ['ethnicity', (card) => card.ethnicity && `${card.ethnicity.code} ${card.ethnicity.name ?? '(unknown code)'}`],
  ['nationality', (card) => card.nationality],
  ['birth', (card) => card.birth],
  ['address', (card) => card.address],
  ['number', (card) => `${card.idNumber}${card.idNumberValid ? '' : ' (check digit does not fit)'}`],
  ['issuer', (card) => card.issuer],
  ['accepting authority', (card) => card.acceptingAuthority],
  ['valid', (card) => `${card.validFrom} to ${card.validTo}`],
  ['pass number', (card) => card.passNumber],
  ['times issued', (card) => card.issueCount],
  ['times renewed', (card) => card.renewalCount],
  ['card version', (card) => card.cardVersion],
  ['former number', (card) => card.formerNumberLink],
];

function lines(card: IdCard): string[] {
  return labels.flatMap(([label, value]) => {
    const text = value(card);
    return text === undefined ? [] : [`${label.padEnd(20)} ${printable(text)}`];
  });
}
