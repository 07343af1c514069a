import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { DeviceError, type DeviceErrorCode } from '../../drivers/core/index.ts';
import { IPP_MEDIA_TYPE } from './operations.ts';

/**
 * Carries one IPP message, with a document behind it or not, and brings back the reply's bytes. Rejects with a
 * DeviceError, or with the signal's reason; nothing stays open after either.
 */
export type Exchange = (request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** Not imported, for the reason that is given in `drivers/document-scanner/escl/http.ts`. */
const http = process.getBuiltinModule('node:http');

const IPP_PORT = 631; // RFC 8010 section 4
/** Get-Printer-Attributes with everything a large copier has is about 60 kB. */
const MAX_REPLY_BYTES = 1024 * 1024;

/** `ipp:` and `ipps:` addresses as the `http:` and `https:` that carry them (RFC 3510, RFC 7472). */
export function httpAddress(printerUrl: string): URL {
  const url = new URL(printerUrl);
  const web = new URL(url.href.replace(/^ipp(s?):/, 'http$1:'));
  if (url.protocol.startsWith('ipp') && url.port === '') web.port = String(IPP_PORT);
  return web;
}

/** Posts to a printer's address: `ipp://host/ipp/print`, `ipps://…`, `http://…:631/…` or `https://…`. */
export function httpExchange(printerUrl: string): Exchange {
  const address = httpAddress(printerUrl);
  const { request: open } = address.protocol === 'https:' ? https : http;
  return async (request, signal) => {
    signal.throwIfAborted();
    return await new Promise<Uint8Array>((resolve, reject) => {
      const headers = { 'content-type': IPP_MEDIA_TYPE, 'content-length': request.length };
      // A connection of its own: printers drop idle ones without a word, and a lost request must not be sent again.
      const outgoing = open(address, { method: 'POST', headers, agent: false, signal });
      const fail = (error: unknown): void => reject(signal.aborted ? signal.reason : lineError(error, address));
      outgoing.on('error', fail);
      outgoing.on('response', (response) => {
        response.on('error', fail);
        const refusal = refusalOf(response, address);
        if (refusal) {
          outgoing.destroy();
          reject(refusal);
          return;
        }
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        response.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
          chunks.push(chunk);
          if (sizeBytes <= MAX_REPLY_BYTES) return;
          outgoing.destroy();
          reject(new DeviceError('protocol', `${address.host}: a reply of more than ${MAX_REPLY_BYTES} bytes`));
        });
        response.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
      });
      outgoing.end(request);
    });
  };
}

/** Whatever breaks on the way, TLS included, means that the printer cannot be reached. */
function lineError(error: unknown, address: URL): DeviceError {
  const ours = DeviceError.from(error);
  return ours.code === 'hardware-error'
    ? new DeviceError('not-connected', `${address.host}: ${ours.message}`, { cause: error })
    : ours;
}

function refusalOf({ statusCode = 0, headers }: IncomingMessage, address: URL): DeviceError | undefined {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (statusCode === 200 && type === IPP_MEDIA_TYPE) return undefined;
  const code: DeviceErrorCode = statusCode === 401 || statusCode === 403 ? 'not-authorised' : 'protocol';
  const hint = statusCode === 426 ? ': it wants TLS, use an ipps address' : '';
  return new DeviceError(code, `${address.host}: HTTP ${statusCode}, content type ${type ?? 'missing'}${hint}`);
}
