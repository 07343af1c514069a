import { DeviceError, sleep } from '../../drivers/core/index.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import type { Exchange } from './http.ts';
import {
  allOperations,
  type IppStatus,
  jobStates,
  type Operation,
  operationCodes,
  PDF,
  printerStates,
  statusCodes,
  wordFor,
} from './operations.ts';
import { SimulatedJob } from './simulated-job.ts';
import {
  fullTray,
  isPossible,
  paperReasons,
  type SimulatedTray,
  trayAttributes,
  trayFor,
  wantedSheet,
} from './simulated-tray.ts';
import { type Answer, serveIpp } from './simulator-server.ts';
import {
  attribute,
  boolean,
  enumerated,
  type IppAttribute,
  type IppGroup,
  type IppMessage,
  integer,
  keyword,
  mimeType,
  name,
  numbersOf,
  stringsOf,
  valuesOf,
} from './values.ts';

/**
 * What becomes of a request: it never arrives, or is carried out and its answer lost (both break the line), is never
 * answered, or is answered with garbage or a refusal in place of being carried out.
 */
export type IppFault = 'lose-request' | 'lose-answer' | 'never-answer' | 'garbage' | { readonly refuse: IppStatus };

export interface ServedPrinter {
  readonly url: string;
  /** The network cable is pulled; what lies in the rollers is printed all the same. */
  unplug(): Promise<void>;
  /** At the same address. */
  plug(): Promise<void>;
  close(): Promise<void>;
}

/** A simulator that runs for weeks forgets its oldest jobs and their documents. */
const JOBS_KEPT = 50;

/**
 * A laser printer with A4 in its one tray, or whatever is put in `trays`, that speaks IPP 2.0: over HTTP on the loopback after `start`, or in process through
 * `exchange`. What ails it are plain fields, which take effect at once; a job that they stop goes on when they are cleared.
 */
export class IppSimulator {
  trays: SimulatedTray[] = [fullTray('tray-1')];
  jammed = false;
  coverOpen = false;
  tonerEmpty = false;
  acceptsJobs = true;
  msPerSheet = 200;
  answerDelayMs = 0;
  /** Without counters it reports no sheets, as plain printers do. */
  countsSheets = true;
  formats: readonly string[] = [PDF, 'image/pwg-raster', 'application/octet-stream'];
  operations: readonly Operation[] = allOperations;
  /** Job attributes that it accepts and does not keep to. */
  ignores: readonly string[] = [];
  /** Asked for each request, with the number of requests for the same operation before it. */
  fault: (operation: Operation, earlier: number) => IppFault | undefined = () => undefined;

  /** What arrived, in order. */
  readonly requests: { readonly operation: Operation; readonly message: IppMessage }[] = [];
  /** Sheets in the output tray, those of unfinished jobs included. */
  sheetsOut = 0;
  #jobs: SimulatedJob[] = [];
  #lastJobId = 16;
  #switchedOnMs = performance.now();
  #feeding: ReturnType<typeof setTimeout> | undefined;

  /** In the first tray. */
  get sheets(): number {
    return this.trays[0]?.sheets ?? 0;
  }

  set sheets(sheets: number) {
    const [first] = this.trays;
    if (first) first.sheets = sheets;
  }

  /** Documents that were printed to the end, in the order of their jobs. */
  documents(): { jobId: number; pdf: Uint8Array; copies: number }[] {
    const done = this.#jobs.filter(({ state }) => state === 'completed');
    return done.map(({ jobId, pdf, copies }) => ({ jobId, pdf, copies }));
  }

  jobs(): readonly SimulatedJob[] {
    return this.#jobs;
  }

  /** Switched off and on: it forgets its jobs and counts from the start. */
  reboot(): void {
    this.#stopFeeding();
    this.#jobs = [];
    this.#lastJobId = 16;
    this.#switchedOnMs = performance.now();
  }

  /** Somebody presses Cancel on the printer itself. */
  cancelAtPanel(): void {
    this.#underWay()?.cancel('operator');
  }

  /** The same printer without a network. */
  readonly exchange: Exchange = async (request, signal) => {
    signal.throwIfAborted();
    const answer = await this.#answer(request);
    if (answer === 'hang-up') throw new DeviceError('not-connected', 'simulated printer: the line broke');
    if (answer !== 'silence') return answer;
    return await new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  };

  /** Listens on 127.0.0.1; without a port, on a free one. `close` hangs up on everyone and stops the rollers. */
  async start({ port = 0 }: { port?: number } = {}): Promise<ServedPrinter> {
    const { url, port: taken, close } = await serveIpp((request) => this.#answer(request), port);
    let unplug: (() => Promise<void>) | undefined = close;
    return {
      url,
      unplug: async () => {
        await unplug?.();
        unplug = undefined;
      },
      plug: async () => {
        unplug ??= (await serveIpp((request) => this.#answer(request), taken)).close;
      },
      close: async () => {
        this.#stopFeeding();
        await unplug?.();
      },
    };
  }

  async #answer(request: Uint8Array): Promise<Answer> {
    if (this.answerDelayMs > 0) await sleep(this.answerDelayMs);
    let message: IppMessage;
    let document: Uint8Array;
    try {
      ({ message, document } = decodeMessage(request));
    } catch {
      return reply(0, 'bad-request'); // RFC 8011 4.1.8: also to what cannot be read
    }
    const operation = wordFor(operationCodes, message.code);
    if (!operation || !this.operations.includes(operation)) return reply(message.requestId, 'operation-not-supported');
    const fault = this.fault(operation, this.requests.filter((each) => each.operation === operation).length);
    if (fault === 'lose-request') return 'hang-up';
    this.requests.push({ operation, message });
    if (fault === 'garbage') return Uint8Array.of(0x02, 0x00, 0xff, 0xff, 0x00);
    if (typeof fault === 'object') return reply(message.requestId, fault.refuse);
    const answer = this.#carryOut(operation, message, document);
    if (fault === 'lose-answer') return 'hang-up';
    return fault === 'never-answer' ? 'silence' : answer;
  }

  #carryOut(operation: Operation, message: IppMessage, document: Uint8Array): Uint8Array {
    const { requestId, groups, version } = message;
    if (version[0] > 2) return reply(requestId, 'version-not-supported');
    const [asked, job] = [groups[0], groups.find(({ group }) => group === 'job')];
    const leading = asked?.attributes
      .slice(0, 3)
      .map((each) => each.name)
      .join(' ');
    const inOrder = leading === 'attributes-charset attributes-natural-language printer-uri';
    if (asked?.group !== 'operation' || !inOrder) return reply(requestId, 'bad-request');
    const target = this.#jobs.find(({ jobId }) => jobId === numbersOf(asked, 'job-id')[0]);
    const refusal = this.#refusalOf(operation, asked, job, target);
    if (refusal) return reply(requestId, refusal);
    switch (operation) {
      case 'get-printer-attributes':
        return reply(requestId, 'ok', { group: 'printer', attributes: this.#printerAttributes() });
      case 'get-jobs': {
        const finished = stringsOf(asked, 'which-jobs')[0] === 'completed';
        const listed = this.#jobs.filter((each) => each.isOver === finished);
        return reply(requestId, 'ok', ...listed.map((each) => this.#jobGroup(each)));
      }
      case 'validate-job':
        return reply(requestId, this.#ignoredGroup(job) ? 'ok-ignored-or-substituted' : 'ok', this.#ignoredGroup(job));
      case 'create-job':
      case 'print-job': {
        const created = this.#create(asked, job);
        if (operation === 'print-job') this.#take(created, document);
        const ignored = this.#ignoredGroup(job);
        return reply(requestId, ignored ? 'ok-ignored-or-substituted' : 'ok', ignored, this.#jobGroup(created));
      }
      case 'send-document':
        this.#take(target!, document); // #refusalOf has made sure of it
        return reply(requestId, 'ok', this.#jobGroup(target!));
      case 'cancel-job':
        target!.cancel();
        return reply(requestId, 'ok');
      case 'get-job-attributes':
        return reply(requestId, 'ok', this.#jobGroup(target!));
    }
  }

  #refusalOf(
    operation: Operation,
    asked: IppGroup,
    job: IppGroup | undefined,
    target: SimulatedJob | undefined,
  ): IppStatus | undefined {
    const onJob = ['send-document', 'cancel-job', 'get-job-attributes'].includes(operation);
    if (onJob && !target) return 'not-found';
    if (operation === 'cancel-job' && target?.isOver) return 'not-possible';
    if (operation === 'send-document' && target?.state !== 'held') return 'multiple-documents-not-supported';
    if (operation === 'send-document' && valuesOf(asked, 'last-document').length === 0) return 'bad-request';
    const makesJob = ['validate-job', 'create-job', 'print-job'].includes(operation);
    if (makesJob && !this.acceptsJobs) return 'not-accepting-jobs';
    const [format = PDF] = stringsOf(asked, 'document-format');
    if (!this.formats.includes(format)) return 'format-not-supported';
    return makesJob && !isPossible(wantedSheet(job), this.trays) ? 'values-not-supported' : undefined;
  }

  #create(asked: IppGroup, job: IppGroup | undefined): SimulatedJob {
    this.#lastJobId += 1;
    const [jobName = 'untitled'] = stringsOf(asked, 'job-name');
    const copies = numbersOf(job, 'copies')[0] ?? 1;
    const created = new SimulatedJob(this.#lastJobId, jobName, copies, wantedSheet(job));
    this.#jobs.push(created);
    if (this.#jobs.length > JOBS_KEPT && this.#jobs[0]?.isOver) this.#jobs.shift();
    return created;
  }

  #take(job: SimulatedJob, document: Uint8Array): void {
    job.receive(document);
    this.#feeding ??= setTimeout(() => this.#feed(), this.msPerSheet);
  }

  /** One sheet, or none while something is in the way; then again as long as there is work. */
  #feed(): void {
    this.#feeding = undefined;
    const job = this.#underWay();
    if (!job) return;
    const tray = trayFor(job.sheet, this.trays);
    if (this.#obstacles().length > 0 || !tray) job.stop();
    else if (job.state === 'processing') {
      tray.sheets -= 1;
      this.sheetsOut += 1;
      job.stack(tray.source);
    } else job.start();
    this.#feeding = setTimeout(() => this.#feed(), this.msPerSheet);
  }

  #stopFeeding(): void {
    clearTimeout(this.#feeding);
    this.#feeding = undefined;
  }

  #underWay(): SimulatedJob | undefined {
    return this.#jobs.find(({ state }) => state === 'processing' || state === 'stopped' || state === 'pending');
  }

  #obstacles(): string[] {
    return [
      ...(this.trays.every(({ sheets }) => sheets === 0) ? ['media-empty'] : []),
      ...(this.jammed ? ['media-jam'] : []),
      ...(this.coverOpen ? ['cover-open'] : []),
      ...(this.tonerEmpty ? ['toner-empty'] : []),
    ];
  }

  #printerAttributes(): IppAttribute[] {
    const obstacles = this.#obstacles();
    const job = this.#underWay();
    if (job?.state === 'stopped' && !trayFor(job.sheet, this.trays)) obstacles.push('media-needed');
    const reasons = [...obstacles.map((each) => `${each}-error`), ...paperReasons(this.trays)];
    const working = this.#jobs.some(({ state }) => state === 'processing');
    const state = obstacles.length > 0 ? 'stopped' : working ? 'processing' : 'idle';
    return [
      attribute('printer-state', enumerated(printerStates[state])),
      attribute('printer-state-reasons', ...(reasons.length > 0 ? reasons : ['none']).map(keyword)),
      attribute('printer-is-accepting-jobs', boolean(this.acceptsJobs)),
      attribute('document-format-supported', ...this.formats.map(mimeType)),
      attribute('operations-supported', ...this.operations.map((each) => enumerated(operationCodes[each]))),
      attribute('copies-supported', { type: 'range', lower: 1, upper: 99 }),
      attribute('print-scaling-supported', keyword('auto'), keyword('none')),
      attribute('orientation-requested-supported', enumerated(3), enumerated(4)),
      attribute('printer-up-time', integer(this.#upTimeS(performance.now()))),
      ...trayAttributes(this.trays),
    ];
  }

  /** RFC 8011 section 5.4.29: seconds since it was switched on, from 1. */
  #upTimeS(atMs: number): number {
    return Math.floor((atMs - this.#switchedOnMs) / 1_000) + 1;
  }

  #jobGroup(job: SimulatedJob): IppGroup {
    const counters = ['job-impressions-completed', 'job-media-sheets-completed'];
    const attributes = [
      attribute('job-id', integer(job.jobId)),
      attribute('job-name', name(job.jobName)),
      attribute('job-state', enumerated(jobStates[job.state])),
      attribute('job-state-reasons', ...job.reasons.map(keyword)),
      attribute('time-at-creation', integer(this.#upTimeS(job.createdAtMs))),
      ...(this.countsSheets ? counters.map((each) => attribute(each, integer(job.sidesDone))) : []),
    ];
    return { group: 'job', attributes };
  }

  #ignoredGroup(job: IppGroup | undefined): IppGroup | undefined {
    const ignored = job?.attributes.filter((each) => this.ignores.includes(each.name)) ?? [];
    if (ignored.length === 0) return undefined;
    return { group: 'unsupported', attributes: ignored.map((each) => attribute(each.name, { type: 'unsupported' })) };
  }
}

function reply(requestId: number, status: IppStatus, ...groups: (IppGroup | undefined)[]): Uint8Array {
  const operation: IppGroup = {
    group: 'operation',
    attributes: [
      attribute('attributes-charset', { type: 'charset', value: 'utf-8' }),
      attribute('attributes-natural-language', { type: 'natural-language', value: 'en' }),
    ],
  };
  const given = groups.filter((group) => group !== undefined);
  return encodeMessage({ version: [2, 0], code: statusCodes[status], requestId, groups: [operation, ...given] });
}
