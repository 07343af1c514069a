import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Log } from '../../main/log/log.ts';
import type { ErrorAnswer } from '../../main/sync/schemas.ts';

/** What the stand-in serves outside the table of operations: for people and tests, not for terminals. */
export function isTool(path: string): boolean {
  return toolPaths.includes(path) || path.startsWith('/v1/tools/');
}
const toolPaths: readonly string[] = ['/v1/inspect', '/v1/faults', '/openapi.json', '/docs'];

/** A refusal on its way to the terminal. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterS?: number) {
    super(message);
    this.retryAfterS = retryAfterS;
    this.status = status;
    this.code = code;
  }
}

/** The fingerprint is of the bytes on the wire, so they are kept beside what they mean. */
export function keepBytes(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
}

export function readJson<S extends z.ZodType>(request: FastifyRequest, schema: S): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(request)));
  } catch (cause) {
    throw new Refusal(400, 'bad-request', `not JSON in UTF-8: ${(cause as Error).name}`);
  }
  return readAs(schema, value);
}

/** What came, checked. Throws a Refusal that names path and rule only: what a terminal sent is personal data. */
export function readAs<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`).join(', ');
  throw new Refusal(400, 'bad-request', `not as agreed: ${where}`.slice(0, 500));
}

export function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}

export function speakErrors(server: FastifyInstance, log: Log | undefined): void {
  server.setNotFoundHandler(() => {
    throw new Refusal(404, 'not-found', 'no such path');
  });
  server.setErrorHandler(async (error: Refusal | FastifyError, _request, reply) => {
    const own = error instanceof Refusal;
    const status = own ? error.status : (error.statusCode ?? 500);
    if (status >= 500 && !own) log?.error({ error }, 'the stand-in platform failed');
    const code = own ? error.code : status === 413 ? 'too-large' : status < 500 ? 'bad-request' : 'internal';
    if (own && error.retryAfterS !== undefined) reply.header('retry-after', String(error.retryAfterS));
    await reply.code(status).send({ error: { code, message: error.message.slice(0, 500) } } satisfies ErrorAnswer);
  });
}

/** An answer as it was given, before any fault was put between it and the wire. */
export interface GivenAnswer {
  readonly method: string;
  /** As the server knows the route, `/v1/drafts/:code`; `undefined` where nobody serves that address. */
  readonly route: string | undefined;
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

/** Before the faults: whoever installs a hook first sees the answer first. */
export function tellAnswers(server: FastifyInstance, onAnswer: (answer: GivenAnswer) => void): void {
  server.addHook('onSend', async ({ method, routeOptions: { url: route } }, reply, body) => {
    onAnswer({ method, route, status: reply.statusCode, type: String(reply.getHeader('content-type') ?? ''), body });
    return body;
  });
}
