import { randomBytes, randomUUID } from 'node:crypto';
import { sleep } from '../../drivers/core/index.ts';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';
import { Connectivity } from '../../main/sync/connectivity.ts';
import { httpPlatform, type Platform } from '../../main/sync/platform.ts';
import type { CaseBody, RatingBody } from '../../main/sync/schemas.ts';

export interface KioskOptions {
  readonly id: string;
  /** Its database. */
  readonly file: string;
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof globalThis.fetch;
  /** Called when something of it is sent, and when that has come to an end. */
  readonly onTraffic: (change: 1 | -1) => void;
}

/** An invented person of the stand-in's, old enough for S10. */
const person = { name: '魏长青', idNumber: '23029919510309001X' };

/** A terminal without devices and page: store, outbox, line and platform are those of the product, wired as in compose.ts. */
export class Kiosk {
  readonly id: string;
  /** Of the cases that it has accepted. */
  readonly caseNumbers: string[] = [];
  readonly #store: Store;
  readonly #outbox: Outbox;
  readonly #connectivity: Connectivity;
  readonly #stop = new AbortController();
  /** Its line is looked at in the last moments of the outage only; it has been down since then. */
  #cutOffAtMs = 0;
  readonly #running: Promise<void>[] = [];

  constructor({ id, file, baseUrl, token, fetch, onTraffic }: KioskOptions) {
    this.id = id;
    const platform = counted(httpPlatform({ baseUrl, terminalId: id, token, fetch }), onTraffic);
    this.#store = openStore(file, { cipher: aesGcmCipher(randomBytes(32)) });
    const connectivity = new Connectivity({ health: platform.health, baseUrl });
    this.#connectivity = connectivity;
    this.#outbox = new Outbox({
      store: this.#store,
      deliver: async (delivery, signal) => {
        const outcome = await platform.deliver(delivery, signal);
        if (outcome.outcome === 'delivered' || outcome.outcome === 'rejected') connectivity.reportSuccess();
        else connectivity.reportFailure();
        return outcome;
      },
    });
    let state = connectivity.status.value.state;
    connectivity.status.subscribe((next) => {
      if (next.state === 'online' && state !== 'online') this.#outbox.wake(Date.now() - this.#cutOffAtMs);
      state = next.state;
    });
  }

  /** A case on the disk, with a rating behind it where the resident gave one. */
  accept(sequence: number, { rated }: { readonly rated: boolean }): void {
    const at = new Date().toISOString();
    const caseId = randomUUID();
    const caseNumber = `${this.id}-20261121-${String(sequence).padStart(4, '0')}`;
    const body: CaseBody = {
      ...{ caseId, caseNumber, serviceId: 'S10', serviceVersion: 1, language: 'zh-CN', acceptedAt: at },
      ...{ person, assurance: 'document', answers: { delivery: 'post', phone: '13800138000' } },
    };
    this.#outbox.accept({ caseId, caseNumber, serviceId: 'S10', visitId: `visit-${sequence}`, body });
    const rating: RatingBody = { caseId, caseNumber, stars: 5, ratedAt: at };
    if (rated) this.#outbox.add({ caseId, kind: 'rating', body: rating });
    this.caseNumbers.push(caseNumber);
  }

  startOutbox(): void {
    this.#cutOffAtMs = Date.now();
    this.#running.push(this.#outbox.run(this.#stop.signal));
  }

  /** Asks for the platform's health from then on; no two terminals were switched on in the same moment. */
  watchLine(afterMs: number): void {
    const { signal } = this.#stop;
    const watching = sleep(afterMs, signal).then(
      () => this.#connectivity.run(signal),
      () => undefined, // it was stopped before
    );
    this.#running.push(watching);
  }

  /** What is still to be delivered, and what was refused. */
  get left(): { readonly waiting: number; readonly rejected: number } {
    const { waiting, sending, rejected } = this.#outbox.stats();
    return { waiting: waiting + sending, rejected };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
    this.#store.close();
  }
}

function counted(platform: Platform, onTraffic: KioskOptions['onTraffic']): Pick<Platform, 'deliver' | 'health'> {
  const count = async <T>(work: Promise<T>): Promise<T> => {
    onTraffic(1);
    try {
      return await work;
    } finally {
      onTraffic(-1);
    }
  };
  return {
    deliver: (delivery, signal) => count(platform.deliver(delivery, signal)),
    health: (signal) => count(platform.health(signal)),
  };
}
