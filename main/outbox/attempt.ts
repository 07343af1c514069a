import { DeviceError, unlessAborted } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { LeasedJob, UploadState } from '../storage/jobs.ts';
import type { Store } from '../storage/open.ts';
import type { Deliver, Delivery, DeliveryOutcome } from './delivery.ts';

/** An attempt that has neither come back nor moved on by then is given up: a deliverer's own deadline is well below. */
const LEASE_MS = 60_000;

export interface AttemptPorts {
  readonly store: Pick<Store, 'jobs' | 'blobs'>;
  readonly deliver: Deliver;
  readonly log: Log | undefined;
  readonly holder: string;
}

/** One attempt at one delivery: runs until `deliver` is done, `stop` aborts, or nothing has moved for a minute. */
export class Attempt {
  readonly #job: LeasedJob;
  readonly #ports: AttemptPorts;
  readonly #lease = new AbortController();
  readonly #giveUp = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Of this attempt. */
  #uploadedBytes = 0;
  #storeFailed: { readonly error: unknown } | undefined;
  /** Those since it last went on, this one included. */
  attempts: number;

  constructor(job: LeasedJob, ports: AttemptPorts) {
    this.#job = job;
    this.#ports = ports;
    this.attempts = job.attempts;
  }

  /** What `deliver` says, or that it failed. Rejects only where the store does. */
  async run(stop: AbortSignal): Promise<DeliveryOutcome> {
    const outcome = await this.#try(stop);
    if (this.#storeFailed) throw this.#storeFailed.error;
    return outcome;
  }

  async #try(stop: AbortSignal): Promise<DeliveryOutcome> {
    const { deliver, log } = this.#ports;
    try {
      const delivery = this.#delivery();
      if ('outcome' in delivery) return delivery;
      this.#prolong();
      return await unlessAborted([stop, this.#lease.signal], deliver(delivery, this.#giveUp.signal));
    } catch (error) {
      if (!stop.aborted) log?.error({ caseId: this.#job.caseId, error }, 'a delivery failed in an unexpected way');
      return { outcome: 'retry', cause: 'unexpected' };
    } finally {
      clearTimeout(this.#timer);
      this.#giveUp.abort();
    }
  }

  #prolong(): void {
    clearTimeout(this.#timer);
    const late = new DeviceError('timeout', `delivery: nothing moved within ${LEASE_MS} ms`);
    this.#timer = setTimeout(() => this.#lease.abort(late), LEASE_MS);
  }

  /** With the page that it carries, or what becomes of one whose page cannot be read now. */
  #delivery(): Delivery | DeliveryOutcome {
    const { kind, idempotencyKey, body, material, caseId } = this.#job;
    if (kind !== 'material') return { kind, idempotencyKey, body };
    const upload = { kind, idempotencyKey, body, location: material?.location, save: this.#save };
    try {
      return { ...upload, content: material && this.#ports.store.blobs.read(material.blobId) };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#ports.log?.error({ caseId, error }, 'a page cannot be read');
      if (error.code === 'sealed-data-damaged') return { ...upload, content: undefined };
      return { outcome: 'retry', cause: 'storage' };
    }
  }

  readonly #save = (state: UploadState): void => {
    this.#giveUp.signal.throwIfAborted();
    const { store, holder } = this.#ports;
    let isOurs: boolean;
    try {
      isOurs = store.jobs.saveUpload(this.#job.jobId, holder, state);
    } catch (error) {
      this.#storeFailed = { error }; // whatever the deliverer makes of it
      throw error;
    }
    if (!isOurs) throw new Error('somebody else holds this delivery');
    if (state.uploadedBytes > this.#uploadedBytes) this.#prolong();
    if (state.uploadedBytes > (this.#job.material?.uploadedBytes ?? 0)) this.attempts = 1;
    this.#uploadedBytes = state.uploadedBytes;
  };
}
