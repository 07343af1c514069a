import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliError } from '../../main/cli/cli-error.ts';
import { receiptCommand } from '../../main/cli/receipt.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { acceptanceSlip } from './receipts.ts';

let folder: string;
let output: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receipt-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function render(bytes: Uint8Array | undefined, ...options: string[]): Promise<string> {
  const file = join(folder, 'job.bin');
  if (bytes) await writeFile(file, bytes);
  output = '';
  const program = new Command().exitOverride().configureOutput({
    writeOut: (text) => {
      output += text;
    },
  });
  receiptCommand(program);
  await program.parseAsync(['receipt', 'render', file, '--out', join(folder, 'job.png'), ...options], { from: 'user' });
  return output;
}

async function failure(bytes: Uint8Array | undefined, ...options: string[]): Promise<CliError> {
  const error = await render(bytes, ...options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) throw new Error('did not fail with a CliError', { cause: error });
  expect(error.message).not.toContain('\n');
  return error;
}

const job = Buffer.concat(chunks(receiptCommands(acceptanceSlip(), loadProfile('generic-80')), 480));

describe('kioskctl receipt render', () => {
  test('draws the paper and says what is on it', async () => {
    expect(await render(job)).toMatch(
      /1 receipt, \d+ mm of paper\nlines of text: \d+, images: 1, QR codes: 1, barcodes: 0\n$/,
    );
    expect((await readFile(join(folder, 'job.png'))).subarray(1, 4).toString()).toBe('PNG');
  });

  test('with --json prints one object', async () => {
    const report: unknown = JSON.parse(await render(job, '--json'));
    expect(report).toMatchObject({ receipts: 1, drawn: { qrCodes: 1, cuts: 1 }, unknown: [], truncated: false });
    expect(JSON.stringify(report)).toContain('办件受理凭证');
  });

  test('names what it could not draw', async () => {
    expect(await render(Buffer.concat([Buffer.from('1b7a', 'hex'), job]))).toContain(
      'not drawn: unknown command (1b7a) at byte 0',
    );
  });

  test('with --json lists what it could not draw: why, its bytes, and where in the file', async () => {
    const report: unknown = JSON.parse(await render(Buffer.concat([job, Buffer.from('1b7a', 'hex')]), '--json'));
    expect(report).toMatchObject({
      unknown: [{ reason: 'unknown command', hex: '1b7a', offset: job.length }],
      receipts: 2,
    });
  });

  test.each([
    ['no file', undefined, 'cannot-read'],
    ['an empty file', new Uint8Array(), 'empty'],
    ['a file of more than 4 MB', new Uint8Array(4 * 1024 * 1024 + 1), 'too-large'],
    ['a file that prints nothing', Uint8Array.of(0x1b, 0x40), 'nothing-printed'],
  ])('%s is one clear line', async (_, bytes, code) => {
    expect(await failure(bytes)).toMatchObject({ code, exitCode: 2 });
  });

  test('an unknown printer is answered with the known ones', async () => {
    const error = await failure(job, '--profile', 'matrix-9');
    expect([error.code, error.message]).toEqual(['no-such-profile', expect.stringContaining('generic-58, generic-80')]);
  });

  test('a picture that cannot be written is one clear line', async () => {
    expect(await failure(job, '--out', join(folder, 'missing', 'job.png'))).toMatchObject({ code: 'cannot-write' });
  });
});
