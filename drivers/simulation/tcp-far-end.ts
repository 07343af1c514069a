import { createServer, type Socket } from 'node:net';
import type { FarEnd } from './far-end.ts';

export interface ServedFarEnd {
  readonly port: number;
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
