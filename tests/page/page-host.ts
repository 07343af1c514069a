import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Intent, intent, socketPath, type ToPage } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';

/** The policy that the terminal's core serves the page with. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self' ws://127.0.0.1:*",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** The core's side of the contract, without a terminal behind it: serves the built page, shows views, keeps what comes back. */
export class PageHost {
  readonly intents: Intent[] = [];
  readonly frames: Uint8Array[] = [];
  /** How often a page has connected. */
  connections = 0;
  readonly #folder: string;
  #view: View;
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;

  constructor(folder: string, view: View) {
    this.#folder = folder;
    this.#view = view;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  /** The second and later starts are on the same port, as a restarted core is. */
  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname));
      const file = join(this.#folder, path === '/' ? 'index.html' : path);
      const body = await readFile(file).catch(() => undefined);
      const type = types[extname(file)];
      if (!body || !type) response.writeHead(404).end();
      else {
        const lasts = path.startsWith('/assets/') ? { 'cache-control': 'max-age=3600' } : {};
        response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY, ...lasts }).end(body);
      }
    });
    const sockets = new WebSocketServer({ server, path: socketPath });
    sockets.on('connection', (socket) => this.#greet(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on TCP has an address of this shape (node:net, server.address).
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets?.clients ?? []) socket.terminate();
    this.#sockets?.close();
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** As good as new, on the port it had, for the next page; the one before must have been left. */
  async renew(view: View): Promise<void> {
    if (!this.#server) await this.start();
    // What a page said last may still be on its way.
    while (this.#sockets?.clients.size) await once([...this.#sockets.clients][0]!, 'close');
    this.forget();
    this.connections = 0;
    this.#view = view;
  }

  show(view: View): void {
    this.#view = view;
    this.#tell({ type: 'view', view });
  }

  forget(): void {
    this.intents.length = 0;
    this.frames.length = 0;
  }

  wantFrame(): void {
    this.#tell({ type: 'frame-wanted' });
  }

  /** Ends the page's connection with one of the contract's close codes; the server stays. */
  close(code: number): void {
    for (const socket of this.#sockets?.clients ?? []) socket.close(code);
  }

  sendRaw(text: string): void {
    for (const socket of this.#sockets?.clients ?? []) socket.send(text);
  }

  #tell(message: ToPage): void {
    this.sendRaw(JSON.stringify(message));
  }

  #greet(socket: WebSocket): void {
    this.connections += 1;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(new Uint8Array(data));
      else this.intents.push(intent.parse(JSON.parse(data.toString())));
    });
    socket.send(JSON.stringify({ type: 'view', view: this.#view } satisfies ToPage));
  }
}
