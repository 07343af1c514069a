import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { dpapiSealer } from '../../../main/storage/dpapi-sealer.ts';
import { complaintOf, type ProgramAnswer, runProgram } from '../../../main/storage/key-sealer.ts';
import { systemdSealer } from '../../../main/storage/systemd-sealer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const key = Buffer.from('a key of thirty-two bytes length');
const nothing = Buffer.alloc(0);
const failed: ProgramAnswer = { status: 1, stdout: Buffer.from('c2VhbGVk'), stderr: 'of another machine\n' };

/** A program that was found, what it was called with, and what it answers. */
function program(answer: ProgramAnswer) {
  const calls: unknown[] = [];
  const run = (name: string, parameters: readonly string[], input: Uint8Array): ProgramAnswer => {
    calls.push([name, parameters, Buffer.from(input).toString()]);
    return answer;
  };
  return { calls, run };
}

const refusal = (code: string, ...words: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(words.join('.*')) });

const systemd = (run: ReturnType<typeof program>['run'], credentialsDirectory?: string) =>
  systemdSealer({ credential: 'our-key', withKey: 'tpm2', credentialsDirectory, run });
const windows = (run: ReturnType<typeof program>['run']) => dpapiSealer({ systemRoot: 'C:\\Windows', run });

test('systemd-creds is asked by name to encrypt and to decrypt, from standard input to standard output', () => {
  const { calls, run } = program({ status: 0, stdout: Buffer.from('sealed'), stderr: '' });
  const sealer = systemd(run, temporaryFolder());
  expect(sealer.kind).toBe('systemd');
  expect(Buffer.from(sealer.seal(key)).toString()).toBe('sealed');
  expect(Buffer.from(sealer.unseal(Buffer.from('sealed'))).toString()).toBe('sealed');
  expect(calls).toEqual([
    ['systemd-creds', ['encrypt', '--name=our-key', '--with-key=tpm2', '-', '-'], key.toString()],
    ['systemd-creds', ['decrypt', '--name=our-key', '-', '-'], 'sealed'],
  ]);
});

test.each([
  ['that failed, whatever it wrote', failed],
  ['that wrote nothing', { status: 0, stdout: nothing, stderr: 'no TPM\n' }],
])('systemd-creds %s has sealed nothing, and it is said what to do', (_, answer) => {
  expect(() => systemd(program(answer).run).seal(key)).toThrow(
    refusal('key-sealer-unavailable', 'systemd-creds does not seal', answer.stderr.trim(), 'make the key as root'),
  );
});

test('a credential that systemd neither gives nor opens is named', () => {
  const { run } = program(failed);
  const words = ['no credential our-key is given by systemd', 'does not open it', 'of another machine'];
  for (const given of [undefined, temporaryFolder()]) {
    expect(() => systemd(run, given).unseal(key)).toThrow(refusal('key-sealer-unavailable', ...words));
  }
});

test('a credential that systemd gives is read, and no program is run', () => {
  const given = temporaryFolder();
  writeFileSync(join(given, 'our-key'), key);
  const { calls, run } = program(failed);
  expect(Buffer.from(systemd(run, given).unseal(Buffer.from('sealed'))).equals(key)).toBe(true);
  expect(calls).toEqual([]);
});

test('Windows is asked by the full name of its own program, without a profile or a question', () => {
  const { calls, run } = program({ status: 0, stdout: Buffer.from('c2VhbGVk\r\n'), stderr: '' });
  const sealer = windows(run);
  expect(sealer.kind).toBe('dpapi');
  expect(Buffer.from(sealer.seal(key)).toString()).toBe('sealed');
  expect(Buffer.from(sealer.unseal(Buffer.from('sealed'))).toString()).toBe('sealed');
  const path = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
  const asked = ['-NoProfile', '-NonInteractive', '-EncodedCommand', expect.any(String)];
  expect(calls).toEqual([
    [path, asked, key.toString('base64')],
    [path, asked, Buffer.from('sealed').toString('base64')],
  ]);
  const scripts = calls.map((call) => Buffer.from((call as [string, string[]])[1][3]!, 'base64').toString('utf16le'));
  expect(scripts.map((script) => /::(\w+)\(\$given, \$null, 'CurrentUser'\)/.exec(script)?.[1])).toEqual([
    'Protect',
    'Unprotect',
  ]);
});

test.each([
  ['that failed, whatever it wrote', failed],
  ['that wrote no base64', { status: 0, stdout: Buffer.from('what? no!'), stderr: 'no profile\n' }],
])('PowerShell %s has neither sealed nor opened', (_, answer) => {
  const { run } = program(answer);
  const why = answer.stderr.trim();
  expect(() => windows(run).seal(key)).toThrow(refusal('key-sealer-unavailable', 'does not seal the key', why));
  const words = ['does not open the key: of another account or machine, or damaged', why];
  expect(() => windows(run).unseal(key)).toThrow(refusal('key-damaged', ...words));
});

/** A program that copies its input, complains, and ends with 3. */
const COPIES = 'process.stdin.pipe(process.stdout); console.error("no\\nnot of this machine"); process.exitCode = 3;';

test('a program of the system gets its input, and all that it says and how it ends is known', () => {
  const { status, stdout, stderr } = runProgram(process.execPath, ['-e', COPIES], key);
  expect([status, Buffer.from(stdout).equals(key), stderr]).toEqual([3, true, 'no\nnot of this machine\n']);
});

test.each([
  [3, 'no\n  not of this machine \n\n', 'exit code 3: not of this machine'],
  [1, '', 'exit code 1'],
  [null, ' \n', 'exit code none'],
  [1, 'x'.repeat(201), `exit code 1: ${'x'.repeat(200)}`],
])('of a program that ended with %s its last words are told, in one short line', (status, stderr, told) => {
  expect(complaintOf({ status, stdout: nothing, stderr })).toBe(told);
});
