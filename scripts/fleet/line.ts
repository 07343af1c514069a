/** What passed between all terminals and the platform; times are simulated, in ms since the platform was back. */
export interface Traffic {
  /** When each terminal first delivered after the outage. */
  readonly firstAtMs: ReadonlyMap<string, number>;
  /** Second after the outage → deliveries that reached the platform in it. */
  readonly perSecond: ReadonlyMap<number, number>;
  readonly requests: number;
  readonly toldToWait: number;
  /** Deliveries that came before the moment that `Retry-After` had named. */
  readonly tooEarly: number;
}

/** All terminals' line to the platform: cut during the outage, and watched after it. */
export class Line {
  readonly #firstAtMs = new Map<string, number>();
  readonly #perSecond = new Map<number, number>();
  readonly #notBefore = new Map<string, number>();
  #upSinceMs: number | undefined;
  #requests = 0;
  #toldToWait = 0;
  #tooEarly = 0;

  /** For a terminal in place of the global one. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const sinceMs = this.#sinceMs();
    const headers = new Headers(init?.headers);
    const key = headers.get('idempotency-key');
    this.#requests += 1;
    if (key !== null) this.#note(headers.get('terminal-id') ?? '', key, sinceMs);
    const response = await globalThis.fetch(input, init);
    const retryAfter = response.headers.get('retry-after');
    if (key !== null && retryAfter !== null) {
      this.#toldToWait += 1;
      this.#notBefore.set(key, this.#sinceMs() + Number(retryAfter) * 1_000);
    }
    return response;
  };

  comesBack(): void {
    this.#upSinceMs = Date.now();
  }

  get traffic(): Traffic {
    return {
      firstAtMs: this.#firstAtMs,
      perSecond: this.#perSecond,
      requests: this.#requests,
      toldToWait: this.#toldToWait,
      tooEarly: this.#tooEarly,
    };
  }

  #sinceMs(): number {
    if (this.#upSinceMs !== undefined) return Date.now() - this.#upSinceMs;
    throw Object.assign(new Error('the platform is away'), { code: 'ECONNREFUSED' }); // as a socket would say it
  }

  #note(terminalId: string, key: string, sinceMs: number): void {
    if (!this.#firstAtMs.has(terminalId)) this.#firstAtMs.set(terminalId, sinceMs);
    const second = Math.floor(sinceMs / 1_000);
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + 1);
    if (sinceMs < (this.#notBefore.get(key) ?? 0)) this.#tooEarly += 1;
  }
}
