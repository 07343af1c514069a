import { createHash } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Log } from '../../main/log/log.ts';
import {
  type CaseBody,
  caseBody,
  devicesBody,
  type ErrorAnswer,
  prefillBody,
  ratingBody,
} from '../../main/sync/schemas.ts';
import { decide } from './business.ts';
import { Faults, faultsBody } from './faults.ts';
import { type Inspection, Records, type Request, type StoredAnswer } from './records.ts';
import { loadResidents } from './residents.ts';

export interface PlatformOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Where to remember; absent: in memory. */
  readonly file?: string;
  /** What terminals must show. */
  readonly token: string;
  readonly log?: Log;
  readonly now?: () => Date;
}

export interface RunningPlatform {
  readonly url: string;
  readonly port: number;
  inspect(): Inspection;
  close(): Promise<void>;
}

/** The stand-in central platform, on 127.0.0.1 only: its tools ask for no credential. */
export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const records = new Records(options.file);
  const faults = new Faults();
  const server = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  keepBytes(server);
  speakErrors(server, options.log);
  faults.install(server);
  serveTerminals(server, records, faults, options);
  serveTools(server, records, faults);
  server.addHook('onClose', async () => records.close());
  const url = await server.listen({ host: '127.0.0.1', port: options.port });
  return { url, port: Number(new URL(url).port), inspect: () => records.inspect(), close: () => server.close() };
}

/** A refusal on its way to the terminal. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The fingerprint is of the bytes on the wire, so they are kept beside what they mean. */
function keepBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
}

function readJson<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(request)));
  } catch (cause) {
    throw new Refusal(400, 'bad-request', `not JSON in UTF-8: ${(cause as Error).name}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  // Paths and rules only: what a terminal sent is personal data.
  const where = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`).join(', ');
  throw new Refusal(400, 'bad-request', `not as agreed: ${where}`.slice(0, 500));
}

function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

function speakErrors(server: FastifyInstance, log: Log | undefined): void {
  server.setNotFoundHandler(() => {
    throw new Refusal(404, 'not-found', 'no such path');
  });
  server.setErrorHandler(async (error: Refusal | FastifyError, _request, reply) => {
    const own = error instanceof Refusal;
    const status = own ? error.status : (error.statusCode ?? 500);
    if (status >= 500) log?.error({ error }, 'the stand-in platform failed');
    const code = own ? error.code : status === 413 ? 'too-large' : status < 500 ? 'bad-request' : 'internal';
    await reply.code(status).send({ error: { code, message: error.message.slice(0, 500) } } satisfies ErrorAnswer);
  });
}

function serveTools(server: FastifyInstance, records: Records, faults: Faults): void {
  server.get('/v1/inspect', async () => records.inspect());
  server.post('/v1/faults', async (request) => {
    faults.set(readJson(request, faultsBody).faults);
    return {};
  });
}

function serveTerminals(
  server: FastifyInstance,
  records: Records,
  faults: Faults,
  { token, now = () => new Date() }: PlatformOptions,
): void {
  const residents = loadResidents();
  const running = new Set<string>();

  const terminalOf = (request: FastifyRequest): string => {
    if (request.headers.authorization !== `Bearer ${token}`) throw new Refusal(401, 'unauthorised', 'no valid token');
    const terminalId = request.headers['terminal-id'];
    if (typeof terminalId !== 'string' || terminalId === '') throw new Refusal(400, 'bad-request', 'no Terminal-Id');
    return terminalId;
  };

  /** The rules of draft-ietf-httpapi-idempotency-key-header-07: 400 missing, 409 still running, 422 another content. */
  const once = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (known: Request) => { answer: StoredAnswer; effect: () => void },
  ): Promise<FastifyReply> => {
    const terminalId = terminalOf(request);
    const idempotencyKey = /^"([\w-]{8,100})"$/.exec(String(request.headers['idempotency-key'] ?? ''))?.[1];
    if (!idempotencyKey) throw new Refusal(400, 'idempotency-key-missing', 'Idempotency-Key must be a quoted string');
    const fingerprint = createHash('sha256').update(bytesOf(request)).digest('hex');
    const known = { terminalId, idempotencyKey, fingerprint };
    const runningKey = `${terminalId} ${idempotencyKey}`;
    if (running.has(runningKey)) throw new Refusal(409, 'in-progress', 'the first request is still being worked on');
    running.add(runningKey);
    try {
      await faults.pause(request);
      const stored = records.findAnswer(known);
      if (stored === 'key-reused') throw new Refusal(422, 'key-reused', 'this key was used with another content');
      if (stored) return send(reply, stored);
      const { answer, effect } = work(known);
      records.conclude(known, answer, effect);
      return send(reply, answer);
    } finally {
      running.delete(runningKey);
    }
  };

  server.get('/v1/health', async (request) => {
    await faults.pause(request);
    return { status: 'ok', serverAt: now().toISOString() };
  });

  server.post('/v1/prefill', async (request) => {
    terminalOf(request);
    await faults.pause(request);
    const { idNumber, name, bindings } = readJson(request, prefillBody);
    const resident = residents.get(idNumber);
    const known = resident?.person.name === name ? resident.prefill : {};
    const values = Object.fromEntries(Object.entries(known).filter(([binding]) => bindings.includes(binding)));
    return { values };
  });

  server.put('/v1/devices', async (request) => {
    const terminalId = terminalOf(request);
    await faults.pause(request);
    const receivedAt = now().toISOString();
    records.setDevices(terminalId, JSON.stringify(readJson(request, devicesBody)), receivedAt);
    return { receivedAt };
  });

  server.post('/v1/cases', (request, reply) =>
    once(request, reply, (known) => {
      const body = readJson(request, caseBody);
      const receivedAt = now().toISOString();
      const ticketSeries = ticketSeriesOf(body, dayOf(now()));
      const resident = body.person && residents.get(body.person.idNumber);
      const decision = decide(body, {
        resident: resident?.person.name === body.person?.name ? resident : undefined,
        today: dayOf(now()),
        ticketsBefore: ticketSeries === undefined ? 0 : records.countTickets(ticketSeries),
      });
      if (decision.outcome === 'refused') {
        const { code, message } = decision;
        return { answer: answerOf(422, { error: { code, message } }), effect: () => undefined };
      }
      const { caseNumber, caseId, serviceId } = body;
      return {
        answer: answerOf(201, { caseNumber, receivedAt, ...decision.answer }),
        effect: () => records.addCase(known, { caseNumber, caseId, serviceId, ticketSeries, receivedAt }),
      };
    }),
  );

  server.post('/v1/ratings', (request, reply) =>
    once(request, reply, () => {
      const { caseNumber, stars } = readJson(request, ratingBody);
      if (!records.hasCase(caseNumber)) {
        records.addFinding('out-of-order', caseNumber);
        throw new Refusal(409, 'case-unknown', 'the rated case has not arrived');
      }
      const receivedAt = now().toISOString();
      return {
        answer: answerOf(201, { caseNumber, receivedAt }),
        effect: () => records.addRating(caseNumber, stars, receivedAt),
      };
    }),
  );
}

function answerOf(status: number, body: object): StoredAnswer {
  return { status, body: JSON.stringify(body) };
}

function send(reply: FastifyReply, { status, body }: StoredAnswer): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

/** Tickets are counted by letter and day. */
function ticketSeriesOf({ serviceId, ticketNumber }: CaseBody, day: string): string | undefined {
  return serviceId === 'S19' ? `${day} ${ticketNumber?.slice(0, 1) ?? ''}` : undefined;
}

/** The calendar day where the platform is, `YYYY-MM-DD`; the Swedish locale writes ISO 8601. */
function dayOf(instant: Date): string {
  return instant.toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' });
}
