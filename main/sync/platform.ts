import { z } from 'zod';
import type { Deliver, DeliveryOutcome, RetryCause } from '../outbox/delivery.ts';
import { SyncError } from './errors.ts';
import { exchange } from './exchange.ts';
import { uploadMaterial } from './material-upload.ts';
import { nothing, type Operation } from './operation.ts';
import { operations } from './operations.ts';
import {
  caseAnswer,
  caseBody,
  type DevicesAnswer,
  type DevicesBody,
  type HealthAnswer,
  type PrefillAnswer,
  type PrefillBody,
  ratingAnswer,
} from './schemas.ts';

/** The central platform as the terminal needs it. Another city's platform is another implementation of this. */
export interface Platform {
  /** Sends once. What went wrong on the line or over there is the outcome; rejects where a paper's progress cannot be kept. */
  readonly deliver: Deliver;
  /** What the platform knows of a person, for a form's first values. Rejects with a SyncError. */
  prefill(request: PrefillBody, signal: AbortSignal): Promise<PrefillAnswer>;
  /** Tells how this terminal's devices are. Rejects with a SyncError. */
  reportDevices(body: DevicesBody, signal: AbortSignal): Promise<DevicesAnswer>;
  /** Rejects with a SyncError unless the platform says that it can serve. */
  health(signal: AbortSignal): Promise<HealthAnswer>;
}

export interface HttpPlatformOptions {
  /** `https://host[:port][/path]`; the paths of the protocol are appended. */
  readonly baseUrl: string;
  readonly terminalId: string;
  readonly token: string;
  readonly fetch?: typeof globalThis.fetch;
}

const targets = {
  // A gateway that mixes up its answers must not hand one resident another's certificate.
  case: { operation: operations.submitCase, answerTo: (body: Uint8Array) => caseAnswer.refine(isAbout(body)) },
  rating: { operation: operations.rateCase, answerTo: (body: Uint8Array) => ratingAnswer.refine(isAbout(body)) },
} as const;

function isAbout(body: Uint8Array): (answer: { readonly caseNumber: string }) => boolean {
  const { caseNumber } = numbered.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  return (answer) => answer.caseNumber === caseNumber;
}
const numbered = z.looseObject({ caseNumber: caseBody.shape.caseNumber });

/** Our platform protocol: JSON over HTTPS, `Idempotency-Key` as a quoted string (draft-ietf-httpapi-idempotency-key-header-07). */
export function httpPlatform({ baseUrl, terminalId, token, fetch = globalThis.fetch }: HttpPlatformOptions): Platform {
  const base = baseUrl.replace(/\/+$/, '');
  const common = { accept: 'application/json', authorization: `Bearer ${token}`, 'terminal-id': terminalId };
  const requestOf = (
    { method, path, body: agreed, deadlineMs }: Operation,
    { body, headers, parts = {} }: Sent = {},
  ) => {
    const type = agreed === nothing ? {} : { 'content-type': 'application/json' };
    return {
      what: `${method} ${path}`,
      url: new URL(base + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''))),
      init: { method, headers: { ...common, ...type, ...headers }, ...(body !== undefined && { body }) },
      deadlineMs,
    };
  };
  const ask = async <Answer>(
    operation: Operation & { readonly answer: z.ZodType<Answer> },
    sent: Sent,
    signal: AbortSignal,
  ) => exchange(fetch, { ...requestOf(operation, sent), answer: operation.answer }, signal);
  return {
    async deliver(delivery, signal) {
      if (delivery.kind === 'material') {
        const { url: endpoint } = requestOf(operations.createUpload);
        const find = (materialId: string) => ask(operations.findMaterial, { parts: { materialId } }, signal);
        const ports = { fetch, endpoint, headers: common, find };
        return await uploadMaterial(ports, delivery, signal).catch((error: unknown) => {
          if (error instanceof SyncError) return outcomeOf(error);
          throw error;
        });
      }
      const { kind, idempotencyKey, body } = delivery;
      const { operation, answerTo } = targets[kind];
      const headers = { 'idempotency-key': `"${idempotencyKey}"` };
      const request = requestOf(operation, { headers, body: Buffer.from(body) });
      try {
        const result = await exchange<unknown>(fetch, { ...request, answer: answerTo(body) }, signal);
        return { outcome: 'delivered', result };
      } catch (error) {
        return outcomeOf(SyncError.from(error, request.what));
      }
    },
    prefill: (body, signal) => ask(operations.prefill, { body: JSON.stringify(body) }, signal),
    reportDevices: (body, signal) => ask(operations.reportDevices, { body: JSON.stringify(body) }, signal),
    health: (signal) => ask(operations.health, {}, signal),
  };
}

interface Sent {
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the path, by name. */
  readonly parts?: Readonly<Record<string, string>>;
}

const retryCauses: Readonly<Record<Exclude<SyncError['code'], 'rejected' | 'unauthorised'>, RetryCause>> = {
  unreachable: 'unreachable',
  refused: 'unreachable',
  timeout: 'timeout',
  canceled: 'unexpected',
  'platform-busy': 'platform-busy',
  'invalid-answer': 'invalid-answer',
};

/**
 * Of an address that takes every delivery they say nothing of this one: it is configured wrongly, or the platform is being
 * replaced, and a whole city's cases would become dead letters.
 */
const NOT_SERVED: readonly (number | undefined)[] = [404, 405];

function outcomeOf({ code, status, reason = 'unknown', retryAfterMs }: SyncError): DeliveryOutcome {
  if (NOT_SERVED.includes(status)) return { outcome: 'retry', cause: 'invalid-answer' };
  if (code === 'rejected') return { outcome: 'rejected', reason };
  if (code === 'unauthorised') return { outcome: 'unauthorised' };
  return { outcome: 'retry', cause: retryCauses[code], ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
