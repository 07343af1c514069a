import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliError } from '../../../main/cli/cli-error.ts';
import { idCardCommand } from '../../../main/cli/id-card.ts';
import { citizenCard, foreigner2023Card } from './samv/cards.ts';
import { frame, textBlock } from './samv/vectors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'id-card-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...parameters: string[]): Promise<string> {
  let output = '';
  const program = new Command('kioskctl').exitOverride().configureOutput({
    writeOut: (text) => {
      output += text;
    },
  });
  idCardCommand(program);
  await program.parseAsync(['id-card', 'decode', ...parameters], { from: 'user' });
  return output;
}

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const specimen = { layout: 'citizen', ...citizenCard({ name: '证件样本' }) };
const reply = frame('rsp-read-base-domestic');

describe('id-card decode --json', () => {
  test.each([
    ['a read reply', reply],
    ['a reply to a read with fingerprints', frame('rsp-read-base-fp1024-domestic')],
    ['a reply behind a few more AA', Buffer.concat([Buffer.from('AAAA', 'hex'), reply])],
    ['the data of a reply', reply.subarray(10, -1)],
    ['two lengths and the text', reply.subarray(10, 270)],
    ['the text alone', textBlock('domestic')],
  ])('shows the card in %s, from a file and from hex', async (name, content) => {
    expect(JSON.parse(await run(file(`${name}.bin`, content), '--json'))).toEqual(specimen);
    expect(JSON.parse(await run(content.toString('hex'), '--json'))).toEqual(specimen);
  });

  test('takes hex in any case, with spaces, line ends, or in many words', async () => {
    const pairs = textBlock('domestic').toString('hex').toUpperCase().match(/../g) ?? [];
    expect(JSON.parse(await run(pairs.join(' '), '--json'))).toEqual(specimen);
    expect(JSON.parse(await run(pairs.join('\n'), '--json'))).toEqual(specimen);
    expect(JSON.parse(await run('--json', ...pairs))).toEqual(specimen);
  });

  test('says when the number is not what its check digit makes it', async () => {
    const block = Buffer.from(textBlock('domestic'));
    block.write('3', 122 + 2 * 16, 'utf16le');
    expect(JSON.parse(await run(block.toString('hex'), '--json'))).toMatchObject({ idNumberValid: false });
  });
});

test('without --json a card is shown line by line, and steers no terminal', async () => {
  const block = Buffer.from(textBlock('foreign2023-Y'));
  expect(await run(block.toString('hex'))).toContain(`Latin name           ${foreigner2023Card().latinName}\n`);
  block.write('\u{1b}[2J', 0, 'utf16le');
  expect(await run(block.toString('hex'))).not.toContain('\u{1b}');
});

describe('id-card decode fails with one line', () => {
  const flipped = Buffer.from(reply);
  flipped[40]! ^= 1;
  const bad: [string, string, () => string][] = [
    ['a wrong check byte', 'protocol', () => flipped.toString('hex')],
    ['a frame cut short', 'protocol', () => reply.subarray(0, 900).toString('hex')],
    ['bytes behind the frame', 'protocol', () => `${reply.toString('hex')}00`],
    ['a frame of impossible length', 'protocol', () => 'AAAAAA9669FFFF00'],
    ['two frames', 'protocol', () => `${reply.toString('hex')}AAAAAA9669000400009094`],
    ['a reply that holds no card', 'protocol', () => 'AAAAAA9669000400008084'],
    ['a text block cut short', 'protocol', () => textBlock('domestic').subarray(0, 255).toString('hex')],
    ['an empty file', 'protocol', () => file('empty.bin', '')],
    ['zeros', 'invalid-media', () => '00'.repeat(256)],
    ['a text file', 'not-binary', () => file('notes.txt', 'hello\n'.repeat(50))],
    ['a text file of 256 letters', 'not-binary', () => file('letters.txt', 'a'.repeat(256))],
    ['bytes that are neither text nor a card', 'not-a-card', () => file('noise.bin', Buffer.alloc(256, 0xa5))],
    ['a huge file', 'too-large', () => file('huge.bin', new Uint8Array(5_000_000))],
    ['a folder', 'cannot-read', () => folder],
    ['a device without end', 'cannot-read', () => '/dev/zero'],
    ['a missing file', 'not-found', () => join(folder, 'missing.bin')],
    ['neither', 'not-found', () => 'xyz '.repeat(1_000)],
    ['an odd number of hex digits', 'odd-hex', () => 'AAAAAA9669000'],
  ];

  test.each(bad)('on %s', async (_, code, input) => {
    const error: unknown = await run(input()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringMatching(/^[^\n]{10,200}$/) });
  });
});
