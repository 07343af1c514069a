import { randomUUID } from 'node:crypto';
import { setImmediate as realSetImmediate } from 'node:timers';
import { vi } from 'vitest';
import type { Deliver, Delivery, DeliveryOutcome, MaterialUpload } from '../../main/outbox/delivery.ts';
import { type NewCase, Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher, type Cipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';

export const visitId = 'visit-1';

/** A platform on the other side of `deliver`, under a test's hand. */
export class ScriptedPlatform {
  /** Every attempt, in the order of arrival. */
  readonly received: Delivery[] = [];
  readonly receivedAtMs: number[] = [];
  /** What the next attempts meet; then everything is delivered. */
  readonly script: (DeliveryOutcome | 'hang' | 'throw')[] = [];
  /** What an upload does before it meets its part of the script. */
  onUpload: (upload: MaterialUpload) => void = () => undefined;
  underWay = 0;
  mostUnderWay = 0;

  readonly deliver: Deliver = async (delivery, signal) => {
    this.received.push(delivery);
    this.receivedAtMs.push(Date.now());
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    // The outbox aborts the signal of every attempt at its end, given up or not.
    signal.addEventListener('abort', () => {
      this.underWay -= 1;
    });
    if (delivery.kind === 'material') this.onUpload(delivery);
    const step = this.script.shift() ?? { outcome: 'delivered', result: { received: this.received.length } };
    if (step === 'throw') throw new TypeError('a bug in the deliverer');
    if (step === 'hang')
      return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await new Promise((resolve) => realSetImmediate(resolve));
    return step;
  };

  get bodies(): unknown[] {
    return this.received.map(({ body }) => JSON.parse(Buffer.from(body).toString('utf8')));
  }
}

/** Store and outbox of one terminal, which can be switched off and on again. */
export class OutboxTerminal {
  readonly platform: ScriptedPlatform;
  readonly file: string;
  /** A part of the context for which sealing fails, as a module that was pulled out would. */
  unsealable: string | undefined;
  store!: Store;
  outbox!: Outbox;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(file: string, platform = new ScriptedPlatform()) {
    this.file = file;
    this.platform = platform;
    this.switchOn();
  }

  switchOn(): void {
    const aesGcm = aesGcmCipher(Buffer.alloc(32, 7));
    const seal: Cipher['seal'] = (plain, context) => {
      if (this.unsealable && context.includes(this.unsealable)) throw new Error('the module was pulled out');
      return aesGcm.seal(plain, context);
    };
    this.store = openStore(this.file, { cipher: { ...aesGcm, seal } });
    this.outbox = new Outbox({ store: this.store, deliver: this.platform.deliver });
  }

  run(): void {
    this.#stop = new AbortController();
    this.#running = this.outbox.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async switchOff(): Promise<void> {
    await this.stop();
    this.store.close();
  }

  accept(name: string, body: NewCase['body'] = { case: name }, more: Partial<NewCase> = {}): NewCase {
    const item = { caseId: randomUUID(), caseNumber: name, serviceId: 'S10', visitId, body, ...more };
    this.outbox.accept(item);
    return item;
  }
}

/** Moves fake time on, letting what is under way in the real world settle before and after each step. */
export async function pass(ms: number, steps = 1): Promise<void> {
  await settle();
  for (let step = 0; step < steps; step += 1) {
    await vi.advanceTimersByTimeAsync(ms / steps);
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => realSetImmediate(resolve));
}
