import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as realSetImmediate } from 'node:timers';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Deliver, Delivery, DeliveryOutcome, MaterialUpload } from '../../main/outbox/delivery.ts';
import { type NewCase, Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher, type Cipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';
import { memoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const visitId = 'visit-1';

/** What an attempt meets. */
export type Step = DeliveryOutcome | 'hang' | 'throw';

/** A platform on the other side of `deliver`, under a test's hand. */
export class ScriptedPlatform {
  /** Has the last word on what an attempt meets, of which the script says `step`. */
  decide: (delivery: Delivery, step: Step) => Step = (_, step) => step;
  /** Every attempt, in the order of arrival. */
  readonly received: Delivery[] = [];
  readonly receivedAtMs: number[] = [];
  /** What the next attempts meet; then everything is delivered. */
  readonly script: Step[] = [];
  /** What an upload does before it meets its part of the script. */
  onUpload: (upload: MaterialUpload) => void = () => undefined;
  /** The outbox gives up an attempt, as it is switched off, before it has an answer. */
  onUnheard: (delivery: Delivery) => void = () => undefined;
  /** Deliveries that it cannot take now. */
  stuck: ((delivery: Delivery) => boolean) | undefined;
  /** When each attempt began and ended, in turns of events. */
  readonly spans: { readonly delivery: Delivery; readonly from: number; to: number }[] = [];
  #turn = 0;
  underWay = 0;
  mostUnderWay = 0;

  readonly deliver: Deliver = async (delivery, signal) => {
    this.received.push(delivery);
    this.receivedAtMs.push(Date.now());
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    // The outbox aborts the signal of every attempt at its end, given up or not.
    this.#turn += 1;
    const span = { delivery, from: this.#turn, to: Number.POSITIVE_INFINITY };
    this.spans.push(span);
    let isAnswered = false;
    signal.addEventListener('abort', () => {
      if (!isAnswered) this.onUnheard(delivery);
      this.underWay -= 1;
      this.#turn += 1;
      span.to = this.#turn;
    });
    if (this.stuck?.(delivery)) return { outcome: 'retry', cause: 'platform-busy' };
    if (delivery.kind === 'material') this.onUpload(delivery);
    const scripted = this.script.shift() ?? { outcome: 'delivered', result: { received: this.received.length } };
    const step = this.decide(delivery, scripted);
    if (step === 'throw') throw new TypeError('a bug in the deliverer');
    if (step === 'hang')
      return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    await new Promise((resolve) => realSetImmediate(resolve));
    isAnswered = true;
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
  /** Of its outbox, since it was first switched on. */
  readonly log = memoryLog();
  /** A part of the context for which sealing fails, as a module that was pulled out would. */
  unsealable: string | undefined;
  /** What opening fails with. */
  unopenable: Error | undefined;
  /** What hears of damage that the store meets. */
  onDamage: () => void = () => undefined;
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
    const open: Cipher['open'] = (sealed, context) => {
      if (this.unopenable) throw this.unopenable;
      return aesGcm.open(sealed, context);
    };
    this.store = openStore(this.file, { cipher: { ...aesGcm, seal, open }, onDamage: () => this.onDamage() });
    this.outbox = new Outbox({ store: this.store, deliver: this.platform.deliver, log: this.log });
  }

  run(): void {
    this.#stop = new AbortController();
    this.#running = this.outbox.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** As a kill leaves it: what was under way is leased by a process that is no more. */
  async crash(): Promise<void> {
    const listed = this.store.deliveries.list({ which: 'open', limit: 10_000 });
    const underWay = listed.filter(({ state }) => state === 'sending').map(({ jobId }) => jobId);
    await this.switchOff();
    const raw = new Database(this.file);
    const lease = raw.prepare(
      `UPDATE jobs SET state = 'sending', leased_by = 'a killed run' WHERE job_id = ? AND state = 'waiting'`,
    );
    for (const jobId of underWay) lease.run(jobId);
    raw.close();
    this.switchOn();
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

/** Gives each test of the file a terminal with a visit, in a time of its own; afterwards nothing may wait for a timer. */
export function outboxTerminalForEach(take: (terminal: OutboxTerminal) => void): void {
  let terminal: OutboxTerminal;
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-21T08:00:00Z') });
    terminal = new OutboxTerminal(join(temporaryFolder(), 'store.db'));
    terminal.store.visits.save(visitId, {});
    take(terminal);
  });
  afterEach(async () => {
    await terminal.switchOff();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}
