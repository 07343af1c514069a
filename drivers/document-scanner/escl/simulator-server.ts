import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EsclRequest } from './http.ts';

export interface Answer {
  readonly status: number;
  readonly location?: string;
  readonly mediaType?: string;
  readonly body: Uint8Array;
  /** Default: at once. */
  readonly bytesPerSecond?: number;
  /** `break`: the connection breaks after half of the body. */
  readonly ending?: 'silence' | 'break';
}

interface AnsweringScanner {
  answer(request: Pick<EsclRequest, 'method' | 'path' | 'body'> & { readonly host?: string }): Answer;
}

export interface ServedScanner {
  readonly url: string;
  close(): Promise<void>;
}

/** Scan settings are below 2 kB; a connection that brings more is cut. */
const MAX_REQUEST_BYTES = 64 * 1024;
const methods = ['GET', 'POST', 'DELETE'] as const;
/** Slow pages come in pieces at this pace. */
const PIECE_MS = 100;

/** Serves eSCL over HTTP on 127.0.0.1; port 0 takes a free one. `close` hangs up on everyone. */
export async function serveEscl(scanner: AnsweringScanner, root: string, port: number): Promise<ServedScanner> {
  const pieces = new Set<ReturnType<typeof setTimeout>>();
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
      const { url = '/', headers } = request;
      const method = methods.find((each) => each === request.method);
      if (!method) {
        response.writeHead(405).end();
        return;
      }
      const { host } = headers;
      const asked = { method, path: url, body: Buffer.concat(chunks), ...(host !== undefined && { host }) };
      const { status, location, mediaType, body, ending, bytesPerSecond } = scanner.answer(asked);
      if (ending === 'silence') return;
      const type = mediaType !== undefined && { 'content-type': mediaType };
      response.writeHead(status, { ...(location !== undefined && { location }), ...type });
      const sent = ending === 'break' ? body.subarray(0, body.length >> 1) : body;
      const finish = (): void => {
        if (ending !== 'break') response.end();
        else response.write('', () => response.socket?.resetAndDestroy());
      };
      inPieces(sent, bytesPerSecond ?? Number.POSITIVE_INFINITY, response, pieces, finish);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo; // node:net: every listening TCP server has one
  const close = async (): Promise<void> => {
    for (const timer of pieces) clearTimeout(timer);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://127.0.0.1:${taken}${root}`, close };
}

function inPieces(
  body: Uint8Array,
  bytesPerSecond: number,
  response: http.ServerResponse,
  pieces: Set<ReturnType<typeof setTimeout>>,
  finish: () => void,
): void {
  const pieceBytes = Math.max(1, Math.round((bytesPerSecond * PIECE_MS) / 1_000));
  let at = 0;
  const next = (): void => {
    if (response.destroyed) return;
    if (at < body.length) response.write(body.subarray(at, at + pieceBytes));
    at += pieceBytes;
    if (at >= body.length) {
      finish();
      return;
    }
    const timer = setTimeout(() => {
      pieces.delete(timer);
      next();
    }, PIECE_MS);
    pieces.add(timer);
  };
  next();
}
