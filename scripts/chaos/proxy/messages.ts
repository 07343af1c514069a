import { EventEmitter, once } from 'node:events';
import { Agent, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { sleep } from '../../../drivers/core/index.ts';
import { drawExchangeFault, type ExchangeFault } from './draw.ts';
import type { Plan } from './plan.ts';

/** Beyond any message of the protocol; one that is held or sent twice is kept whole in memory. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** How long the one that overtook has before the held one follows, so that it is also there first. */
const HEAD_START_MS = 5;
const PORTAL = '<!doctype html><title>Welcome</title><p>Please log in to use this network.';

/** RFC 9110, 7.6.1: headers that speak of one connection and go no further. */
const hopByHop: readonly string[] = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];

export interface MessageFaultsOptions {
  readonly upstream: URL;
  readonly plan: Plan;
  readonly seed: number;
  /** Hears of each fault when it happens. */
  readonly tell: (exchange: number, what: string) => void;
}

interface Message {
  readonly head: IncomingMessage;
  readonly body: Buffer;
}

/** A reverse proxy that sends requests twice, holds messages back, drops answers, and answers in the platform's place. */
export class MessageFaults {
  readonly #options: MessageFaultsOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #passing = new EventEmitter<{ request: []; answer: [] }>().setMaxListeners(0);
  readonly #stop = new AbortController();
  #exchanges = 0;

  constructor(options: MessageFaultsOptions) {
    this.#options = options;
  }

  /** Never rejects: an upstream that fails is a 502 to whoever asked. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#exchanges += 1;
    const number = this.#exchanges;
    const fault = drawExchangeFault(this.#options.plan, this.#options.seed, number);
    response.once('finish', () => this.#passing.emit('answer'));
    try {
      if (fault.kind === 'none') await this.#stream(request, response);
      else await this.#hurt(number, fault, request, response);
    } catch {
      if (response.headersSent || response.destroyed) response.destroy();
      else answer(response, 502, 'text/plain', 'the platform cannot be reached');
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#stop.abort();
    this.#agent.destroy();
  }

  async #stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const onward = this.#open(request);
    const [[head]] = await Promise.all([
      once(onward, 'response') as Promise<[IncomingMessage]>,
      pipeline(request, onward),
    ]);
    response.writeHead(head.statusCode ?? 502, passedOn(head.rawHeaders));
    await pipeline(head, response);
  }

  async #hurt(
    number: number,
    fault: Exclude<ExchangeFault, { kind: 'none' }>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const tell = (what: string): void => this.#options.tell(number, `${fault.kind}, ${what}`);
    const asked: Message = { head: request, body: await readWhole(request) };
    switch (fault.kind) {
      case 'duplicate': {
        const again = this.#sendAgain(asked, fault.afterMs).then(
          (status) => tell(`${fault.afterMs} ms later, answered ${status}`),
          () => tell(`${fault.afterMs} ms later, not answered`),
        );
        await reply(response, await this.#send(asked));
        await again;
        return;
      }
      case 'hold-request':
        tell(await this.#holdUntil('request'));
        await reply(response, await this.#send(asked));
        return;
      case 'hold-answer': {
        const answered = await this.#send(asked);
        tell(await this.#holdUntil('answer'));
        await reply(response, answered);
        return;
      }
      case 'drop-answer': {
        const { head } = await this.#send(asked);
        tell(`which was ${head.statusCode}`);
        response.destroy();
        return;
      }
      default: {
        if (fault.worked) await this.#send(asked);
        tell(fault.worked ? 'after the work' : 'before the work');
        if (fault.kind === 'portal') answer(response, 200, 'text/html; charset=utf-8', PORTAL);
        else if (fault.kind === 'bad-gateway') answer(response, 502, 'text/html', '<h1>502 Bad Gateway</h1>');
        else {
          response.setHeader('retry-after', String(fault.retryAfterS));
          answer(response, 503, 'text/html', '<h1>503 Service Unavailable</h1>');
        }
      }
    }
  }

  async #sendAgain(asked: Message, afterMs: number): Promise<number | undefined> {
    if (afterMs > 0) await sleep(afterMs, this.#stop.signal);
    return (await this.#send(asked)).head.statusCode;
  }

  /** Goes on when the next message of its kind has gone past, at the latest after the plan's `holdMs`. */
  async #holdUntil(kind: 'request' | 'answer'): Promise<string> {
    const patience = new AbortController();
    try {
      return await Promise.race([
        once(this.#passing, kind, { signal: patience.signal })
          .then(() => sleep(HEAD_START_MS, this.#stop.signal))
          .then(() => 'overtaken'),
        sleep(this.#options.plan.holdMs, this.#stop.signal).then(() => 'overtaken by none'),
      ]);
    } finally {
      patience.abort();
    }
  }

  async #send({ head, body }: Message): Promise<Message> {
    const onward = this.#open(head);
    onward.end(body);
    const [answered] = (await once(onward, 'response')) as [IncomingMessage];
    return { head: answered, body: await readWhole(answered) };
  }

  #open({ method, url, rawHeaders }: IncomingMessage) {
    const { hostname, port } = this.#options.upstream;
    const headers = passedOn(rawHeaders);
    const signal = this.#stop.signal;
    const onward = sendRequest({ agent: this.#agent, host: hostname, port, method, path: url, headers, signal });
    return onward.once('finish', () => this.#passing.emit('request'));
  }
}

/** As they came, `Host` included: what the platform says of its own address then names this proxy. */
function passedOn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index, all) => !hopByHop.includes((all[index - (index % 2)] ?? '').toLowerCase()));
}

async function readWhole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const data of message) {
    const chunk: Buffer = data;
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_MESSAGE_BYTES) throw new Error(`a message of more than ${MAX_MESSAGE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function reply(response: ServerResponse, { head, body }: Message): Promise<void> {
  if (response.destroyed) return; // whoever asked has gone; the work was done all the same
  response.writeHead(head.statusCode ?? 502, passedOn(head.rawHeaders));
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(body, resolve);
  });
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
