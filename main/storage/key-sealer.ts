import { spawnSync } from 'node:child_process';
import { StorageError } from './errors.ts';

export const sealerKinds = ['file', 'systemd', 'dpapi', 'sm2'] as const;
export type SealerKind = (typeof sealerKinds)[number];

/**
 * Keeps 32 bytes so that only this machine gets them back. Both throw a StorageError: `key-sealer-unavailable` where nobody can
 * be asked, `key-damaged` where the sealed form is not one that opens here.
 */
export interface KeySealer {
  readonly kind: SealerKind;
  seal(key: Uint8Array): Uint8Array;
  unseal(sealed: Uint8Array): Uint8Array;
}

/** No sealing at all: whoever can read the file has the key. For development, and for machines that have nothing else. */
export const fileSealer: KeySealer = { kind: 'file', seal: (key) => key, unseal: (sealed) => sealed };

export interface ProgramAnswer {
  /** Exit code; `null` where a signal ended it. */
  readonly status: number | null;
  readonly stdout: Uint8Array;
  /** For the technician; never the key. */
  readonly stderr: string;
}

/** Runs a program of the system with `input` on its standard input. Throws StorageError `key-sealer-unavailable` where it does not run. */
export type RunProgram = (program: string, parameters: readonly string[], input: Uint8Array) => ProgramAnswer;

/** A TPM takes a second or two, PowerShell on a slow disk some five; the shell takes a core for dead after ten. */
const PATIENCE_MS = 8_000;
const OUTPUT_MAX = 64 * 1024;

/** The real one. What it is given and answers passes through pipes: other users see parameters, never those. */
export const runProgram: RunProgram = (program, parameters, input) => {
  const options = { input, timeout: PATIENCE_MS, maxBuffer: OUTPUT_MAX, windowsHide: true };
  const { status, stdout, stderr, error } = spawnSync(program, parameters, options);
  if (error) {
    const code = 'code' in error ? String(error.code) : 'failed';
    throw new StorageError('key-sealer-unavailable', `${program} does not run: ${code}`);
  }
  return { status, stdout, stderr: stderr.toString() };
};

const STDERR_TOLD = 200;

/** What a program that refused said of it, in one short line. */
export function complaintOf({ status, stderr }: ProgramAnswer): string {
  const line = stderr.trim().split('\n').at(-1)?.trim().slice(0, STDERR_TOLD) ?? '';
  return `exit code ${status ?? 'none'}${line && `: ${line}`}`;
}
