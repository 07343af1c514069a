import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeliveryOutcome, MaterialUpload } from '../../../main/outbox/delivery.ts';
import type { MaterialName } from '../../../main/outbox/materials.ts';
import type { UploadState } from '../../../main/storage/jobs.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { httpFarEnd } from '../../support/http-far-end.ts';
import { caseOf, standInPlatform } from '../../support/stand-in-platform.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PART_BYTES = 256 * 1024;
const content = randomBytes(PART_BYTES * 3 + 1_000);
const noSignal = new AbortController().signal;
const lost: DeliveryOutcome = { outcome: 'retry', cause: 'invalid-answer' };

function nameOf(bytes: Uint8Array): MaterialName {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    ...{ materialId: randomUUID(), label: 'household-register', mediaType: 'image/jpeg' },
    ...{ sizeBytes: bytes.length, sha256 },
  };
}

/** A platform that waits for one paper of one case, and a terminal's attempts to bring it, each from where the last ended. */
async function oneCase({ named = nameOf(content), folder = temporaryFolder() } = {}) {
  const platform = await standInPlatform({ file: join(folder, 'platform.db') });
  const requests: string[] = [];
  const spying: typeof fetch = async (url, init) => {
    requests.push(`${init?.method ?? 'GET'} ${new URL(String(url)).pathname.replace(named.materialId, '…')}`);
    return await fetch(url, init);
  };
  const { url: baseUrl, token } = platform;
  const { deliver } = httpPlatform({ baseUrl, terminalId: 'T-0001', token, fetch: spying });
  const item = caseOf({ materials: [named] });
  const states: UploadState[] = [];
  const sendCase = async (): Promise<void> => {
    const body = Buffer.from(JSON.stringify(item));
    const sent = await deliver({ kind: 'case', idempotencyKey: randomUUID(), body }, noSignal);
    expect(sent.outcome).toBe('delivered');
    requests.length = 0;
  };
  const attempt = async (changes: Partial<MaterialUpload> = {}, signal = noSignal): Promise<DeliveryOutcome> => {
    const delivery: MaterialUpload = {
      kind: 'material',
      idempotencyKey: named.materialId,
      body: Buffer.from(JSON.stringify({ caseId: item.caseId, caseNumber: item.caseNumber, ...named })),
      content,
      location: states.at(-1)?.location,
      save: (state) => states.push(state),
      ...changes,
    };
    return await deliver(delivery, signal);
  };
  const counts = () => platform.inspect().cases[0]?.materials;
  return {
    platform,
    requests,
    states,
    sendCase,
    attempt,
    counts,
    named,
    papers: `${join(folder, 'platform.db')}.uploads`,
  };
}

const arrived = { wanted: 1, complete: 1, wrongHashes: 0, duplicates: 0 };

test('a paper goes in parts of 256 KB, each kept as it arrives, and the platform confirms its bytes', async () => {
  const { sendCase, attempt, requests, states, counts, named } = await oneCase();
  await sendCase();
  expect(counts()).toEqual({ ...arrived, complete: 0 });
  expect(await attempt()).toEqual({
    outcome: 'delivered',
    result: {
      materialId: named.materialId,
      sizeBytes: named.sizeBytes,
      sha256: named.sha256,
      receivedAt: expect.any(String),
    },
  });
  const patch = 'PATCH /v1/uploads/…';
  expect(requests).toEqual(['POST /v1/uploads', patch, patch, patch, patch, 'GET /v1/materials/…']);
  expect(states.map(({ uploadedBytes }) => uploadedBytes)).toEqual([
    0,
    PART_BYTES,
    2 * PART_BYTES,
    3 * PART_BYTES,
    content.length,
  ]);
  expect(new Set(states.map(({ location }) => location)).size).toBe(1);
  expect(counts()).toEqual(arrived);
});

test('a line that breaks in the midst of a part costs no more than what had not arrived', async () => {
  const { platform, sendCase, attempt, requests, states, counts } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 2 }, { kind: 'cut-upload', bytes: 100_000 });
  expect(await attempt()).toEqual({ outcome: 'retry', cause: 'unreachable' });
  expect(states.at(-1)?.uploadedBytes).toBe(PART_BYTES);
  requests.length = 0;
  expect(await attempt()).toMatchObject({ outcome: 'delivered' });
  expect(requests[0]).toBe('HEAD /v1/uploads/…');
  expect(states[2]?.uploadedBytes).toBe(PART_BYTES + 100_000); // of the cut part, what came through is kept
  expect(counts()).toEqual(arrived);
});

test.each([1, 2, 3, 4, 5, 6])('request %i done, its answer lost: the paper arrives once, whole', async (nth) => {
  const { platform, sendCase, attempt, counts } = await oneCase();
  await sendCase();
  await platform.fail(...(nth > 1 ? [{ kind: 'delay', ms: 0, times: nth - 1 } as const] : []), { kind: 'drop-answer' });
  expect(await attempt()).toEqual({ outcome: 'retry', cause: 'unreachable' });
  let outcome = await attempt();
  if (outcome.outcome === 'retry') outcome = await attempt();
  expect(outcome).toMatchObject({ outcome: 'delivered' });
  expect(counts()).toEqual(arrived);
});

test('an address that a crash kept from the disk is given again, and what had arrived is not sent again', async () => {
  const { sendCase, attempt, requests, counts, states, platform } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 3 }, { kind: 'drop-request' });
  await attempt();
  const forgotten = await attempt({ location: undefined });
  expect(forgotten).toEqual({ outcome: 'retry', cause: 'platform-busy' }); // 409: another offset
  requests.length = 0;
  expect(states.at(-1)?.location).toBeDefined();
  expect(await attempt()).toMatchObject({ outcome: 'delivered' });
  expect(requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(2);
  expect(counts()).toEqual(arrived);
});

test.each([404, 410])('an upload that the platform has forgotten (%i) begins anew', async (status) => {
  const { platform, sendCase, attempt, counts, states } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 2 }, { kind: 'status', status });
  expect(await attempt()).toEqual(lost);
  expect(states.at(-1)).toEqual({ location: undefined, uploadedBytes: 0 });
  for (let more = 0; more < 2; more += 1) await attempt();
  expect(counts()).toEqual(arrived);
});

test('bytes that changed on the way are noticed, thrown away, and sent again', async () => {
  const { sendCase, attempt, counts, states } = await oneCase();
  await sendCase();
  expect(await attempt({ content: Buffer.from(content).fill(1, 500, 501) })).toEqual(lost); // HTTP 460
  expect(counts()).toEqual({ wanted: 1, complete: 0, wrongHashes: 1, duplicates: 0 });
  expect(states.at(-1)?.location).toBeUndefined();
  expect(await attempt()).toMatchObject({ outcome: 'delivered' });
  expect(counts()).toEqual({ ...arrived, wrongHashes: 1 });
});

test('a platform that stopped between the last byte and its check makes good for it when asked', async () => {
  const { sendCase, attempt, counts, papers, named, platform } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 4 }, { kind: 'drop-request' });
  await attempt();
  writeFileSync(join(papers, named.materialId), content);
  expect(await attempt()).toMatchObject({ outcome: 'delivered' });
  expect(counts()).toEqual(arrived);
  expect(readdirSync(papers)).toContain(named.materialId);
});

test('a paper is not taken before the case that names it', async () => {
  const { attempt, platform, sendCase } = await oneCase();
  expect(await attempt()).toEqual({ outcome: 'retry', cause: 'platform-busy' });
  expect(platform.inspect().outOfOrder).toBe(1);
  await sendCase();
  expect(await attempt()).toMatchObject({ outcome: 'delivered' });
});

test('a paper that cannot be read here is asked for: delivered where the platform has it, else never', async () => {
  const { sendCase, attempt, requests, states, platform } = await oneCase();
  await sendCase();
  const unreadable = { outcome: 'rejected', reason: 'unreadable' };
  expect(await attempt({ content: undefined })).toEqual(unreadable);
  await platform.fail({ kind: 'delay', ms: 0, times: 2 }, { kind: 'drop-answer' });
  await attempt();
  expect(await attempt({ content: undefined })).toEqual(unreadable); // a part of it is there
  while ((await attempt()).outcome !== 'delivered');
  requests.length = 0;
  states.length = 0;
  expect(await attempt({ content: undefined })).toMatchObject({
    outcome: 'delivered',
    result: { sha256: expect.any(String) },
  });
  expect([requests, states]).toEqual([['GET /v1/materials/…'], []]);
});

test.each([
  ['no answer', { kind: 'drop-request' }, { cause: 'unreachable' }],
  ['a page that says 404', { kind: 'status', status: 404 }, { cause: 'invalid-answer' }],
  ['not now', { kind: 'status', status: 503 }, { cause: 'platform-busy' }],
] as const)('%s is no word on a paper that cannot be read here', async (_what, failure, cause) => {
  const { sendCase, attempt, platform } = await oneCase();
  await sendCase();
  await platform.fail(failure);
  expect(await attempt({ content: undefined })).toEqual({ outcome: 'retry', ...cause });
});

test.each([
  ['too large for whatever stands before the platform', 413, { outcome: 'rejected', reason: 'too-large' }],
  ['of a kind that the platform does not take', 415, { outcome: 'rejected', reason: 'asked-to-fail' }],
  ['refused for good', 422, { outcome: 'rejected', reason: 'asked-to-fail' }],
  ['begun elsewhere', 423, { outcome: 'retry', cause: 'platform-busy' }],
  ['from a terminal that is not known', 401, { outcome: 'unauthorised' }],
  ['for later', 503, { outcome: 'retry', cause: 'platform-busy' }],
])('a paper %s (%i)', async (_what, status, outcome) => {
  const { sendCase, attempt, platform } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'status', status });
  expect(await attempt()).toEqual(outcome);
});

test('a paper of a terminal that may not go on with it is told from one that a filter on the way stops', async () => {
  const { sendCase, attempt, platform, requests } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 2 }, { kind: 'drop-request' });
  await attempt();
  requests.length = 0;
  await platform.fail({ kind: 'status', status: 403 });
  expect(await attempt()).toEqual({ outcome: 'unauthorised' });
  expect(requests).toEqual(['HEAD /v1/uploads/…']); // whose answer has no body
  await platform.fail({ kind: 'html', status: 403 });
  expect(await attempt()).toEqual({ outcome: 'retry', cause: 'invalid-answer' });
});

test('the platform says when to come back, also in the midst of a paper', async () => {
  const { sendCase, attempt, platform } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0 }, { kind: 'status', status: 429, retryAfterS: 30 });
  expect(await attempt()).toEqual({ outcome: 'retry', cause: 'platform-busy', retryAfterMs: 30_000 });
});

test.each(['html', 'truncated', 'drop-request'] as const)('%s at any step loses nothing', async (kind) => {
  for (let step = 1; step <= 6; step += 1) {
    const { sendCase, attempt, platform, counts } = await oneCase();
    await sendCase();
    if (step > 1) await platform.fail({ kind: 'delay', ms: 0, times: step - 1 }, { kind });
    else await platform.fail({ kind });
    for (let more = 0; more < 4 && (await attempt()).outcome !== 'delivered'; more += 1);
    expect(counts()).toEqual(arrived);
  }
});

test('an upload stops at once when told', async () => {
  const { sendCase, attempt, platform } = await oneCase();
  await sendCase();
  await platform.fail({ kind: 'delay', ms: 0, times: 2 }, { kind: 'delay', ms: 30_000 });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const startedMs = performance.now();
  expect(await attempt({}, stop.signal)).toEqual({ outcome: 'retry', cause: 'unexpected' });
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('a store that cannot keep the progress ends the attempt', async () => {
  const { sendCase, attempt, counts } = await oneCase();
  await sendCase();
  const save = (): void => {
    throw new Error('the disk is full');
  };
  await expect(attempt({ save })).rejects.toThrow('the disk is full');
  expect(counts()?.complete).toBe(0);
});

interface OddAnswer {
  status: number;
  headers: Record<string, string>;
  json?: object;
}

/** A far end that answers as a tus server would, changed by `change`; what it was asked, method by method. */
async function oddServer(change: (answer: OddAnswer, method: string, named: MaterialName) => void) {
  const methods: string[] = [];
  const named = nameOf(content);
  const baseUrl = await httpFarEnd((request, response) => {
    const { method = '' } = request;
    methods.push(method);
    request.resume().on('end', () => {
      const answer: OddAnswer = { status: method === 'POST' ? 201 : 200, headers: { location: '/v1/uploads/1' } };
      change(answer, method, named);
      response.writeHead(answer.status, answer.headers).end(answer.json && JSON.stringify(answer.json));
    });
  });
  const states: UploadState[] = [];
  const attempt = (location?: string): Promise<DeliveryOutcome> =>
    httpPlatform({ baseUrl, terminalId: 'T-0001', token: 'a token' }).deliver(
      {
        kind: 'material',
        idempotencyKey: named.materialId,
        body: Buffer.from(JSON.stringify({ caseId: randomUUID(), caseNumber: 'A1', ...named })),
        content,
        location,
        save: (state) => states.push(state),
      },
      noSignal,
    );
  return { baseUrl, attempt, methods, states };
}

test.each([
  'https://elsewhere.example/v1/uploads/1',
  '//elsewhere.example/1',
  'not an address at all: %%',
  'x'.repeat(3_000),
])('neither papers nor the credential go to an address that is not the platform’s (%#)', async (location) => {
  const { attempt, methods, states } = await oddServer((answer) => {
    answer.headers['location'] =
      location.startsWith('x') || location.startsWith('not') ? `http://${location}` : location;
  });
  expect(await attempt()).toEqual(lost);
  expect(methods).toEqual(['POST']);
  expect(states).toEqual([]);
});

test('an address that no request can be sent to is not kept: every further attempt would fail at it', async () => {
  const server = await oddServer((answer) => {
    answer.headers['location'] = server.baseUrl.replace('://', '://somebody:secret@');
  });
  expect(await server.attempt()).toEqual(lost);
  expect([server.methods, server.states]).toEqual([['POST'], []]);
});

test.each(['POST', 'PATCH'])('a redirect of a %s is not followed', async (moved) => {
  const { attempt, methods } = await oddServer((answer, method) => {
    if (method === moved) Object.assign(answer, { status: 307, headers: { location: '/elsewhere' } });
  });
  expect(await attempt()).toEqual(lost);
  expect(methods.at(-1)).toBe(moved);
});

test('a paper is not let go of while the platform says that it has other bytes', async () => {
  const { attempt, baseUrl, states } = await oddServer((answer, method, named) => {
    const size = String(content.length);
    if (method === 'HEAD') answer.headers = { ...answer.headers, 'upload-offset': size, 'upload-length': size };
    if (method === 'GET') answer.json = { ...named, sha256: '0'.repeat(64), receivedAt: '2026-11-21T08:00:00Z' };
  });
  expect(await attempt(`${baseUrl}/v1/uploads/1`)).toEqual(lost);
  expect(states.at(-1)).toEqual({ location: undefined, uploadedBytes: 0 });
});

test('an address of before the platform moved is not asked', async () => {
  const { attempt, methods } = await oddServer((answer) => {
    answer.status = 503;
  });
  await attempt('https://former.example/v1/uploads/1');
  expect(methods).toEqual(['POST']);
});

test.each(['0', '-5', '99999999999', 'NaN', ''])(
  'a platform that says "%s" arrived is not believed, and not asked for ever',
  async (offset) => {
    const { attempt, methods } = await oddServer((answer, method) => {
      if (method === 'PATCH')
        Object.assign(answer, { status: 204, headers: offset === '' ? {} : { 'upload-offset': offset } });
    });
    expect(await attempt()).toEqual(lost);
    expect(methods).toEqual(['POST', 'PATCH']);
  },
);

test('a platform that has something else under an address is given the paper from its start', async () => {
  const { attempt, baseUrl, states } = await oddServer((answer) => {
    answer.headers = { ...answer.headers, 'upload-offset': '5', 'upload-length': '10' };
  });
  expect(await attempt(`${baseUrl}/v1/uploads/1`)).toEqual(lost);
  expect(states).toEqual([{ location: undefined, uploadedBytes: 0 }]);
});
