import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { expect, test } from 'vitest';
import { dpapiSealer } from '../../../main/storage/dpapi-sealer.ts';
import { type KeySealer, runProgram } from '../../../main/storage/key-sealer.ts';
import { systemdSealer } from '../../../main/storage/systemd-sealer.ts';

/** Sealed under no key of the machine, so that a test leaves none on it: systemd's own form all the same. Its name in 252 and in 256. */
const noKeys = ['tpm2-absent', 'null'] as const;
const systemd = (withKey: string, credential = 'jiujin-test'): KeySealer =>
  systemdSealer({ credential, withKey, credentialsDirectory: undefined, run: runProgram });

/** The first form that this machine's systemd-creds opens again, or why there is none. */
function realSystemd(): { withKey: string } | { missing: string } {
  let missing = 'systemd-creds is not tried on this system';
  if (process.platform !== 'linux') return { missing };
  for (const withKey of noKeys) {
    try {
      const sealer = systemd(withKey);
      sealer.unseal(sealer.seal(Buffer.alloc(32, 1)));
      return { withKey };
    } catch (error) {
      missing = (error as Error).message;
    }
  }
  return { missing };
}

const found = realSystemd();
if ('missing' in found) console.info(`not tried against the real systemd-creds, only a stand-in: ${found.missing}`);
if (process.platform !== 'win32') console.info('not tried against the real DPAPI, only a stand-in: this is no Windows');

test.skipIf('missing' in found)('the real systemd-creds seals a key, and opens it under its own name alone', () => {
  const { withKey = '' } = found as { withKey?: string };
  const key = randomBytes(32);
  const sealed = systemd(withKey).seal(key);
  expect(Buffer.from(sealed).includes(key)).toBe(false);
  expect(Buffer.from(systemd(withKey).unseal(sealed))).toEqual(key);
  const unavailable = expect.objectContaining({ code: 'key-sealer-unavailable' });
  expect(() => systemd(withKey, 'another').unseal(sealed)).toThrow(unavailable);
  expect(() => systemd(withKey).unseal(sealed.subarray(0, 40))).toThrow(unavailable);
  expect(() => systemd('no-such-key').seal(key)).toThrow(unavailable);
});

test.skipIf(process.platform !== 'win32')('Windows seals a key for this account, and opens it', () => {
  const sealer = dpapiSealer({ systemRoot: process.env['SystemRoot'] ?? 'C:\\Windows', run: runProgram });
  const key = randomBytes(32);
  const sealed = sealer.seal(key);
  expect(Buffer.from(sealed).includes(key)).toBe(false);
  expect(Buffer.from(sealer.unseal(sealed))).toEqual(key);
  const damaged = expect.objectContaining({ code: 'key-damaged' });
  expect(() => sealer.unseal(sealed.subarray(0, 40))).toThrow(damaged);
});
