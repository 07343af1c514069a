import { DeviceError, type DeviceErrorCode, sleep, within } from '../../core/index.ts';
import { MAX_PAGE_BYTES } from '../picture.ts';
import { type Condition, conditionOf, feederTrouble } from './condition.ts';
import type { EsclExchange, EsclReply, EsclRequest } from './http.ts';
import { pathOfLocation } from './location.ts';
import {
  decodeCapabilities,
  decodeStatus,
  encodeSettings,
  type JobInfo,
  type ScannerCapabilities,
  type ScannerStatus,
  type ScanTicket,
} from './messages.ts';
import { MAX_XML_BYTES } from './xml.ts';

const CAPABILITIES_MS = 3_000;
/** A scanner that wakes up opens a job slowly. */
const CREATE_MS = 20_000;
const DELETE_MS = 2_000;
/** Lamps warm up and sheets are drawn in before the first byte; between bytes the carriage may stop for a while. */
const FIRST_BYTE_MS = 60_000;
const NEXT_BYTE_MS = 15_000;
/** A page of 5 MB at 50 kB/s takes 100 s. */
const PAGE_MS = 300_000;

/** sane-airscan: a second's pause after each 503, and no more than so many of them. */
const BUSY_PAUSE_MS = 1_000;
const CREATE_TRIES = 10;
const PAGE_TRIES = 30;

const activeJobs: readonly JobInfo['state'][] = ['Pending', 'Processing', 'PendingHeld'];

const codeFor: Readonly<Record<number, DeviceErrorCode>> = {
  400: 'invalid-data',
  401: 'not-authorised',
  403: 'not-authorised',
  409: 'unsupported',
  503: 'timeout',
};

export interface EsclClientOptions {
  /** The path of the service, without a slash at its end. */
  readonly root: string;
  readonly exchange: EsclExchange;
  readonly statusReplyMs: number;
  /** Some Xerox models say 404 or 410 where others say 503: only the job's own state then tells that there are no more pages. */
  readonly notFoundMeansBusy: boolean;
  /** Told whenever the scanner has proved that it is there. */
  readonly onAlive: () => void;
}

/** One scanner's requests. Each rejects with a DeviceError that names request and answer, or with a signal's reason. */
export class EsclClient {
  readonly #options: EsclClientOptions;

  constructor(options: EsclClientOptions) {
    this.#options = options;
  }

  async capabilities(...signals: AbortSignal[]): Promise<ScannerCapabilities> {
    const reply = await this.#get('ScannerCapabilities', CAPABILITIES_MS, signals);
    return decodeCapabilities(reply.body);
  }

  async status(...signals: AbortSignal[]): Promise<ScannerStatus> {
    const reply = await this.#get('ScannerStatus', this.#options.statusReplyMs, signals);
    return decodeStatus(reply.body);
  }

  /** The path of the job. */
  async createJob(ticket: ScanTicket, ...signals: AbortSignal[]): Promise<string> {
    const path = `${this.#options.root}/ScanJobs`;
    const body = encodeSettings(ticket);
    for (let tries = 1; ; tries += 1) {
      const reply = await this.#exchange(
        { method: 'POST', path, body, maxReplyBytes: MAX_XML_BYTES },
        CREATE_MS,
        signals,
      );
      if (reply.status === 201) {
        const job = pathOfLocation(reply.location ?? '', path);
        if (job === undefined) throw new DeviceError('protocol', `eSCL ${path}: a job without an address`);
        return job;
      }
      if (reply.status !== 503 || tries === CREATE_TRIES)
        throw await this.#refused(`POST ${path}`, reply, ticket, signals);
      await sleep(BUSY_PAUSE_MS, ...signals);
    }
  }

  /** The next page as the scanner sent it, or `undefined` where there is none. `pages`: how many have come. */
  async nextPage(
    job: string,
    ticket: ScanTicket,
    pages: number,
    ...signals: AbortSignal[]
  ): Promise<Uint8Array | undefined> {
    for (let tries = 1; ; tries += 1) {
      const reply = await this.#document(`${job}/NextDocument`, signals);
      if (reply.status === 200) return reply.body;
      const notFound = reply.status === 404 || reply.status === 410;
      const busy =
        reply.status === 503 || (notFound && this.#options.notFoundMeansBusy && !(await this.#isOver(job, signals)));
      if (!busy || tries === PAGE_TRIES) return await this.#noPage(job, reply, ticket, pages, signals);
      await sleep(BUSY_PAUSE_MS, ...signals);
    }
  }

  /** Tells the scanner to forget a job. Never rejects: it is told for the next person's sake, and may be gone itself. */
  async deleteJob(job: string): Promise<void> {
    const request = { method: 'DELETE', path: job, maxReplyBytes: MAX_XML_BYTES } as const;
    await this.#exchange(request, DELETE_MS, []).catch(() => undefined);
  }

  /** Deletes every job that the scanner has not finished, but for those at these addresses. */
  async deleteJobs({ jobs }: ScannerStatus, except: readonly string[] = []): Promise<void> {
    for (const { uri, state } of jobs) {
      const path = pathOfLocation(uri, `${this.#options.root}/ScanJobs`);
      if (path !== undefined && activeJobs.includes(state) && !except.includes(uri)) await this.deleteJob(path);
    }
  }

  async #isOver(job: string, signals: AbortSignal[]): Promise<boolean> {
    const info = jobIn(await this.status(...signals), job);
    return info ? !activeJobs.includes(info.state) : true;
  }

  /** sane-airscan: after at least one page any refusal is the end of a glass, and 404 that of a feeder that is well. */
  async #noPage(
    job: string,
    reply: EsclReply,
    ticket: ScanTicket,
    pages: number,
    signals: AbortSignal[],
  ): Promise<undefined> {
    const what = `GET ${job}/NextDocument`;
    if (pages > 0 && ticket.source === 'Platen') return undefined;
    const ends = reply.status === 404 || reply.status === 410;
    if (pages === 0 || !ends) throw await this.#refused(what, reply, ticket, signals);
    const status = await this.status(...signals).catch((error: unknown) => {
      for (const signal of signals) signal.throwIfAborted();
      if (error instanceof DeviceError) return undefined; // 404 alone is the end as well
      throw error;
    });
    const trouble = status && feederTrouble(status);
    if (trouble && trouble.code !== 'no-media') throw new DeviceError(trouble.code, `${what}: ${trouble.detail}`);
    const info = status && jobIn(status, job);
    if (info?.state === 'Aborted' || info?.state === 'Canceled') {
      const detail = `${what}: job ${info.state} ${info.reasons.join(', ')}`.trimEnd();
      throw new DeviceError(info.state === 'Canceled' ? 'canceled' : 'hardware-error', detail);
    }
    return undefined;
  }

  /** The feeder's word decides where the feeder was to be used, then the scanner's; the HTTP status comes last. */
  async #refused(what: string, reply: EsclReply, ticket: ScanTicket, signals: AbortSignal[]): Promise<DeviceError> {
    const answered = `eSCL ${what}: HTTP ${reply.status}`;
    const status = await this.status(...signals).catch((cause: unknown) => {
      for (const signal of signals) signal.throwIfAborted();
      throw new DeviceError(codeFor[reply.status] ?? 'protocol', `${answered}, and no status`, { cause });
    });
    const trouble = (ticket.source === 'Feeder' && feederTrouble(status)) || stateTrouble(status);
    if (trouble) return new DeviceError(trouble.code, `${answered}, ${trouble.detail}`);
    if (reply.status === 404 || reply.status === 410) {
      const code = ticket.source === 'Feeder' ? 'no-media' : 'hardware-error';
      return new DeviceError(code, `${answered} before the first page`);
    }
    return new DeviceError(codeFor[reply.status] ?? 'protocol', answered);
  }

  async #get(resource: string, ms: number, signals: AbortSignal[]): Promise<EsclReply> {
    const path = `${this.#options.root}/${resource}`;
    const reply = await this.#exchange({ method: 'GET', path, maxReplyBytes: MAX_XML_BYTES }, ms, signals);
    if (reply.status === 200) return reply;
    throw new DeviceError(codeFor[reply.status] ?? 'protocol', `eSCL GET ${path}: HTTP ${reply.status}`);
  }

  async #exchange(request: EsclRequest, ms: number, signals: AbortSignal[]): Promise<EsclReply> {
    const giveUp = new AbortController();
    const exchange = this.#options.exchange(request, giveUp.signal);
    try {
      const reply = await within(ms, `eSCL ${request.method} ${request.path}`, signals, exchange);
      this.#options.onAlive();
      return reply;
    } finally {
      giveUp.abort(); // a scanner that was given up on is not listened to
    }
  }

  /** As `#exchange`, but for the deadlines: a page may take long as long as something of it arrives. */
  async #document(path: string, signals: AbortSignal[]): Promise<EsclReply> {
    const giveUp = new AbortController();
    const quiet = Promise.withResolvers<never>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const allow = (ms: number): void => {
      clearTimeout(timer);
      const late = new DeviceError('timeout', `eSCL GET ${path}: nothing for ${ms} ms`);
      timer = setTimeout(() => quiet.reject(late), ms);
    };
    const onBytes = (): void => {
      this.#options.onAlive();
      if (!giveUp.signal.aborted) allow(NEXT_BYTE_MS);
    };
    const request = { method: 'GET', path, maxReplyBytes: MAX_PAGE_BYTES } as const;
    allow(FIRST_BYTE_MS);
    try {
      const exchange = this.#options.exchange(request, giveUp.signal, onBytes);
      return await within(PAGE_MS, `eSCL GET ${path}`, signals, Promise.race([exchange, quiet.promise]));
    } finally {
      clearTimeout(timer);
      giveUp.abort();
    }
  }
}

function jobIn({ jobs }: ScannerStatus, job: string): JobInfo | undefined {
  return jobs.find(({ uri }) => pathOfLocation(uri, '') === job);
}

const noCapabilities: ScannerCapabilities = { version: '', makeAndModel: '', serialNumber: '', detectsPaper: false };

function stateTrouble(status: ScannerStatus): Condition['trouble'] {
  return conditionOf(status, noCapabilities).trouble;
}
