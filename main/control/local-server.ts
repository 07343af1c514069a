import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import process from 'node:process';

export interface LocalServer {
  /** Ends every connection. Never rejects. */
  close(): Promise<void>;
}

/** The one after these takes the place of the first: forgotten windows must not keep a technician out. */
const CONNECTIONS_MAX = 8;
/** What one client may send in its life: commands are some hundred bytes. */
const CLIENT_BYTES_MAX = 1024 * 1024;

/**
 * Listens for this user's own programs on a Unix socket (0600) or a named pipe. What lay at `path` is replaced: the caller
 * holds the folder that it is named after. `greet` gets each client and hears its `close`. Rejects with Node's error.
 */
export async function serveLocally(path: string, greet: (client: Socket) => void): Promise<LocalServer> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const [first] = clients;
    if (first && clients.size >= CONNECTIONS_MAX) {
      clients.delete(first);
      first.destroy();
    }
    clients.add(client);
    client.on('error', () => client.destroy()); // a client that was killed has merely gone
    client.on('close', () => clients.delete(client));
    client.on('data', () => {
      if (client.bytesRead > CLIENT_BYTES_MAX) client.destroy();
    });
    greet(client);
  });
  if (process.platform !== 'win32') rmSync(path, { force: true });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    // The socket is bound within the call, so nobody else can come in before it is ours alone.
    const before = process.umask(0o177);
    try {
      server.listen(path, listening);
    } finally {
      process.umask(before);
    }
  });
  return {
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
