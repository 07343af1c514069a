/** The part of `fetch` that this protocol uses: Node's own has it, and undici's behind an agent. */
export type Fetch = (url: URL, init: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly redirect?: 'manual';
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}
