import { connect, type Socket } from 'node:net';
import { type Channel, DeviceError, type Transport, within } from '../core/index.ts';
import { writerInParts } from './write-in-parts.ts';

/** A device is on the same switch; one that has not shaken hands by then is off. */
const CONNECT_MS = 3_000;
/** First probe of an idle line. Node asks every second after that and gives up after ten: half a minute in all. */
const KEEP_ALIVE_MS = 20_000;
const PART_BYTES = 16 * 1024;

/** A device behind a network socket, or a serial one behind a terminal server. */
export function tcpTransport({ host, port }: { readonly host: string; readonly port: number }): Transport {
  const name = `tcp:${host}:${port}`;
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
      const connected = new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve).once('error', reject);
      });
      try {
        await within(CONNECT_MS, `${name}: connecting`, [signal], connected);
      } catch (error) {
        socket.on('error', () => undefined); // what a socket given up on still has to say
        socket.destroy();
        if (signal.aborted) throw signal.reason;
        throw new DeviceError('not-connected', `${name}: ${DeviceError.from(error).message}`, { cause: error });
      }
      return channelOver(socket, name);
    },
  };
}

function channelOver(socket: Socket, name: string): Channel {
  const lost = new AbortController();
  let closing = false;
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error; // `close` always follows
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve();
      const why = failure?.message ?? (closing ? 'closed' : 'the far side closed the connection');
      lost.abort(new DeviceError('not-connected', `${name}: ${why}`, { cause: failure }));
    });
  });
  return {
    write: writerInParts(name, PART_BYTES, lost.signal, (part, done) => {
      socket.write(part, done);
    }),
    onData: (listener) => {
      socket.removeAllListeners('data').on('data', listener);
    },
    lost: lost.signal,
    close: async () => {
      closing = true;
      socket.destroy();
      await closed;
    },
  };
}
