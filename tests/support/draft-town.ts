import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { DraftCourier } from '../../main/drafts/draft-courier.ts';
import { DraftDesk } from '../../main/drafts/draft-desk.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';
import { type DraftPlatform, httpDraftPlatform } from '../../main/sync/draft-platform.ts';
import { SyncError } from '../../main/sync/errors.ts';
import { CODE } from './draft-codes.ts';
import { eventually } from './eventually.ts';
import { memoryLog } from './memory-log.ts';
import { standInPlatform, wei } from './stand-in-platform.ts';
import { temporaryFolder } from './temporary-folder.ts';

const signal = new AbortController().signal;

/** One platform, and machines by one clock that the test sets. New for each test of the file that calls this. */
export function draftTown(): DraftTown {
  const town = new DraftTown();
  beforeEach(() => town.open());
  afterEach(() => town.close());
  return town;
}

class DraftTown {
  now = 0;
  platform!: Awaited<ReturnType<typeof standInPlatform>>;
  #machines: Machine[] = [];

  async open(): Promise<void> {
    this.now = Date.parse('2026-11-21T09:00:00Z');
    this.platform = await standInPlatform({ now: () => new Date(this.now) });
  }

  async close(): Promise<void> {
    for (const machine of this.#machines.splice(0)) await machine.switchOff();
  }

  machine(id: string): Machine {
    const machine = new Machine(id, this);
    this.#machines.push(machine);
    return machine;
  }
}

/** The part of a terminal that keeps saved applications: desk, courier, disk, and a line that can be cut. */
class Machine {
  readonly folder = temporaryFolder();
  readonly log = memoryLog();
  cut = false;
  clockIsSure = true;
  /** Once, while the platform's next answer is on its way here. */
  meanwhile: () => void = () => undefined;
  store!: Store;
  desk!: DraftDesk;
  courier!: DraftCourier;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #underWay = 0;
  readonly #id: string;
  readonly #town: DraftTown;

  constructor(id: string, town: DraftTown) {
    this.#id = id;
    this.#town = town;
    this.switchOn();
  }

  switchOn(): void {
    this.store = openStore(join(this.folder, 'jiujin.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
    const { url: baseUrl, token } = this.#town.platform;
    const there = httpDraftPlatform({ baseUrl, terminalId: this.#id, token });
    const line =
      <Asked extends unknown[], T>(ask: (...asked: Asked) => Promise<T>) =>
      async (...asked: Asked): Promise<T> => {
        if (this.cut) throw new SyncError('unreachable', 'the line is cut');
        this.#underWay += 1;
        return await ask(...asked).finally(() => this.#answered());
      };
    const cutLine: DraftPlatform = {
      put: line(there.put),
      claim: line(there.claim),
      remove: line(there.remove),
      check: line(there.check),
    };
    const ports = { store: this.store, platform: cutLine, log: this.log, now: () => this.#town.now };
    this.courier = new DraftCourier({ ...ports, clockIsSure: () => this.clockIsSure });
    this.desk = new DraftDesk({ ...ports, ring: () => this.courier.ring() });
    this.#stop = new AbortController();
    this.#running = this.courier.run(this.#stop.signal);
  }

  async switchOff(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.store.close();
  }

  claim(changes: Partial<Parameters<DraftDesk['claim']>[0]> = {}) {
    return this.desk.claim({ claimId: randomUUID(), code: CODE, person: wei, visitId: 'visit', ...changes }, signal);
  }

  /** Resolves when the platform has everything that this machine keeps, and was asked all; the wall clock goes on meanwhile. */
  async isSent(): Promise<void> {
    await eventually(
      () => {
        this.#town.now += 500;
        this.courier.ring();
        return { dueAtMs: this.store.drafts.nextDueAtMs(), underWay: this.#underWay };
      },
      ({ dueAtMs, underWay }) => dueAtMs === undefined && underWay === 0,
    );
  }

  #answered(): void {
    this.#underWay -= 1;
    const { meanwhile } = this;
    this.meanwhile = () => undefined;
    meanwhile();
  }

  /** Of the form that lies here. */
  keyOf(draftId: string): string {
    return this.store.drafts.find(draftId)?.idempotencyKey ?? '';
  }

  get bytesOnDisk(): Buffer {
    return Buffer.concat(readdirSync(this.folder).map((name) => readFileSync(join(this.folder, name))));
  }
}
