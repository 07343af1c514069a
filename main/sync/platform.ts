import { z } from 'zod';
import type { Deliver, DeliveryOutcome, RetryCause } from '../outbox/delivery.ts';
import { SyncError } from './errors.ts';
import { httpLink, type LinkOptions } from './link.ts';
import { uploadMaterial } from './material-upload.ts';
import { operations } from './operations.ts';
import {
  caseAnswer,
  caseBody,
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
  /** Rejects with a SyncError unless the platform says that it can serve. */
  health(signal: AbortSignal): Promise<HealthAnswer>;
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

/** The platform that `options` lead to. */
export function httpPlatform(options: LinkOptions): Platform {
  const link = httpLink(options);
  return {
    async deliver(delivery, signal) {
      if (delivery.kind === 'material') {
        const find = (materialId: string) => link.ask(operations.findMaterial, { parts: { materialId } }, signal);
        const { fetch, headers } = link;
        const ports = { fetch, endpoint: link.addressOf(operations.createUpload), headers, find };
        return await uploadMaterial(ports, delivery, signal).catch((error: unknown) => {
          if (error instanceof SyncError) return outcomeOf(error);
          throw error;
        });
      }
      const { kind, idempotencyKey, body } = delivery;
      const { operation, answerTo } = targets[kind];
      const sent = { headers: { 'idempotency-key': `"${idempotencyKey}"` }, body: Buffer.from(body) };
      try {
        const result = await link.ask<unknown>({ ...operation, answer: answerTo(body) }, sent, signal);
        return { outcome: 'delivered', result };
      } catch (error) {
        return outcomeOf(SyncError.from(error, `${operation.method} ${operation.path}`));
      }
    },
    prefill: (body, signal) => link.ask(operations.prefill, { body: JSON.stringify(body) }, signal),
    health: (signal) => link.ask(operations.health, {}, signal),
  };
}

const retryCauses: Readonly<Record<Exclude<SyncError['code'], 'rejected' | 'unauthorised'>, RetryCause>> = {
  unreachable: 'unreachable',
  refused: 'unreachable',
  untrusted: 'unreachable',
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
