import { z } from 'zod';
import type { Deliver, DeliveryOutcome, RetryCause } from '../outbox/delivery.ts';
import { SyncError } from './errors.ts';
import { exchange } from './exchange.ts';
import {
  caseAnswer,
  caseBody,
  type DevicesAnswer,
  type DevicesBody,
  devicesAnswer,
  type HealthAnswer,
  healthAnswer,
  type PrefillAnswer,
  type PrefillBody,
  prefillAnswer,
  ratingAnswer,
} from './schemas.ts';

/** The central platform as the terminal needs it. Another city's platform is another implementation of this. */
export interface Platform {
  /** Sends once. Never rejects: what went wrong is the outcome. */
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

/** A slow mobile line needs some 5 s for a case; beyond 15 s the resident has been told that it goes on in the background. */
const DELIVER_MS = 15_000;
/** A resident is looking at an empty form. */
const PREFILL_MS = 5_000;
/** As Connectivity promises to notice within. */
const HEALTH_MS = 2_000;
const DEVICES_MS = 10_000;

const targets = {
  // A gateway that mixes up its answers must not hand one resident another's certificate.
  case: { path: '/v1/cases', answerTo: (body: Uint8Array) => caseAnswer.refine(isAbout(body)) },
  rating: { path: '/v1/ratings', answerTo: () => ratingAnswer },
} as const;

function isAbout(body: Uint8Array): (answer: { readonly caseNumber: string }) => boolean {
  const { caseNumber } = numbered.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  return (answer) => answer.caseNumber === caseNumber;
}
const numbered = z.looseObject({ caseNumber: caseBody.shape.caseNumber });

/** Our platform protocol: JSON over HTTPS, `Idempotency-Key` as a quoted string (draft-ietf-httpapi-idempotency-key-header-07). */
export function httpPlatform({ baseUrl, terminalId, token, fetch = globalThis.fetch }: HttpPlatformOptions): Platform {
  const urlOf = (path: string): URL => new URL(baseUrl.replace(/\/+$/, '') + path);
  const headers = { accept: 'application/json', authorization: `Bearer ${token}`, 'terminal-id': terminalId };
  const posting = { ...headers, 'content-type': 'application/json' };
  return {
    async deliver({ kind, idempotencyKey, body }, signal) {
      const { path, answerTo } = targets[kind];
      const init = {
        method: 'POST',
        headers: { ...posting, 'idempotency-key': `"${idempotencyKey}"` },
        body: Buffer.from(body),
      };
      const request = { what: `POST ${path}`, url: urlOf(path), init, deadlineMs: DELIVER_MS, answer: answerTo(body) };
      try {
        return { outcome: 'delivered', result: await exchange<unknown>(fetch, request, signal) };
      } catch (error) {
        return outcomeOf(SyncError.from(error, request.what));
      }
    },

    async prefill(body, signal) {
      const path = '/v1/prefill';
      const init = { method: 'POST', headers: posting, body: JSON.stringify(body) };
      const request = { what: `POST ${path}`, url: urlOf(path), init, deadlineMs: PREFILL_MS, answer: prefillAnswer };
      return await exchange(fetch, request, signal);
    },

    async reportDevices(body, signal) {
      const path = '/v1/devices';
      const init = { method: 'PUT', headers: posting, body: JSON.stringify(body) };
      const request = { what: `PUT ${path}`, url: urlOf(path), init, deadlineMs: DEVICES_MS, answer: devicesAnswer };
      return await exchange(fetch, request, signal);
    },

    async health(signal) {
      const path = '/v1/health';
      const request = {
        what: `GET ${path}`,
        url: urlOf(path),
        init: { headers },
        deadlineMs: HEALTH_MS,
        answer: healthAnswer,
      };
      return await exchange(fetch, request, signal);
    },
  };
}

const retryCauses: Readonly<Record<Exclude<SyncError['code'], 'rejected' | 'unauthorised'>, RetryCause>> = {
  unreachable: 'unreachable',
  refused: 'unreachable',
  timeout: 'timeout',
  canceled: 'unexpected',
  'platform-busy': 'platform-busy',
  'invalid-answer': 'invalid-answer',
};

function outcomeOf({ code, reason = 'unknown', retryAfterMs }: SyncError): DeliveryOutcome {
  if (code === 'rejected') return { outcome: 'rejected', reason };
  if (code === 'unauthorised') return { outcome: 'unauthorised' };
  return { outcome: 'retry', cause: retryCauses[code], ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
