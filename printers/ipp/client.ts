import { backoffMs, DeviceError, type DeviceErrorCode, sleep, within } from '../../drivers/core/index.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { type JobFacts, jobFactNames, jobFacts, type PrinterFacts, printerFactNames, printerFacts } from './facts.ts';
import { type Exchange, httpAddress } from './http.ts';
import { type IppStatus, type Operation, operationCodes, PDF, statusCodes, wordFor } from './operations.ts';
import {
  attribute,
  boolean,
  type IppAttribute,
  type IppGroup,
  integer,
  keyword,
  mimeType,
  name,
  numbersOf,
  stringsOf,
  uri,
} from './values.ts';

/** A printer that wakes from sleep takes some seconds to answer. */
const REPLY_MS = 10_000;
/** A certificate is below 150 kB, but a busy printer reads it slowly. */
const DOCUMENT_REPLY_MS = 60_000;
/** 0507 busy and its like: five tries, at most some 15 s. Refused whole, so that trying again prints nothing twice. */
const MAX_TRIES = 5;
const FIRST_BACKOFF = 2;
const tryAgain: ReadonlySet<IppStatus | undefined> = new Set([
  'service-unavailable',
  'temporary-error',
  'busy',
] as const);

const codeFor: Partial<Record<IppStatus, DeviceErrorCode>> = {
  forbidden: 'not-authorised',
  'not-authenticated': 'not-authorised',
  'not-authorized': 'not-authorised',
  timeout: 'timeout',
  'request-too-large': 'invalid-data',
  'format-not-supported': 'unsupported',
  'values-not-supported': 'unsupported',
  'conflicting-attributes': 'unsupported',
  'format-error': 'invalid-data',
  'internal-error': 'hardware-error',
  'operation-not-supported': 'unsupported',
  'service-unavailable': 'timeout',
  'version-not-supported': 'unsupported',
  'device-error': 'hardware-error',
  'temporary-error': 'timeout',
  'not-accepting-jobs': 'user-error',
  busy: 'timeout',
  'job-canceled': 'canceled',
};

/**
 * What must be as asked on a certificate: a printer that says that it left one of these out prints something else. Of a
 * collection some name the member (RFC 8011 section 4.1.7).
 */
const essential = ['media', 'media-col', 'media-size', 'media-source', 'media-type', 'sides', 'copies', 'output-bin'];

/** A job that is to be made: its name, and its attributes as for this printer. */
export interface JobRequest {
  readonly jobName: string;
  readonly attributes: readonly IppAttribute[];
}

interface Call {
  readonly operation: Operation;
  readonly attributes?: readonly IppAttribute[];
  readonly job?: readonly IppAttribute[];
  readonly document?: Uint8Array;
  /** How often a printer that is busy is asked. */
  readonly tries?: number;
}

interface Reply {
  readonly status: number;
  readonly groups: readonly IppGroup[];
}

type WhichJobs = 'not-completed' | 'completed';

/** A job that the printer took. `ignored` names what it will not do as asked. */
export interface AcceptedJob {
  readonly jobId: number;
  readonly ignored: readonly string[];
}

/** One printer's operations. Each rejects with a DeviceError that names operation and status, or with the signal's reason. */
export class IppClient {
  readonly #printerUri: string;
  readonly #exchange: Exchange;
  #lastRequestId = 0;

  constructor(printerUrl: string, exchange: Exchange) {
    this.#printerUri = httpAddress(printerUrl).href.replace(/^http/, 'ipp');
    this.#exchange = exchange;
  }

  /** One that asks again soon anyway has no use for more `tries`. */
  async printer(signal: AbortSignal, tries = MAX_TRIES): Promise<PrinterFacts> {
    const attributes = [attribute('requested-attributes', ...printerFactNames.map(keyword))];
    const reply = await this.#ask({ operation: 'get-printer-attributes', attributes, tries }, signal);
    return printerFacts(groupIn(reply, 'printer'));
  }

  /** Resolves with what the printer would not do as asked; rejects `unsupported` and so on when it would refuse the job. */
  async validate(request: JobRequest, signal: AbortSignal): Promise<readonly string[]> {
    return ignoredIn(await this.#ask({ operation: 'validate-job', ...jobCall(request) }, signal));
  }

  async createJob(request: JobRequest, signal: AbortSignal): Promise<AcceptedJob> {
    const { attributes, job } = jobCall(request);
    // RFC 8011 4.2.4: Create-Job has no document-format, which goes with each document.
    const withoutFormat = attributes.filter((each) => each.name !== 'document-format');
    return accepted(await this.#ask({ operation: 'create-job', attributes: withoutFormat, job }, signal));
  }

  /**
   * Resolves with the printer's word: `undefined` when it took the document, else why it refused. Rejects when no word
   * came, which leaves open whether the document arrived.
   */
  async sendDocument(jobId: number, pdf: Uint8Array, signal: AbortSignal): Promise<DeviceError | undefined> {
    const attributes = [
      attribute('job-id', integer(jobId)),
      requester,
      attribute('document-format', mimeType(PDF)),
      attribute('last-document', boolean(true)),
    ];
    return refusalIn(
      await this.#call({ operation: 'send-document', attributes, document: pdf }, signal),
      'send-document',
    );
  }

  /** As `sendDocument` for a printer without Create-Job: the job that it took, or why it refused; rejects without a word. */
  async printJob(request: JobRequest, pdf: Uint8Array, signal: AbortSignal): Promise<AcceptedJob | DeviceError> {
    const reply = await this.#call({ operation: 'print-job', ...jobCall(request), document: pdf }, signal);
    return refusalIn(reply, 'print-job') ?? accepted(reply);
  }

  /** `undefined` where the printer knows no such job. */
  async job(jobId: number, signal: AbortSignal): Promise<JobFacts | undefined> {
    const attributes = [attribute('job-id', integer(jobId)), requester, wantedOfJobs];
    const call = { operation: 'get-job-attributes', attributes } as const;
    const reply = await this.#call(call, signal);
    if (reply.status === statusCodes['not-found'] || reply.status === statusCodes.gone) return undefined;
    return jobFacts(groupIn(successful(reply, call.operation), 'job'));
  }

  /** RFC 8011 section 4.2.6.1: `completed` are those that are over, however they ended. */
  async jobs(which: WhichJobs, signal: AbortSignal): Promise<readonly JobFacts[]> {
    return (await this.#listed(which, signal)).map(jobFacts);
  }

  async #listed(which: WhichJobs, signal: AbortSignal): Promise<readonly IppGroup[]> {
    const attributes = [requester, attribute('which-jobs', keyword(which)), wantedOfJobs];
    const { groups } = await this.#ask({ operation: 'get-jobs', attributes }, signal);
    return groups.filter(({ group }) => group === 'job');
  }

  /** Looks among waiting and finished jobs. Of other people's some printers tell hardly anything. */
  async findJob(jobName: string, signal: AbortSignal): Promise<JobFacts | undefined> {
    for (const which of ['not-completed', 'completed'] as const) {
      const found = (await this.#listed(which, signal)).find((job) => stringsOf(job, 'job-name')[0] === jobName);
      if (found) return jobFacts(found);
    }
    return undefined;
  }

  /** Resolves too where the job is already finished or gone: the job's own state tells how it ended. */
  async cancelJob(jobId: number, signal: AbortSignal): Promise<void> {
    const call = { operation: 'cancel-job', attributes: [attribute('job-id', integer(jobId)), requester] } as const;
    const reply = await this.#call(call, signal);
    const done: readonly number[] = [statusCodes['not-possible'], statusCodes['not-found'], statusCodes.gone];
    if (!done.includes(reply.status)) successful(reply, call.operation);
  }

  async #ask(call: Call, signal: AbortSignal): Promise<Reply> {
    return successful(await this.#call(call, signal), call.operation);
  }

  async #call(call: Call, signal: AbortSignal): Promise<Reply> {
    const { tries: most = MAX_TRIES } = call;
    for (let tries = 1; ; tries += 1) {
      const reply = await this.#once(call, signal);
      if (tries === most || !tryAgain.has(wordFor(statusCodes, reply.status))) return reply;
      await sleep(backoffMs(FIRST_BACKOFF + tries), signal);
    }
  }

  async #once({ operation, attributes = [], job = [], document }: Call, signal: AbortSignal): Promise<Reply> {
    this.#lastRequestId = (this.#lastRequestId % 0x7fff_ffff) + 1; // RFC 8010 3.4.4: 1 to 2^31 − 1
    const requestId = this.#lastRequestId;
    const target = attribute('printer-uri', uri(this.#printerUri));
    const groups: IppGroup[] = [{ group: 'operation', attributes: [...preamble, target, ...attributes] }];
    if (job.length > 0) groups.push({ group: 'job', attributes: job });
    const head = encodeMessage({ version: [2, 0], code: operationCodes[operation], requestId, groups });
    const body = document ? Buffer.concat([head, document]) : head;
    const deadlineMs = document ? DOCUMENT_REPLY_MS : REPLY_MS;
    const giveUp = new AbortController();
    const exchange = this.#exchange(body, giveUp.signal);
    try {
      const { message } = decodeMessage(await within(deadlineMs, `IPP ${operation}`, [signal], exchange));
      if (message.requestId !== requestId) {
        throw new DeviceError('protocol', `IPP ${operation}: reply ${message.requestId} to request ${requestId}`);
      }
      return { status: message.code, groups: message.groups };
    } finally {
      giveUp.abort();
    }
  }
}

/** RFC 8011 section 4.1.4: the first two attributes of every request, in this order. */
const preamble: readonly IppAttribute[] = [
  attribute('attributes-charset', { type: 'charset', value: 'utf-8' }),
  attribute('attributes-natural-language', { type: 'natural-language', value: 'zh' }),
];
const requester = attribute('requesting-user-name', name('kiosk'));
const wantedOfJobs = attribute('requested-attributes', ...jobFactNames.map(keyword));

function jobCall(request: JobRequest): { attributes: readonly IppAttribute[]; job: readonly IppAttribute[] } {
  const attributes = [
    requester,
    attribute('job-name', name(request.jobName)),
    attribute('document-format', mimeType(PDF)),
  ];
  return { attributes, job: request.attributes };
}

function successful(reply: Reply, operation: Operation): Reply {
  const refusal = refusalIn(reply, operation);
  if (refusal) throw refusal;
  return reply;
}

function refusalIn({ status }: Reply, operation: Operation): DeviceError | undefined {
  if (status < 0x0100) return undefined; // RFC 8011 appendix B.1: 0x0000 to 0x00FF are successes
  const word = wordFor(statusCodes, status);
  const detail = `IPP ${operation}: status 0x${status.toString(16).padStart(4, '0')}${word ? ` ${word}` : ''}`;
  return new DeviceError((word && codeFor[word]) ?? 'protocol', detail);
}

function accepted(reply: Reply): AcceptedJob {
  const [jobId] = numbersOf(groupIn(reply, 'job'), 'job-id');
  if (jobId === undefined) throw new DeviceError('protocol', 'IPP: a job was accepted without a job-id');
  return { jobId, ignored: ignoredIn(reply) };
}

function groupIn({ groups }: Reply, wanted: IppGroup['group']): IppGroup | undefined {
  return groups.find(({ group }) => group === wanted);
}

function ignoredIn(reply: Reply): readonly string[] {
  const names = groupIn(reply, 'unsupported')?.attributes.map((each) => each.name) ?? [];
  return names.filter((each) => essential.includes(each));
}
