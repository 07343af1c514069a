import type { z } from 'zod';
import { exchange, exchangeUnless, type Tagged } from './exchange.ts';
import type { Fetch } from './fetch.ts';
import { nothing, type Operation } from './operation.ts';

export interface LinkOptions {
  /** `https://host[:port][/path]`; the paths of the protocol are appended. */
  readonly baseUrl: string;
  readonly terminalId: string;
  /** Absent where `fetch` shows a certificate. */
  readonly token?: string;
  readonly fetch?: Fetch;
}

export interface Sent {
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the path, by name. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

type Asked<Answer> = Operation & { readonly answer: z.ZodType<Answer> };

/** One operation at the platform, as this terminal. All reject with a SyncError. */
export interface Link {
  ask<Answer>(operation: Asked<Answer>, sent: Sent, signal: AbortSignal): Promise<Answer>;
  /** As `ask`, unless what is there is what `etag` stands for. */
  askUnless<Answer>(
    operation: Asked<Answer>,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<Tagged<Answer> | 'not-modified'>;
  /** For what is no exchange of JSON: the address, the headers that go with every request, and what carries them. */
  addressOf(operation: Operation): URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
}

/** Our platform protocol: JSON over HTTPS, `Idempotency-Key` as a quoted string (draft-ietf-httpapi-idempotency-key-header-07). */
export function httpLink({ baseUrl, terminalId, token, fetch = globalThis.fetch }: LinkOptions): Link {
  const base = baseUrl.replace(/\/+$/, '');
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const common = { accept: 'application/json', ...authorization, 'terminal-id': terminalId };
  const requestOf = <Answer>(operation: Asked<Answer>, { body, headers, parts = {}, query = {} }: Sent) => {
    const { method, path, body: agreed, deadlineMs, answer } = operation;
    const type = agreed === nothing ? {} : { 'content-type': 'application/json' };
    const url = new URL(base + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? '')));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const init = { method, headers: { ...common, ...type, ...headers }, ...(body !== undefined && { body }) };
    return { what: `${method} ${path}`, url, init, deadlineMs, answer };
  };
  return {
    ask: (operation, sent, signal) => exchange(fetch, requestOf(operation, sent), signal),
    askUnless: (operation, etag, signal) => exchangeUnless(fetch, etag, requestOf(operation, {}), signal),
    addressOf: ({ path }) => new URL(base + path),
    headers: common,
    fetch,
  };
}
