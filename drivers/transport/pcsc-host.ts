import { type CardConnection, type CardService, DeviceError } from '../core/index.ts';
import { libraryTerminals } from './pcsc-library.ts';
import type { Asked, Failure, FromHost } from './pcsc-messages.ts';

/** A program that speaks to PC/SC for another, which started it and ends it. */
const terminals = libraryTerminals();
const never = new AbortController().signal;
const connections = new Map<number, CardConnection>();
let service: CardService | undefined;
let lastConnection = 0;

process.on('message', (asked: Asked) => {
  const { id } = asked;
  answer(asked).then(
    (value) => send({ id, value }),
    (error: unknown) => send({ id, failure: failureOf(error) }),
  );
});
process.once('disconnect', () => process.exit());

async function answer(asked: Asked): Promise<unknown> {
  if (asked.ask === 'open') return await open();
  if (!service) throw new DeviceError('not-connected', `${terminals.name} is not open`);
  if (asked.ask === 'list') return await service.list(never);
  if (asked.ask === 'connect') {
    const connection = await service.connect(asked.terminal, never);
    lastConnection += 1;
    connections.set(lastConnection, connection);
    return lastConnection;
  }
  const connection = connections.get(asked.connection);
  if (!connection) throw new DeviceError('not-connected', `${terminals.name}: the card was let go`);
  if (asked.ask === 'transmit') return await connection.transmit(asked.command, never);
  connections.delete(asked.connection);
  return await connection.disconnect();
}

async function open(): Promise<void> {
  const opened = await terminals.open(never);
  service = opened;
  opened.onChange((changed) => send({ event: 'change', terminals: changed }));
  const lose = (): void => send({ event: 'lost', failure: failureOf(opened.lost.reason) });
  if (opened.lost.aborted) lose();
  else opened.lost.addEventListener('abort', lose, { once: true });
}

function failureOf(error: unknown): Failure {
  const { code, message } = DeviceError.from(error);
  return { code, message };
}

function send(message: FromHost): void {
  if (process.connected) process.send?.(message);
}
