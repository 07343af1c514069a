import { DeviceError, sleep } from '../../core/index.ts';
import type { EsclExchange, EsclRequest } from './http.ts';
import {
  decodeSettings,
  encodeCapabilities,
  encodeStatus,
  type InputCapabilities,
  type JobInfo,
  type ScannerCapabilities,
  type ScannerState,
  type ScannerStatus,
  type ScanTicket,
} from './messages.ts';
import { type Answer, type ServedScanner, serveEscl } from './simulator-server.ts';

/** A sheet of paper, each side as the picture that it scans to. Without a back, the front comes twice. */
export interface Sheet {
  readonly front: Uint8Array;
  readonly back?: Uint8Array;
}

interface SimulatedJob {
  readonly path: string;
  readonly ticket: ScanTicket;
  state: NonNullable<JobInfo['state']>;
  reason: string;
  /** Sides that were scanned and not fetched yet. */
  waiting: Uint8Array[];
  pages: number;
  busy: number;
  touchedAtMs: number;
}

const ROOT = '/eSCL';
/** AirSane keeps as many finished jobs, and gives up one that nobody asks after. */
const KEPT_JOBS = 10;
const ABANDONED_MS = 60_000;

const input: InputCapabilities = {
  maxWidth: 2550,
  maxHeight: 3508,
  profiles: [
    {
      colorModes: ['BlackAndWhite1', 'Grayscale8', 'RGB24'],
      formats: ['image/jpeg', 'image/png', 'application/pdf'],
      resolutions: [200, 300],
    },
  ],
};

/**
 * An eSCL scanner with a glass and a feeder that scans both sides: over HTTP on the loopback after `start`, or in process
 * through `exchange`. One job at a time. What ails it are plain fields, which take effect with the next request.
 */
export class EsclSimulator {
  /** What lies in the feeder, the first sheet on top. */
  sheets: Sheet[] = [];
  /** What lies on the glass. */
  glass: Uint8Array | undefined;
  capabilities: ScannerCapabilities = {
    version: '2.63',
    makeAndModel: 'Simulated Scanner A4',
    serialNumber: 'SIM0001',
    platen: input,
    feeder: input,
    duplexFeeder: input,
    detectsPaper: true,
  };
  state: ScannerState = 'Idle';
  /** Said of the feeder whatever lies in it. */
  adfState: string | undefined;
  /** Takes requests and answers none. */
  silent = false;
  /** 503 so many times before each job, and before each page. */
  busyBeforeJob = 0;
  busyBeforePage = 0;
  /** The feeder jams at the page of this number, 409. */
  jamAtPage: number | undefined;
  /** The connection breaks in the middle of the page of this number. */
  breakAtPage: number | undefined;
  /** Pages come at this speed. */
  bytesPerSecond = Number.POSITIVE_INFINITY;
  location: 'right' | 'wrong-host' | 'broken-host' | 'relative' = 'right';
  /** What is said in place of 404, as by some, and in place of 503, as by some Xerox models. */
  notFoundStatus = 404;
  busyStatus = 503;
  /** A document in place of every status, whatever it is. */
  statusBody: Uint8Array | undefined;
  /** Deletes that came. */
  deleted = 0;
  /** What was asked for, in order. */
  readonly requests: { readonly method: string; readonly path: string; readonly host?: string }[] = [];
  readonly tickets: ScanTicket[] = [];
  #jobs: SimulatedJob[] = [];
  #lastJob = 1000;

  /** The same scanner without a network. */
  readonly exchange: EsclExchange = async (request, signal, onBytes = () => undefined) => {
    signal.throwIfAborted();
    const { status, location, body, ending, bytesPerSecond = Number.POSITIVE_INFINITY } = this.answer(request);
    if (ending === 'silence') {
      return await new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    onBytes();
    for (let sent = 0; sent + bytesPerSecond < body.length; sent += bytesPerSecond) {
      await sleep(1_000, signal);
      onBytes();
    }
    if (ending === 'break') throw new DeviceError('not-connected', 'simulated scanner: the line broke');
    return { status, ...(location !== undefined && { location }), body };
  };

  /** Listens on 127.0.0.1; without a port, on a free one. `close` hangs up on everyone. */
  start({ port = 0 }: { readonly port?: number } = {}): Promise<ServedScanner> {
    return serveEscl(this, ROOT, port);
  }

  jobs(): readonly JobInfo[] {
    return this.#jobs.map(({ path, state, reason }) => ({ uri: path, state, reasons: [reason] }));
  }

  /** Somebody presses the scanner's own button. */
  cancelAtThePanel(): void {
    for (const job of this.#jobs) if (job.state === 'Processing') end(job, 'Canceled', 'JobCanceledByUser');
  }

  answer(request: Pick<EsclRequest, 'method' | 'path' | 'body'> & { readonly host?: string }): Answer {
    const { method, path, body, host } = request;
    this.requests.push({ method, path, ...(host !== undefined && { host }) });
    this.#abandon();
    const answer = this.#answer(method, path, body);
    return this.silent ? { ...answer, ending: 'silence' } : answer;
  }

  #answer(method: string, path: string, body: Uint8Array | undefined): Answer {
    if (method === 'GET' && path === `${ROOT}/ScannerCapabilities`) return xml(encodeCapabilities(this.capabilities));
    if (method === 'GET' && path === `${ROOT}/ScannerStatus`)
      return xml(this.statusBody ?? encodeStatus(this.#status()));
    if (method === 'POST' && path === `${ROOT}/ScanJobs`) return this.#create(body ?? new Uint8Array());
    const job = this.#jobs.find((each) => path === each.path || path === `${each.path}/NextDocument`);
    if (!job) return plain(404);
    job.touchedAtMs = performance.now();
    if (method === 'GET' && path !== job.path) return this.#nextDocument(job);
    if (method !== 'DELETE' || path !== job.path) return plain(405);
    this.deleted += 1;
    if (job.state === 'Processing') end(job, 'Canceled', 'JobCanceledByUser');
    return plain(200);
  }

  #create(body: Uint8Array): Answer {
    let ticket: ScanTicket;
    try {
      ticket = decodeSettings(body);
    } catch {
      return plain(400);
    }
    if (this.busyBeforeJob > 0 || this.#jobs.some(({ state }) => state === 'Processing')) {
      this.busyBeforeJob = Math.max(0, this.busyBeforeJob - 1);
      return plain(503);
    }
    const { platen, feeder, duplexFeeder } = this.capabilities;
    if (!(ticket.source === 'Platen' ? platen : ticket.duplex ? duplexFeeder : feeder)) return plain(409);
    this.tickets.push(ticket);
    this.#lastJob += 1;
    const path = `${ROOT}/ScanJobs/${this.#lastJob}`;
    const onGlass = ticket.source === 'Platen' && this.glass ? [this.glass] : [];
    const job = { path, ticket, reason: 'JobScanning', waiting: onGlass, pages: 0, busy: this.busyBeforePage };
    this.#jobs = [...this.#jobs, { ...job, state: 'Processing' as const, touchedAtMs: performance.now() }];
    const finished = this.#jobs.filter(({ state }) => state !== 'Processing').slice(0, -KEPT_JOBS);
    this.#jobs = this.#jobs.filter((each) => !finished.includes(each));
    return { status: 201, location: this.#locationOf(path), body: new Uint8Array() };
  }

  #locationOf(path: string): string {
    const hosts = { right: '', 'wrong-host': 'http://192.0.2.99:8080', 'broken-host': 'http://[fe80::1%eth0:80' };
    return this.location === 'relative' ? path.slice(`${ROOT}/ScanJobs/`.length) : `${hosts[this.location]}${path}`;
  }

  #nextDocument(job: SimulatedJob): Answer {
    if (job.state !== 'Processing') return plain(this.notFoundStatus);
    if (job.busy > 0) {
      job.busy -= 1;
      return plain(this.busyStatus);
    }
    const number = job.pages + 1;
    if (job.ticket.source === 'Feeder') {
      if (number === this.jamAtPage) {
        this.adfState = 'ScannerAdfJam';
        end(job, 'Aborted', 'ErrorsDetected');
        return plain(409);
      }
      this.#drawIn(job);
    }
    const side = job.waiting.shift();
    if (!side) {
      end(job, 'Completed', 'JobCompletedSuccessfully');
      return plain(this.notFoundStatus);
    }
    job.pages = number;
    job.busy = this.busyBeforePage;
    const { bytesPerSecond } = this;
    const answer = { status: 200, body: side, mediaType: job.ticket.format, bytesPerSecond };
    return number === this.breakAtPage ? { ...answer, ending: 'break' } : answer;
  }

  #drawIn(job: SimulatedJob): void {
    if (job.waiting.length > 0) return;
    const sheet = this.sheets.shift();
    if (sheet) job.waiting = job.ticket.duplex ? [sheet.front, sheet.back ?? sheet.front] : [sheet.front];
  }

  #status(): ScannerStatus {
    const scanning = this.#jobs.some(({ state }) => state === 'Processing');
    const paper = this.sheets.length > 0 ? 'ScannerAdfLoaded' : 'ScannerAdfEmpty';
    const { feeder, duplexFeeder } = this.capabilities;
    return {
      state: this.state === 'Idle' && scanning ? 'Processing' : this.state,
      ...((feeder || duplexFeeder) && { adfState: this.adfState ?? paper }),
      jobs: this.jobs(),
    };
  }

  #abandon(): void {
    const now = performance.now();
    for (const job of this.#jobs) {
      if (job.state === 'Processing' && now - job.touchedAtMs > ABANDONED_MS) end(job, 'Aborted', 'AbortedBySystem');
    }
  }
}

function end(job: SimulatedJob, state: SimulatedJob['state'], reason: string): void {
  Object.assign(job, { state, reason, waiting: [] });
}

function plain(status: number): Answer {
  return { status, body: new Uint8Array() };
}

function xml(body: Uint8Array): Answer {
  return { status: 200, body, mediaType: 'text/xml' };
}
