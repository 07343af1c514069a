import type { z } from 'zod';
import { SyncError } from './errors.ts';
import type { Fetch, FetchAnswer, FetchInit } from './fetch.ts';
import { readBody } from './read-body.ts';
import { parseRetryAfter } from './retry-after.ts';
import { errorAnswer } from './schemas.ts';

export interface Exchange<T> {
  /** For error messages: `POST /v1/cases`. */
  readonly what: string;
  readonly url: URL;
  readonly init: FetchInit;
  readonly deadlineMs: number;
  readonly answer: z.ZodType<T>;
}

/** Only whoever asks for this credential says so (RFC 9110, 15.5.2; a proxy has 407), which a gateway may do for the platform. */
const UNAUTHORISED = 401;
const FORBIDDEN = 403;
/** 413 comes from whatever stands before the platform, so it needs no word of the platform's to be believed. */
const PAYLOAD_TOO_LARGE = 413;
const NOT_NOW: readonly number[] = [408, 409, 423, 425, 429];
/** A network that wants a login says so of itself (RFC 6585, 6): a failing line, not a failing platform. */
const NETWORK_LOGIN = 511;

/** An answer with the strong entity tag (RFC 9110, 8.8.3) that it came with, quotes included. */
export interface Tagged<T> {
  readonly answer: T;
  readonly etag: string | undefined;
}

/**
 * One request and its whole answer within `deadlineMs`. Rejects with a SyncError, `canceled` when `signal` aborts. Leaves
 * neither timer nor connection behind.
 */
export async function exchange<T>(fetch: Fetch, request: Exchange<T>, signal: AbortSignal): Promise<T> {
  return (await wholeExchange(fetch, request, signal, understand)).answer;
}

/** As `exchange`, unless what is at the address is what `etag` stands for. */
export async function exchangeUnless<T>(
  fetch: Fetch,
  etag: string | undefined,
  request: Exchange<T>,
  signal: AbortSignal,
): Promise<Tagged<T> | 'not-modified'> {
  if (etag === undefined) return await wholeExchange(fetch, request, signal, understand);
  const headers = { ...request.init.headers, 'if-none-match': etag };
  const conditional = { ...request, init: { ...request.init, headers } };
  return await wholeExchange<T, Tagged<T> | 'not-modified'>(
    fetch,
    conditional,
    signal,
    (what, response, body, answer) =>
      response.status === 304 ? 'not-modified' : understand(what, response, body, answer),
  );
}

async function wholeExchange<T, R>(
  fetch: Fetch,
  { what, url, init, deadlineMs, answer }: Exchange<T>,
  signal: AbortSignal,
  understood: (what: string, response: FetchAnswer, body: unknown, answer: z.ZodType<T>) => R,
): Promise<R> {
  if (signal.aborted) throw new SyncError('canceled', `${what}: canceled`, { cause: signal.reason });
  const giveUp = new AbortController();
  let gaveUp: SyncError | undefined;
  const end = (error: SyncError): void => {
    gaveUp ??= error;
    giveUp.abort(error);
  };
  const timer = setTimeout(
    () => end(new SyncError('timeout', `${what}: no answer within ${deadlineMs} ms`)),
    deadlineMs,
  );
  const onAbort = (): void => end(new SyncError('canceled', `${what}: canceled`, { cause: signal.reason }));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: giveUp.signal });
    return understood(what, response, await readBody(what, response), answer);
  } catch (error) {
    throw gaveUp ?? SyncError.from(error, what);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    giveUp.abort(); // an answer refused half way is not read to its end
  }
}

const STRONG_TAG = /^"[\x21\x23-\x7e]{1,80}"$/;

function understand<T>(what: string, response: FetchAnswer, body: unknown, answer: z.ZodType<T>): Tagged<T> {
  const { status, headers } = response;
  const failure = failureOf(what, response, body);
  if (failure) throw failure;
  const parsed = status === 200 || status === 201 ? answer.safeParse(body) : undefined;
  if (!parsed?.success) throw new SyncError('invalid-answer', `${what}: HTTP ${status} without the platform's answer`);
  const etag = headers.get('etag') ?? '';
  return { answer: parsed.data, etag: STRONG_TAG.test(etag) ? etag : undefined };
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;

/** Whether a refusal is in the platform's words; of an answer to HEAD, which has none, in its media type. */
function isThePlatforms(headers: FetchAnswer['headers'], body: unknown): boolean {
  if (body === undefined) return JSON_TYPE.test(headers.get('content-type') ?? '');
  return errorAnswer.safeParse(body).success;
}

/** What an answer of status 400 or above says; `undefined` for any other. `body` is its JSON. */
export function failureOf(what: string, { status, headers }: FetchAnswer, body: unknown): SyncError | undefined {
  if (status < 400) return undefined;
  const told = `${what}: HTTP ${status}`;
  if (status === UNAUTHORISED) return new SyncError('unauthorised', told);
  // Firewalls and filters on the way say it of addresses and contents, in pages of their own.
  if (status === FORBIDDEN && isThePlatforms(headers, body)) return new SyncError('unauthorised', told);
  if (status === NETWORK_LOGIN) return new SyncError('invalid-answer', `${told}: the network wants a login`);
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'), headers.get('date'));
  // With it, 413 is a state of the platform's and not of the body (RFC 9110, 15.5.14).
  const tooLargeNow = status === PAYLOAD_TOO_LARGE && retryAfterMs !== undefined;
  if (NOT_NOW.includes(status) || status >= 500 || tooLargeNow) {
    return new SyncError('platform-busy', told, { status, retryAfterMs });
  }
  if (status === PAYLOAD_TOO_LARGE) return new SyncError('rejected', told, { status, reason: 'too-large' });
  // A page that says 404 is a portal's, or a gateway's while the platform is being replaced: no reason to drop a case.
  const refusal = errorAnswer.safeParse(body);
  if (!refusal.success) return new SyncError('invalid-answer', `${told} without the platform's error`);
  const { code } = refusal.data.error;
  return new SyncError('rejected', `${told} ${code}`, { status, reason: code });
}
