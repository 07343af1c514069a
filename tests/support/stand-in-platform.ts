import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { CaseBody } from '../../main/sync/schemas.ts';
import type { Fault } from '../../scripts/platform/faults.ts';
import { type PlatformOptions, startPlatform } from '../../scripts/platform/platform.ts';
import { notInDocument } from './agreed-answers.ts';
import { atTestEnd } from './test-end.ts';

const token = 'a token';

/**
 * The stand-in central platform until the test ends, with a terminal's way to speak to it. A test fails at its end for an
 * answer that is not as the OpenAPI document says.
 */
export async function standInPlatform(options: Partial<PlatformOptions> = {}) {
  const notAsAgreed: string[] = [];
  const platform = await startPlatform({
    port: 0,
    token,
    onAnswer: (answer) => notAsAgreed.push(...notInDocument(answer)),
    ...options,
  });
  atTestEnd(async () => {
    await platform.close();
    expect(notAsAgreed, 'answers that the OpenAPI document does not know').toEqual([]);
  });
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(platform.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'terminal-id': 'T-0001',
        'idempotency-key': `"${randomUUID()}"`,
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: (): unknown => JSON.parse(text) };
  };
  const fail = async (...faults: Fault[]): Promise<void> => {
    await post('/v1/faults', { faults });
  };
  return { ...platform, token, post, fail };
}

export const lin = { name: '林晓岚', idNumber: '230299197506180027' };
export const wei = { name: '魏长青', idNumber: '23029919510309001X' };
export const chen = { name: '陈一鸣', idNumber: '230299199011020039' };

export function caseOf(changes: Partial<CaseBody>): CaseBody {
  return {
    caseId: randomUUID(),
    caseNumber: 'A1',
    serviceId: 'S10',
    serviceVersion: 1,
    language: 'zh-CN',
    acceptedAt: '2026-11-21T08:00:00Z',
    person: wei,
    assurance: 'document',
    answers: {},
    ...changes,
  };
}
