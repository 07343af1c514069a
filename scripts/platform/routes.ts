import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Operation, takesJson } from '../../main/sync/operation.ts';
import { operations } from '../../main/sync/operations.ts';
import type { Faults } from './faults.ts';
import { bytesOf, isTool, Refusal, readAs, readJson } from './http.ts';
import type { TokenBucket } from './rate.ts';
import type { Records, Request, StoredAnswer } from './records.ts';

/** A request that is as its operation says; `terminalId` is empty where no credential is asked for and none came. */
export interface Call<
  Body extends z.ZodType,
  Parts extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Headers extends z.ZodType = z.ZodType,
> {
  readonly terminalId: string;
  readonly body: z.output<Body>;
  readonly parts: z.output<Parts>;
  readonly query: z.output<Query>;
  readonly headers: z.output<Headers>;
  /** For bodies and answers that are no JSON. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the platform says, and what it does in the same transaction. */
export interface AnswerOnce extends Answer {
  readonly body: object;
  readonly effect?: () => void;
}

export interface Surroundings {
  readonly records: Records;
  readonly faults: Faults;
  /** What terminals must show. */
  readonly token: string;
  /** Absent: it never has too much to do. */
  readonly bucket?: TokenBucket | undefined;
}

export interface Route {
  readonly operation: Operation;
  readonly serve: (surroundings: Surroundings, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

/** Work that may be done twice. It may also send its answer itself, by `reply`, and return nothing. */
export function route<B extends z.ZodType, P extends z.ZodType, Q extends z.ZodType, H extends z.ZodType>(
  operation: Operation<B, z.ZodType, P, Q, H>,
  work: (call: Call<B, P, Q, H>) => Promise<Answer | undefined>,
): Route {
  return {
    operation,
    async serve({ faults, token }, request, reply) {
      const terminalId = terminalOf(operation, request, token);
      await faults.pause(request);
      const answer = await work({ ...understand(operation, request), terminalId, request, reply });
      return answer ? send(reply, answer) : reply;
    },
  };
}

/**
 * Work that is done once under its key: the rules of draft-ietf-httpapi-idempotency-key-header-07: 400 missing, 409 still
 * running, 422 another content, else the first answer again.
 */
export function routeOnce<B extends z.ZodType, P extends z.ZodType, Q extends z.ZodType, H extends z.ZodType>(
  operation: Operation<B, z.ZodType, P, Q, H> & { readonly once: true },
  work: (call: Call<B, P, Q, H> & { readonly key: Request }) => AnswerOnce,
): Route {
  const running = new Set<string>();
  return {
    operation,
    async serve({ records, faults, token, bucket }, request, reply) {
      const terminalId = terminalOf(operation, request, token);
      const idempotencyKey = /^"([\w-]{8,100})"$/.exec(String(request.headers['idempotency-key'] ?? ''))?.[1];
      if (!idempotencyKey) throw new Refusal(400, 'idempotency-key-missing', 'Idempotency-Key must be a quoted string');
      const retryAfterS = bucket?.take();
      if (retryAfterS !== undefined) throw new Refusal(503, 'busy', 'more to do than it can', retryAfterS);
      const fingerprint = createHash('sha256').update(bytesOf(request)).digest('hex');
      const key = { terminalId, idempotencyKey, fingerprint };
      const runningKey = `${terminalId} ${idempotencyKey}`;
      if (running.has(runningKey)) throw new Refusal(409, 'in-progress', 'the first request is still being worked on');
      running.add(runningKey);
      try {
        await faults.pause(request);
        const stored = records.findAnswer(key);
        if (stored === 'key-reused') throw new Refusal(422, 'key-reused', 'this key was used with another content');
        if (stored) return sendText(reply, stored);
        const { status, body, effect } = work({ ...understand(operation, request), terminalId, request, reply, key });
        const answer = { status, body: JSON.stringify(body) };
        records.conclude(key, answer, effect ?? (() => undefined));
        return sendText(reply, answer);
      } finally {
        running.delete(runningKey);
      }
    },
  };
}

/** Fails the start of a platform that would serve terminals something which the table does not say. */
export function refuseUnknownRoutes(server: FastifyInstance): void {
  const known = new Set(Object.values(operations).map(({ method, path }) => `${method} ${fastifyPath(path)}`));
  server.addHook('onRoute', ({ method, path }) => {
    for (const one of [method].flat()) {
      if (one === 'HEAD' && known.has(`GET ${path}`)) continue; // Fastify's own, beside every GET
      if (isTool(path) || known.has(`${one} ${path}`)) continue;
      throw new Error(`${one} ${path} is not in main/sync/operations.ts`);
    }
  });
}

export function serveRoutes(
  server: FastifyInstance,
  routes: Readonly<Record<string, Route>>,
  surroundings: Surroundings,
): void {
  for (const { operation, serve } of Object.values(routes)) {
    server.route({
      method: operation.method,
      url: fastifyPath(operation.path),
      handler: (request, reply) => serve(surroundings, request, reply),
    });
  }
}

/** `/v1/drafts/{code}` as Fastify writes it. */
export function fastifyPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function terminalOf({ credential }: Operation, request: FastifyRequest, token: string): string {
  const terminalId = request.headers['terminal-id'];
  if (credential === 'optional') return String(terminalId ?? '');
  if (request.headers.authorization !== `Bearer ${token}`) throw new Refusal(401, 'unauthorised', 'no valid token');
  if (typeof terminalId !== 'string' || terminalId === '') throw new Refusal(400, 'bad-request', 'no Terminal-Id');
  return terminalId;
}

/** Everything that the operation says of a request, read with its schemas; a Refusal names what is not as agreed. */
function understand<B extends z.ZodType, P extends z.ZodType, Q extends z.ZodType, H extends z.ZodType>(
  operation: Operation<B, z.ZodType, P, Q, H>,
  request: FastifyRequest,
): Pick<Call<B, P, Q, H>, 'body' | 'parts' | 'query' | 'headers'> {
  const { body, parts, query, headers } = operation;
  return {
    body: takesJson(operation) ? readJson(request, body) : readAs(body, undefined),
    parts: readIfAny(parts, request.params),
    query: readIfAny(query, request.query),
    headers: readIfAny(headers, request.headers),
  };
}

function readIfAny<S extends z.ZodType>(schema: S | undefined, value: unknown): z.output<S> {
  // Where the table names no schema, `S` is any type and its output unknown.
  return schema ? readAs(schema, value) : (undefined as z.output<S>);
}

function send(reply: FastifyReply, { status, body, headers = {} }: Answer): FastifyReply {
  reply.code(status).headers(headers);
  return body === undefined ? reply.send() : sendText(reply, { status, body: JSON.stringify(body) });
}

function sendText(reply: FastifyReply, { status, body }: StoredAnswer): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}
