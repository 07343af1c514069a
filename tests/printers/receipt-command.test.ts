import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliError } from '../../main/cli/cli-error.ts';
import { receiptCommand } from '../../main/cli/receipt.ts';
import type { Receipt } from '../../printers/document/document.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { acceptanceSlip, slip } from './receipts.ts';

let folder: string;
let output: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'receipt-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function run(...words: string[]): Promise<string> {
  output = '';
  const program = new Command().exitOverride().configureOutput({
    writeOut: (text) => {
      output += text;
    },
    writeErr: () => undefined,
  });
  receiptCommand(program);
  await program.parseAsync(['receipt', ...words], { from: 'user' });
  return output;
}

async function render(bytes: Uint8Array | undefined, ...options: string[]): Promise<string> {
  const file = join(folder, 'job.bin');
  if (bytes) await writeFile(file, bytes);
  return await run('render', file, '--out', join(folder, 'job.png'), ...options);
}

const sample = (out: string, ...options: string[]): Promise<string> =>
  run('sample', '--profile', 'generic-58', '--out', join(folder, out), ...options);

async function failure(running: Promise<string>): Promise<CliError> {
  const error = await running.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError)) throw new Error('did not fail with a CliError', { cause: error });
  expect(error.message).not.toContain('\n');
  return error;
}

const jobOf = (receipt: Receipt): Buffer =>
  Buffer.concat(chunks(receiptCommands(receipt, loadProfile('generic-80')), 480));
const job = jobOf(acceptanceSlip());
/** Where it is asked what is said of a job, and not what is drawn: a long picture takes a fifth of a second. */
const short = jobOf(slip('A001'));

describe('kioskctl receipt render', () => {
  test('draws the paper and says what is on it', async () => {
    expect(await render(job)).toMatch(
      /1 receipt, \d+ mm of paper\nprinter: .*\nlines of text: \d+, images: 1, QR codes: 1, barcodes: 0\n$/,
    );
    expect((await readFile(join(folder, 'job.png'))).subarray(1, 4).toString()).toBe('PNG');
  });

  test('with --json prints one object', async () => {
    const report: unknown = JSON.parse(await render(job, '--json'));
    expect(report).toMatchObject({
      profile: { id: 'generic-80', assumed: true },
      receipts: 1,
      drawn: { qrCodes: 1, cuts: 1 },
      unknown: [],
      truncated: false,
    });
    expect(JSON.stringify(report)).toContain('办件受理凭证');
  });

  test('names what it could not draw', async () => {
    expect(await render(Buffer.concat([Buffer.from('1b7a', 'hex'), short]))).toContain(
      'not drawn: unknown command (1b7a) at byte 0',
    );
  });

  test('with --json lists what it could not draw: why, its bytes, and where in the file', async () => {
    const report: unknown = JSON.parse(await render(Buffer.concat([short, Buffer.from('1b7a', 'hex')]), '--json'));
    expect(report).toMatchObject({
      unknown: [{ reason: 'unknown command', hex: '1b7a', offset: short.length }],
      receipts: 2,
    });
  });

  test.each([
    ['no file', undefined, 'cannot-read'],
    ['an empty file', new Uint8Array(), 'empty'],
    ['a file of more than 4 MB', new Uint8Array(4 * 1024 * 1024 + 1), 'too-large'],
    ['a file that prints nothing', Uint8Array.of(0x1b, 0x40), 'nothing-printed'],
  ])('%s is one clear line', async (_, bytes, code) => {
    expect(await failure(render(bytes))).toMatchObject({ code, exitCode: 2 });
  });

  test('says for which printer it has drawn, and whether that was only assumed', async () => {
    expect(await render(short)).toContain(
      'printer: generic-80 (assumed; --profile names another), 48 columns, 576 dots at 203 dpi\n',
    );
    expect(await render(short, '--profile', 'generic-80')).toContain('printer: generic-80, 48 columns');
  });

  test('an unknown printer is answered with the known ones', async () => {
    const error = await failure(render(short, '--profile', 'matrix-9'));
    const known = profileIds().join(', ');
    expect([error.code, error.message]).toEqual(['no-such-profile', expect.stringContaining(known)]);
  });

  test('a picture that cannot be written is one clear line', async () => {
    const nowhere = join(folder, 'missing', 'job.png');
    expect(await failure(render(short, '--out', nowhere))).toMatchObject({ code: 'cannot-write' });
  });
});

describe('kioskctl receipt sample', () => {
  test('draws a receipt with everything on it', async () => {
    expect(await sample('sample.png')).toMatch(
      /sample\.png: 1 receipt, \d+ mm of paper\nprinter: generic-58, 32 columns, 384 dots at 203 dpi\nlines of text: \d+, images: \d+, QR codes: 0, barcodes: 1\n$/,
    );
    expect((await readFile(join(folder, 'sample.png'))).subarray(1, 4).toString()).toBe('PNG');
  });

  test('writes what the printer is sent, which is drawn as the same receipt', async () => {
    const told = JSON.parse(await sample('sample.bin', '--json')) as { sizeBytes: number; text: string[] };
    const bytes = await readFile(join(folder, 'sample.bin'));
    expect([bytes.length, bytes.subarray(0, 2).toString('hex')]).toEqual([told.sizeBytes, '1b40']);
    const drawn = JSON.parse(await render(bytes, '--profile', 'generic-58', '--json')) as { text: string[] };
    expect(drawn.text).toEqual(told.text);
  });

  test.each(profileIds())('has a ruler of one line for %s, and nothing that its printer does not know', async (id) => {
    const report = JSON.parse(await run('sample', '--profile', id, '--out', join(folder, 'a.bin'), '--json')) as {
      profile: { columns: number };
      text: string[];
      unknown: unknown[];
    };
    const ruler = '1234567890'.repeat(10).slice(0, report.profile.columns);
    expect([report.text.filter((line) => line === ruler).length, report.unknown]).toEqual([1, []]);
  });

  test('wants to know which printer, and a picture or bytes', async () => {
    await expect(run('sample', '--out', join(folder, 'a.png'))).rejects.toThrow(/--profile/);
    expect(await failure(sample('a.pdf'))).toMatchObject({ code: 'usage', exitCode: 2 });
    expect(await failure(sample('a.png', '--profile', 'matrix-9'))).toMatchObject({ code: 'no-such-profile' });
  });
});
