import { randomUUID } from 'node:crypto';
import { codeHashOf } from '../../main/drafts/code-hash.ts';
import type { DraftBody } from '../../main/sync/draft-schemas.ts';
import { CODE } from './draft-codes.ts';
import { wei } from './stand-in-platform.ts';

/** An application of 魏长青 that was put aside at the second question. */
export function draftOf(changes: Partial<DraftBody> = {}): DraftBody {
  return {
    draftId: randomUUID(),
    revision: 1,
    codeHash: codeHashOf(CODE),
    serviceId: 'S10',
    serviceVersion: 1,
    language: 'zh-CN',
    savedAt: '2026-11-21T08:00:00.000Z',
    keptUntil: '2026-11-28T08:00:00.000Z',
    person: wei,
    answers: { delivery: 'post', phone: '13900000102' },
    touched: ['delivery', 'phone'],
    at: 'form',
    question: 1,
    ...changes,
  };
}
