import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { keyBytes } from './cipher.ts';
import { dpapiSealer } from './dpapi-sealer.ts';
import { StorageError, storing } from './errors.ts';
import { type KeyFile, putKey, sealedKey } from './key-file.ts';
import { fileSealer, type KeySealer, type RunProgram, runProgram, type SealerKind } from './key-sealer.ts';
import { sealedFilesOf } from './places.ts';
import type { MachineSealerSettings, StorageSettings } from './settings.ts';
import { isSm2PrivateKey, sm2Sealer } from './sm2-sealer.ts';
import { systemdSealer } from './systemd-sealer.ts';

/** What of the machine keys are sealed with. */
export interface KeyPorts {
  readonly run: RunProgram;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const KEY = 'store.key';
/** The private key that the store's is wrapped with. */
const SM2_KEY = 'sm2.key';

export const machine: KeyPorts = { run: runProgram, environment: process.env };

/** The key of the store of a terminal that keeps its data in `dataDir`. Throws a StorageError. */
export function storeKey(
  dataDir: string,
  databaseFile: string,
  settings: StorageSettings['key'],
  ports = machine,
): Uint8Array {
  return sealedKey(storeKeyFile(dataDir, sealedFilesOf(databaseFile), settings, ports));
}

/** Where that key lies and what seals it. Each sealer has a file name of its own, so that a change of sealer takes nothing for another's. */
export function storeKeyFile(
  dataDir: string,
  sealedFiles: readonly string[],
  settings: StorageSettings['key'],
  ports = machine,
): KeyFile {
  const path = pathOf(dataDir, KEY, settings.kind);
  if (settings.kind !== 'sm2') return { path, sealedFiles, sealer: sealerOf(settings, ports) };
  const { privateKey } = settings;
  const privateKeyFile: KeyFile = {
    path: pathOf(dataDir, SM2_KEY, privateKey.kind),
    sealedFiles,
    sealer: sealerOf(privateKey, ports),
    make: newSm2Key,
  };
  return { path, sealedFiles, sealer: sm2Sealer(() => sealedKey(privateKeyFile)) };
}

/**
 * Seals the key, which `from` opens, in another way, beside the old form: it is for the caller to delete that one. Throws a
 * StorageError: `conflict` where the new form is there already, `key-missing` where the old one is not.
 */
export function rewrapStoreKey(
  dataDir: string,
  { from, to }: { readonly from: StorageSettings['key']; readonly to: StorageSettings['key'] },
  ports = machine,
): { readonly oldPaths: readonly string[]; readonly newPath: string } {
  // In the place of a database: beside a wrapped key no new SM2 key is made.
  const old = storeKeyFile(dataDir, [pathOf(dataDir, KEY, from.kind)], from, ports);
  const next = storeKeyFile(dataDir, [], to, ports);
  return storing(() => {
    if (!existsSync(old.path)) throw new StorageError('key-missing', `${old.path} is not there`);
    if (existsSync(next.path)) throw new StorageError('conflict', `${next.path} is there already`);
    putKey(next.path, sealedKey(old), next.sealer);
    const wrapping = from.kind === 'sm2' ? [pathOf(dataDir, SM2_KEY, from.privateKey.kind)] : [];
    return { oldPaths: [old.path, ...wrapping], newPath: next.path };
  });
}

function pathOf(dataDir: string, name: string, kind: SealerKind): string {
  return join(dataDir, kind === 'file' ? name : `${name}.${kind}`);
}

function sealerOf(settings: MachineSealerSettings, { run, environment }: KeyPorts): KeySealer {
  switch (settings.kind) {
    case 'file':
      return fileSealer;
    case 'systemd': {
      const { credential, withKey } = settings;
      return systemdSealer({ credential, withKey, credentialsDirectory: environment['CREDENTIALS_DIRECTORY'], run });
    }
    case 'dpapi':
      return dpapiSealer({ systemRoot: environment['SystemRoot'] ?? 'C:\\Windows', run });
  }
}

function newSm2Key(): Uint8Array {
  for (;;) {
    const key = randomBytes(keyBytes);
    if (isSm2PrivateKey(key)) return key;
  }
}
