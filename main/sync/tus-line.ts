import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';
import { CodedError } from '../../drivers/core/index.ts';
import type { MaterialUpload } from '../outbox/delivery.ts';
import { SyncError } from './errors.ts';
import { failureOf } from './exchange.ts';
import type { Fetch, FetchAnswer } from './fetch.ts';
import { readBody } from './read-body.ts';

/** The platform no longer has what an address stood for, or does not have it right: the paper goes again from its start. */
export class UploadLost extends CodedError<'upload-lost'> {
  override readonly name = 'UploadLost';

  constructor(message: string) {
    super('upload-lost', message);
  }
}

export interface TusLineOptions {
  readonly fetch: Fetch;
  readonly endpoint: URL;
  readonly sizeBytes: number;
  readonly save: MaterialUpload['save'];
  readonly signal: AbortSignal;
}

const NOT_FOUND = 404;
const GONE = 410;
/** tus 1.0.0, checksum extension: what arrived is not what was sent. */
const CHECKSUM_MISMATCH = 460;
const LOCATION_CHARS_MAX = 2_000;

/**
 * What the tus client speaks through: the same `fetch` as every other request, each answer checked before the client acts
 * on it, and each step kept. Its requests reject with a SyncError or `UploadLost` for whatever is not a success.
 */
export class TusLine implements HttpStack {
  readonly #options: TusLineOptions;
  #location: string | undefined;

  /** `location`: of an upload that goes on. */
  constructor(options: TusLineOptions, location: string | undefined) {
    this.#options = options;
    this.#location = location;
  }

  getName(): string {
    return 'fetch';
  }

  createRequest(method: string, url: string): HttpRequest {
    const headers = new Map<string, string>();
    return {
      getMethod: () => method,
      getURL: () => url,
      setHeader: (name, value) => headers.set(name.toLowerCase(), value),
      getHeader: (name) => headers.get(name.toLowerCase()),
      setProgressHandler: () => undefined, // bytes in a socket's buffer are no progress
      send: (body: Uint8Array | null | undefined) => this.#send(method, new URL(url), headers, body ?? undefined),
      abort: async () => undefined, // the signal does
      getUnderlyingObject: () => undefined,
    };
  }

  async #send(
    method: string,
    url: URL,
    headers: ReadonlyMap<string, string>,
    body: Uint8Array | undefined,
  ): Promise<HttpResponse> {
    const what = `${method} of an upload`;
    const { fetch, signal } = this.#options;
    let response: FetchAnswer;
    let answer: unknown;
    try {
      const init = { method, headers: Object.fromEntries(headers), redirect: 'manual', signal } as const;
      response = await fetch(url, body === undefined ? init : { ...init, body: Buffer.from(body) });
      answer = method === 'HEAD' ? undefined : await readBody(what, response);
    } catch (error) {
      if (signal.aborted) throw new SyncError('canceled', `${what}: canceled`, { cause: error });
      throw SyncError.from(error, what);
    }
    const { status } = response;
    const isLost = status === CHECKSUM_MISMATCH || (method !== 'POST' && (status === NOT_FOUND || status === GONE));
    if (isLost) throw new UploadLost(`${what}: HTTP ${status}`);
    const failure = failureOf(what, response, answer);
    if (failure) throw failure;
    this.#keep(method, url, response, { offset: Number(headers.get('upload-offset')), length: body?.length ?? 0 });
    return {
      getStatus: () => status,
      getHeader: (name) => response.headers.get(name) ?? undefined,
      getBody: () => '',
      getUnderlyingObject: () => undefined,
    };
  }

  #keep(method: string, url: URL, response: FetchAnswer, sent: { offset: number; length: number }): void {
    const { save, sizeBytes, endpoint } = this.#options;
    const doubtful = (why: string): SyncError =>
      new SyncError('invalid-answer', `${method} of an upload: HTTP ${response.status} ${why}`);
    if (method === 'POST') {
      const location = addressIn(response, url);
      // The credential and a person's papers go to the platform and nowhere else.
      if (location?.origin !== endpoint.origin) throw doubtful('without an address at the platform');
      this.#location = location.href;
      save({ location: this.#location, uploadedBytes: 0 });
      return;
    }
    const offset = numberIn(response, 'upload-offset');
    if (offset === undefined) throw doubtful('without an offset');
    if (method === 'HEAD' && (numberIn(response, 'upload-length') !== sizeBytes || offset > sizeBytes)) {
      throw new UploadLost('the platform has something of another size there');
    }
    // A part that did not move would be sent for ever.
    const moved = offset > sent.offset && offset <= sent.offset + sent.length;
    if (method === 'PATCH' && !moved) throw doubtful(`with offset ${offset} after ${sent.offset}`);
    save({ location: this.#location, uploadedBytes: offset });
  }
}

function addressIn({ headers, status }: FetchAnswer, base: URL): URL | undefined {
  const text = headers.get('location');
  if (status !== 201 || text === null || text.length > LOCATION_CHARS_MAX) return undefined;
  const address = URL.parse(text, base.href);
  return address && !address.username && !address.password ? address : undefined; // fetch sends nothing to one with a name
}

function numberIn({ headers, status }: FetchAnswer, name: string): number | undefined {
  const text = headers.get(name) ?? '';
  return (status === 200 || status === 204) && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
