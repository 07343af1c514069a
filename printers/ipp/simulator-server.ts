import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { IPP_MEDIA_TYPE } from './operations.ts';

/** What goes back: bytes, nothing ever, or a broken connection. */
export type Answer = Uint8Array | 'silence' | 'hang-up';

/** Above any certificate; a connection that brings more is cut. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** Serves IPP over HTTP on 127.0.0.1; port 0 takes a free one. `close` hangs up on everyone. */
export async function serveIpp(
  answer: (request: Uint8Array) => Promise<Answer>,
  port: number,
): Promise<{ url: string; port: number; close: () => Promise<void> }> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('error', () => response.destroy()); // the client went away: nobody is left to tell
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_REQUEST_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      if (request.method !== 'POST' || request.headers['content-type'] !== IPP_MEDIA_TYPE) {
        response.writeHead(request.method === 'POST' ? 415 : 405).end();
        return;
      }
      void answer(Buffer.concat(chunks)).then((bytes) => {
        if (bytes === 'silence') return;
        if (bytes === 'hang-up') response.destroy();
        else response.writeHead(200, { 'content-type': IPP_MEDIA_TYPE, 'content-length': bytes.length }).end(bytes);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo; // node:net: every listening TCP server has one
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `ipp://127.0.0.1:${taken}/ipp/print`, port: taken, close };
}
