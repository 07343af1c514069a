import type { z } from 'zod';
import { closeCodes, type Intent, toPage } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';

const RETRY_MS = 200;
/** A restart that is over sooner than this is not worth frightening anyone. */
const SAY_SO_AFTER_MS = 400;

/**
 *   connecting ──view──► open ──lost──► (still `open` for 400 ms) ──► recovering ──view──► open
 *        └──400 ms──► recovering             any ──4001──► replaced     any ──4003──► unauthorised
 */
export type Connection = 'connecting' | 'open' | 'recovering' | 'replaced' | 'unauthorised';

export type Snapshot = {
  readonly connection: Connection;
  /** Counts the connections that brought a view; a new number means that intents may have been lost in between. */
  readonly visitKey: number;
  readonly view: View | undefined;
  /** `performance.now()` when `view` arrived. */
  readonly viewAtMs: number;
  /** Counts the views that came, so that whoever watches the page can tell two of one kind apart. */
  readonly views: number;
};

/** The far end, as the browser offers it. `reachable` resolves once the core's origin answers anything at all. */
export type CorePorts = {
  openSocket(): WebSocket;
  reachable(): Promise<boolean>;
  nowMs(): number;
};

/** Speaks with the core and comes back by itself. Only stores its arguments: nothing is opened before `start`. */
export class CoreClient {
  readonly #ports: CorePorts;
  readonly #listeners = new Set<() => void>();
  readonly #frameListeners = new Set<() => void>();
  #snapshot: Snapshot = { connection: 'connecting', visitKey: 0, view: undefined, viewAtMs: 0, views: 0 };
  #socket: WebSocket | undefined;
  #live = false;
  #sayRecovering: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(ports: CorePorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#stopped = false;
    this.#watchForSilence();
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#sayRecovering);
    this.#socket?.close();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Sends nothing while the core is away: what a finger meant then was about a screen that may no longer be there. */
  readonly send = (intent: Intent): void => {
    if (this.#live) this.#socket?.send(JSON.stringify(intent));
  };

  readonly sendFrame = (jpeg: Blob): void => {
    if (this.#live) this.#socket?.send(jpeg);
  };

  readonly onFrameWanted = (listener: () => void): (() => void) => {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  };

  #connect(): void {
    const socket = this.#ports.openSocket();
    this.#socket = socket;
    socket.addEventListener('message', (event) => this.#receive(socket, event.data));
    socket.addEventListener('close', (event) => this.#closed(event.code));
  }

  #receive(socket: WebSocket, data: unknown): void {
    const message = parse(data);
    if (!message) {
      // A core that this page does not understand must not leave an old screen under a finger.
      socket.close();
      return;
    }
    if (message.type === 'frame-wanted') {
      for (const listener of [...this.#frameListeners]) listener();
      return;
    }
    clearTimeout(this.#sayRecovering);
    const visitKey = this.#live ? this.#snapshot.visitKey : this.#snapshot.visitKey + 1;
    this.#live = true;
    const views = this.#snapshot.views + 1;
    this.#set({ connection: 'open', visitKey, view: message.view, viewAtMs: this.#ports.nowMs(), views });
  }

  #closed(code: number): void {
    if (this.#stopped) return;
    if (this.#live) this.#watchForSilence();
    this.#live = false;
    if (code === closeCodes.replaced) this.#end('replaced');
    else if (code === closeCodes.unauthorised) this.#end('unauthorised');
    else this.#retryLater();
  }

  /**
   * Chromium delays new sockets by up to 5 s after some 16 failed ones (`WebSocketPerProcessThrottler`), so it is a plain
   * request, which it does not delay, that asks whether the core is back.
   */
  #retryLater(): void {
    this.#retry = setTimeout(async () => {
      const reachable = await this.#ports.reachable();
      if (this.#stopped) return;
      if (reachable) this.#connect();
      else this.#retryLater();
    }, RETRY_MS);
  }

  #watchForSilence(): void {
    this.#sayRecovering = setTimeout(() => this.#set({ ...this.#snapshot, connection: 'recovering' }), SAY_SO_AFTER_MS);
  }

  #end(connection: Connection): void {
    this.#stopped = true;
    clearTimeout(this.#sayRecovering);
    this.#set({ ...this.#snapshot, connection });
  }

  #set(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) listener();
  }
}

function parse(data: unknown): z.infer<typeof toPage> | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return toPage.safeParse(JSON.parse(data)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
