import { existsSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, readConfiguration } from '../config/config.ts';
import type { Language } from '../contracts/common.ts';
import { socketPath } from '../control/socket-path.ts';
import { connect, type EventListener, RemoteError, type RpcClient, type RpcContract } from '../processes/rpc.ts';
import { streamWire } from '../processes/stream-wire.ts';
import { CliError } from './cli-error.ts';

/** As a provisioned machine has it, and as `npm start` leaves it. */
const usual = ['/etc/jiujin/terminal.json', fileURLToPath(new URL('../../.data/dev/terminal.json', import.meta.url))];
export const terminalOption = '--terminal <file>';
export const terminalHelp =
  'the terminal’s configuration ($JIUJIN_TERMINAL, /etc/jiujin/terminal.json, or that of npm start)';

/** The configuration of the terminal that is meant. Fails where there is none. */
export function configurationFile(named: string | undefined): string {
  const meant = named ?? process.env['JIUJIN_TERMINAL'];
  const file = meant ?? usual.find((path) => existsSync(path));
  if (file !== undefined && existsSync(file)) return file;
  const where = meant === undefined ? `neither ${usual.join(' nor ')} is there` : `${meant}: no such file`;
  throw new CliError('no-terminal', `no terminal is set up here: ${where}; name one with --terminal`);
}

/** Speaks to the running terminal of this configuration. Fails with a CliError that says what is the matter. */
export async function withTerminal<C extends RpcContract, T>(
  contract: C,
  named: string | undefined,
  onEvent: EventListener<C>,
  work: (terminal: RpcClient<C>, gone: AbortSignal) => Promise<T>,
): Promise<T> {
  const file = configurationFile(named);
  const { dataDir } = configurationOf(file);
  return await onSocket(contract, socketPath(dataDir, 'control'), `the terminal of ${file}`, onEvent, work);
}

/** The same for the program that runs simulated devices beside it. */
export async function withSimulators<C extends RpcContract, T>(
  contract: C,
  named: string | undefined,
  work: (simulators: RpcClient<C>) => Promise<T>,
): Promise<T> {
  const file = configurationFile(named);
  const path = socketPath(dirname(file), 'simulators');
  return await onSocket(contract, path, `whatever simulates devices beside ${file}`, () => undefined, work);
}

/** Chinese where the person's terminal speaks it. */
export function languageOfPerson(): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return (LC_ALL || LC_MESSAGES || LANG || '').startsWith('zh') ? 'zh-CN' : 'en';
}

/** What stands in it. Fails with a CliError that quotes nothing of it. */
export function configurationOf(file: string): ReturnType<typeof readConfiguration> {
  try {
    return readConfiguration(file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CliError(error.code, error.message, { cause: error });
    throw error;
  }
}

async function onSocket<C extends RpcContract, T>(
  contract: C,
  path: string,
  who: string,
  onEvent: EventListener<C>,
  work: (client: RpcClient<C>, gone: AbortSignal) => Promise<T>,
): Promise<T> {
  const socket = connectTo(path);
  const gone = new AbortController();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new CliError('not-running', `${who} does not answer (${code}): is it running, and under this user?`)),
    );
  });
  const client = connect(contract, streamWire(socket), onEvent, () => undefined);
  const lost = new RemoteError('terminal-gone', `${who} has ended, or has closed the connection`);
  socket.on('error', () => socket.destroy());
  socket.once('close', () => {
    gone.abort(lost);
    client.dispose(lost);
  });
  try {
    return await work(client, gone.signal);
  } catch (error) {
    if (error instanceof RemoteError) throw new CliError(error.code, error.message, { cause: error });
    throw error;
  } finally {
    socket.destroy();
  }
}
