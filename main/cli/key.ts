import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import { StorageError } from '../storage/errors.ts';
import { type StorageSettings, storageSettings } from '../storage/settings.ts';
import { rewrapStoreKey, storeKey, storeKeyFile } from '../storage/store-key.ts';
import { CliError } from './cli-error.ts';
import { configurationFile, configurationOf, terminalHelp, terminalOption } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

/** `key create` and `key rewrap`: what keeps the store's key, before the first start and when it is to be kept otherwise. */
export function keyCommand(program: Command): void {
  const key = program.command('key').description('the key that the store is sealed with; it is never shown');
  key
    .command('create')
    .description('make and seal the key as the configuration says, before the terminal starts for the first time')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(({ json, terminal }: Options) => {
      const { dataDir, settings } = placeOf(terminal);
      const { path } = storeKeyFile(dataDir, [], settings);
      if (existsSync(path)) throw new CliError('conflict', `${path} is there already`);
      told(() => storeKey(dataDir, join(dataDir, 'jiujin.db'), settings));
      print(json ? JSON.stringify({ sealer: settings.kind, file: path }) : `${path}: sealed by ${settings.kind}`);
    });
  key
    .command('rewrap')
    .description('seal the same key as the configuration now says; the old form stays until you delete it')
    .requiredOption(
      '--from <sealer>',
      'what has kept it: file, systemd, dpapi, sm2:file, sm2:systemd, sm2:dpapi',
      sealer,
    )
    .option('--credential <name>', 'of a systemd credential that it was kept in', 'jiujin-store-key')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(({ json, terminal, from, credential }: Options & { from: Sealer; credential: string }) => {
      const { dataDir, settings } = placeOf(terminal);
      const { oldPaths, newPath } = told(() =>
        rewrapStoreKey(dataDir, { from: settingsOf(from, credential), to: settings }),
      );
      const next = `see the terminal start, then delete ${oldPaths.join(' and ')}`;
      print(
        json ? JSON.stringify({ sealer: settings.kind, file: newPath, old: oldPaths }) : `${newPath} is made: ${next}`,
      );
    });
}

type Sealer = readonly [outer: string, inner: string | undefined];

function sealer(given: string): Sealer {
  const [outer = '', inner] = given.split(':');
  if (settingsOrNone([outer, inner], 'name')) return [outer, inner];
  throw new InvalidArgumentError('It is file, systemd, dpapi, sm2:file, sm2:systemd or sm2:dpapi.');
}

function settingsOf(from: Sealer, credential: string): StorageSettings['key'] {
  const settings = settingsOrNone(from, credential);
  if (settings) return settings;
  throw new CliError('usage', `${credential} is no name of a credential`);
}

function settingsOrNone([outer, inner]: Sealer, credential: string): StorageSettings['key'] | undefined {
  const kindOf = (kind: string): unknown => (kind === 'systemd' ? { kind, credential } : { kind });
  const key = inner === undefined ? kindOf(outer) : { kind: outer, privateKey: kindOf(inner) };
  return storageSettings.safeParse({ key }).data?.key;
}

function placeOf(terminal: string | undefined): {
  readonly dataDir: string;
  readonly settings: StorageSettings['key'];
} {
  const { dataDir, storage = storageSettings.parse({}) } = configurationOf(configurationFile(terminal));
  return { dataDir, settings: storage.key };
}

/** `work`, whose failures the person at the keyboard can mend. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StorageError) throw new CliError(error.code, error.message, { cause: error });
    throw error;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
