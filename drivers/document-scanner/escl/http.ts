import https from 'node:https';
import { DeviceError } from '../../core/index.ts';

/** Not imported: that reads all its exports, and with one of them loads Node's WebSocket client, for 50 ms and 14 MB. */
const http = process.getBuiltinModule('node:http');

export interface EsclRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the root of the scanner's server. */
  readonly path: string;
  /** XML. */
  readonly body?: Uint8Array;
  readonly maxReplyBytes: number;
}

export interface EsclReply {
  readonly status: number;
  readonly location?: string;
  readonly body: Uint8Array;
}

/**
 * Carries one request and brings back its whole reply, whatever its status. `onBytes` is told whenever something of it
 * arrives. Rejects with a DeviceError, or with the signal's reason; nothing stays open after either.
 */
export type EsclExchange = (request: EsclRequest, signal: AbortSignal, onBytes?: () => void) => Promise<EsclReply>;

/**
 * What stands in the `Host` header: some HP models answer to `localhost` only, and Epson wants the port even where it is the
 * usual one.
 */
export type HostHeader = 'standard' | 'with-port' | 'localhost';

/** Of a cable pulled while a page is awaited nothing is heard: the operating system asks every second, and gives up after ten. */
const KEEP_ALIVE_MS = 1_000;

/** `scannerUrl` names the server; its path is of no concern here. */
export function httpExchange(scannerUrl: string, hostHeader: HostHeader = 'standard'): EsclExchange {
  const address = new URL(scannerUrl);
  const { request: open } = address.protocol === 'https:' ? https : http;
  const host = hostFor(address, hostHeader);
  return async ({ method, path, body, maxReplyBytes }, signal, onBytes = () => undefined) => {
    signal.throwIfAborted();
    return await new Promise<EsclReply>((resolve, reject) => {
      const headers = { host, ...(body && { 'content-type': 'text/xml', 'content-length': body.length }) };
      // A connection of its own: scanners drop idle ones without a word, and a lost request must not be sent again.
      const outgoing = open(address, { method, path, headers, agent: false, signal });
      const fail = (error: unknown): void => reject(signal.aborted ? signal.reason : lineError(error, address));
      outgoing.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        const { statusCode = 0, headers: answered } = response;
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        onBytes();
        response.on('error', fail);
        response.on('data', (chunk: Buffer) => {
          onBytes();
          sizeBytes += chunk.length;
          chunks.push(chunk);
          if (sizeBytes <= maxReplyBytes) return;
          outgoing.destroy();
          reject(new DeviceError('protocol', `${method} ${path}: a reply of more than ${maxReplyBytes} bytes`));
        });
        response.on('end', () => {
          const { location } = answered;
          const whole = Buffer.concat(chunks.splice(0));
          resolve({ status: statusCode, ...(location !== undefined && { location }), body: whole });
        });
      });
      outgoing.end(body);
    });
  };
}

function hostFor(address: URL, hostHeader: HostHeader): string {
  if (hostHeader === 'localhost') return 'localhost';
  if (hostHeader === 'standard') return address.host;
  return `${address.hostname}:${address.port || (address.protocol === 'https:' ? 443 : 80)}`;
}

/** Whatever breaks on the way, TLS included, means that the scanner cannot be reached. */
function lineError(error: unknown, address: URL): DeviceError {
  const ours = DeviceError.from(error);
  return ours.code === 'hardware-error'
    ? new DeviceError('not-connected', `${address.host}: ${ours.message}`, { cause: error })
    : ours;
}
