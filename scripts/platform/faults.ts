import { Readable, Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sleep } from '../../drivers/core/index.ts';
import { isTool } from './http.ts';

const common = {
  /** To how many requests it happens. */
  times: z.int().min(1).default(1),
  /** To requests of this path and those below it; absent: of any but the tools'. */
  path: z.string().startsWith('/v1/').optional(),
};

/** A busy disk has written by then what came through before the line broke. */
const DISK_MS = 300;

/** How a platform fails. `drop-answer` does the work and says nothing; `drop-request` hangs up before it, `cut-upload` after some bytes. */
export const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(300).max(599),
    retryAfterS: z.int().optional(),
    ...common,
  }),
  z.strictObject({ kind: z.literal('delay'), ms: z.int().min(0).max(600_000), ...common }),
  z.strictObject({ kind: z.literal('drop-answer'), ...common }),
  z.strictObject({ kind: z.literal('drop-request'), ...common }),
  z.strictObject({ kind: z.literal('cut-upload'), bytes: z.int().min(0), ...common }),
  z.strictObject({ kind: z.literal('html'), status: z.int().min(200).max(599).default(200), ...common }),
  z.strictObject({ kind: z.literal('truncated'), ...common }),
]);
export type Fault = z.input<typeof fault>;

/** POST /v1/faults: replaces what was set before. */
export const faultsBody = z.strictObject({ faults: z.array(fault).max(100) });

/** Puts faults between the platform's work and the wire. */
export class Faults {
  #pending: z.infer<typeof fault>[] = [];
  readonly #ofRequest = new WeakMap<FastifyRequest, z.infer<typeof fault>>();
  readonly #closing = new AbortController();

  set(faults: readonly z.infer<typeof fault>[]): void {
    this.#pending = faults.map((item) => ({ ...item }));
  }

  install(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      const found = this.#take(request.url);
      if (!found) return;
      this.#ofRequest.set(request, found);
      if (found.kind === 'drop-request') {
        reply.hijack();
        request.raw.socket.destroy();
      } else if (found.kind === 'status') {
        if (found.retryAfterS !== undefined) reply.header('retry-after', String(found.retryAfterS));
        const error = { code: 'asked-to-fail', message: 'a fault was set' };
        await reply.code(found.status).send({ error });
      }
    });
    server.addHook('onSend', async (request, reply, payload) => {
      const found = this.#ofRequest.get(request);
      const kind = found?.kind;
      if (kind === 'drop-answer') request.raw.socket.destroy();
      if (found?.kind === 'html') {
        reply.code(found.status).type('text/html; charset=utf-8');
        return '<!doctype html><title>Welcome</title><p>Please log in to use this network.';
      }
      return kind === 'truncated' && typeof payload === 'string' ? payload.slice(0, payload.length / 2) : payload;
    });
    server.addHook('preClose', async () => this.#closing.abort());
  }

  /** Called in the midst of the work: a `delay` keeps the platform busy with this request. */
  async pause(request: FastifyRequest): Promise<void> {
    const found = this.#ofRequest.get(request);
    if (found?.kind === 'delay') await sleep(found.ms, this.#closing.signal).catch(() => undefined);
  }

  /** The body of a request, or as much of it as comes before the line breaks. */
  cut(request: FastifyRequest, body: Readable): ReadableStream {
    const found = this.#ofRequest.get(request);
    if (found?.kind !== 'cut-upload') return Readable.toWeb(body);
    let left = found.bytes;
    const cutting = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (part.length > 0) done(null, part);
        else done();
      },
      // Never ends by itself: what came through gets to the disk, then the line is found to be dead.
      flush: () => setTimeout(breakLine, DISK_MS),
    });
    const breakLine = (): void => {
      request.raw.socket.destroy();
      cutting.destroy(new Error('the line broke'));
    };
    body.on('error', breakLine);
    return Readable.toWeb(body.pipe(cutting));
  }

  #take(path: string): z.infer<typeof fault> | undefined {
    if (isTool(path)) return undefined;
    const found = this.#pending.find((item) => item.path === undefined || `${path}/`.startsWith(`${item.path}/`));
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.#pending.splice(this.#pending.indexOf(found), 1);
    return found;
  }
}
