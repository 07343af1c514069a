import { createServer, type Socket } from 'node:net';
import type { FarEnd } from './far-end.ts';

export interface ServedFarEnd {
  readonly port: number;
  /** The cable is pulled: every connection ends, and nobody answers at the port. May be called twice. */
  unplug(): Promise<void>;
  /** At the same port. Rejects with Node's error where somebody else has taken it meanwhile. */
  plug(): Promise<void>;
  /** Ends every connection and stops listening. Never rejects, and may be called twice. */
  close(): Promise<void>;
}

/**
 * Puts a simulated device behind a TCP listener, as a terminal server or a network printer would: one attachment per
 * connection. Port 0 takes a free one. Rejects with Node's error where the address cannot be had.
 */
export async function serveTcp(
  farEnd: FarEnd,
  { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<ServedFarEnd> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const attachment = farEnd.attach((bytes) => {
      if (socket.writable) socket.write(bytes);
    });
    socket.on('data', (bytes) => attachment.receive(bytes));
    socket.on('error', () => socket.destroy()); // a host that resets its line has merely gone
    socket.once('close', () => {
      sockets.delete(socket);
      attachment.detach();
    });
  });
  const listen = async (at: number): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port: at }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  };
  const unplug = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  await listen(port);
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    port: taken,
    unplug,
    plug: async () => {
      if (!server.listening) await listen(taken);
    },
    close: unplug,
  };
}
