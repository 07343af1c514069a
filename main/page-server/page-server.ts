import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import fastifyStatic from '@fastify/static';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import {
  closeCodes,
  type Intent,
  intent,
  looksLikeFrame,
  maxFrameBytes,
  socketPath,
  type ToPage,
} from '../contracts/messages.ts';
import type { Log } from '../log/log.ts';

export interface PageServerOptions {
  /** The built page. */
  readonly folder: string;
  /** Signs page tickets; the same after a restart of the core, so that the page finds its way back by itself. */
  readonly key: Uint8Array;
  readonly port: number;
  readonly onIntent: (intent: Intent) => void;
  readonly onFrame: (jpeg: Uint8Array) => void;
  /** A page has come or gone. */
  readonly onPage: (present: boolean) => void;
  readonly log: Log;
}

const COOKIE = 'jiujin-page';
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(self), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;
const BAD_MESSAGES_MAX = 20; // a page that talks nonsense this often is not ours
/** A page draws some kilobytes a second at the most: with this much unread it hangs, and would fill our memory over night. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** A browser on this machine asks within milliseconds; whoever is slower keeps a connection from nobody for longer. */
const REQUEST_MS = 10_000;

/**
 * Serves the page and its socket on loopback. A shell enters with an address that works once and gets a ticket cookie;
 * nothing is served without it, nor to another origin or host name (DNS rebinding).
 */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #server: FastifyInstance;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
  readonly #entries = new Set<string>();
  #page: WebSocket | undefined;
  #port = 0;

  constructor(options: PageServerOptions) {
    this.#options = options;
    this.#server = fastify({
      logger: false,
      forceCloseConnections: true,
      requestTimeout: REQUEST_MS,
      // Addresses that fastify cannot read never reach the hook below.
      frameworkErrors: (_error, _request, reply: FastifyReply) => {
        void reply.headers(HEADERS).code(400).send('This is no address.\n');
      },
    });
    this.#server.addHook('onRequest', async (request, reply) => {
      reply.headers(HEADERS);
      if (request.headers.host !== this.#host) return reply.code(421).send('This is not that host.\n');
      const entering = request.url.startsWith('/enter?');
      if (!entering && !this.#hasTicket(request.headers.cookie))
        return reply.code(403).send('Ask the terminal for an address.\n');
    });
    this.#server.get<{ Querystring: { token?: string } }>('/enter', async ({ query: { token = '' } }, reply) => {
      if (!this.#entries.delete(token)) return reply.code(403).send('This address has been used.\n');
      const ticket = this.#ticket(randomBytes(16).toString('base64url'));
      reply.header('set-cookie', `${COOKIE}=${ticket}; Path=/; HttpOnly; SameSite=Strict`);
      return reply.redirect('/');
    });
    this.#server.register(fastifyStatic, { root: options.folder, cacheControl: false, index: 'index.html' });
    this.#server.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get port(): number {
    return this.#port;
  }

  /** Takes another port where the wanted one is taken: the shell is told the address either way. */
  async start(): Promise<void> {
    const listen = (port: number): Promise<string> => this.#server.listen({ host: '127.0.0.1', port });
    await listen(this.#options.port).catch(async (error: Error & { code?: unknown }) => {
      if (error.code !== 'EADDRINUSE') throw error;
      this.#options.log.warn({ port: this.#options.port }, 'the port of the core before is taken');
      await listen(0);
    });
    this.#port = (this.#server.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const page of this.#sockets.clients) page.terminate(); // one that was replaced may never answer its close
    this.#sockets.close();
    await this.#server.close();
  }

  /** An address that lets one shell in, once. */
  newAddress(): string {
    const token = randomBytes(24).toString('base64url');
    this.#entries.clear(); // one page, so one address that works
    this.#entries.add(token);
    return `http://${this.#host}/enter?token=${token}`;
  }

  send(message: ToPage): void {
    const page = this.#page;
    if (page?.readyState !== WebSocket.OPEN) return;
    page.send(JSON.stringify(message));
    if (page.bufferedAmount > UNREAD_BYTES_MAX) page.terminate();
  }

  get #host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  #ticket(nonce: string): string {
    return `${nonce}.${createHmac('sha256', this.#options.key).update(nonce).digest('base64url')}`;
  }

  #hasTicket(cookies = ''): boolean {
    const ticket = cookies
      .split(/;\s*/)
      .find((cookie) => cookie.startsWith(`${COOKIE}=`))
      ?.slice(COOKIE.length + 1);
    const [nonce] = ticket?.split('.') ?? [];
    if (!ticket || !nonce) return false;
    const [given, right] = [Buffer.from(ticket), Buffer.from(this.#ticket(nonce))];
    return given.length === right.length && timingSafeEqual(given, right);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host, origin, cookie } = request.headers;
    const ours = request.url === socketPath && host === this.#host && origin === `http://${this.#host}`;
    socket.on('error', () => socket.destroy()); // a page that went away while it was coming
    if (!ours) {
      // Ended alone it would stay open for as long as the other side likes.
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n', () => socket.destroy());
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (page) => {
      // Before anything else: an error that nobody hears would end the core, and whoever has no ticket may send nonsense too.
      page.on('error', (error) => this.#options.log.warn({ reason: error.message }, 'page socket'));
      if (this.#hasTicket(cookie)) this.#welcome(page);
      else page.close(closeCodes.unauthorised, 'no page ticket');
    });
  }

  /** The newest page is the live one: the one before may be a dead process whose socket is still open. */
  #welcome(page: WebSocket): void {
    this.#page?.close(closeCodes.replaced, 'another page has taken over');
    this.#page = page;
    let badMessages = 0;
    const gone = (): void => {
      if (page !== this.#page) return;
      this.#page = undefined;
      this.#options.onPage(false);
    };
    page.on('message', (data, isBinary) => {
      if (page !== this.#page) return;
      if (this.#heard(data, isBinary)) return;
      badMessages += 1;
      this.#options.log.warn({ badMessages }, 'the page sent something that is neither an intent nor a frame');
      if (badMessages < BAD_MESSAGES_MAX) return;
      page.close(1008, 'too many bad messages');
      gone(); // not heard any more, however much it still has to say
    });
    page.on('close', gone);
    this.#options.onPage(true);
  }

  /** False where it makes no sense. */
  #heard(data: RawData, isBinary: boolean): boolean {
    if (isBinary) {
      const frame = bytesOf(data);
      if (!looksLikeFrame(frame)) return false;
      this.#options.onFrame(frame);
      return true;
    }
    const message = parseIntent(data);
    if (!message) return false;
    this.#options.onIntent(message);
    return true;
  }
}

function bytesOf(data: RawData): Uint8Array {
  return Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data);
}

function parseIntent(data: RawData): Intent | undefined {
  try {
    const parsed = intent.safeParse(JSON.parse(Buffer.from(bytesOf(data)).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
