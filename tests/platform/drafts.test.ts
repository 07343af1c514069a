import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { codeHashOf } from '../../main/drafts/code-hash.ts';
import { httpDraftPlatform } from '../../main/sync/draft-platform.ts';
import { CODE, codes } from '../support/draft-codes.ts';
import { draftOf } from '../support/drafts.ts';
import { deadEnd, httpFarEnd } from '../support/http-far-end.ts';
import { caseOf, lin, standInPlatform, wei } from '../support/stand-in-platform.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const signal = new AbortController().signal;
let now: Date;
let platform: Awaited<ReturnType<typeof standInPlatform>>;

beforeEach(async () => {
  now = new Date('2026-11-21T09:00:00Z');
  platform = await standInPlatform({ now: () => now });
});

const terminal = (terminalId: string) =>
  httpDraftPlatform({ baseUrl: platform.url, terminalId, token: platform.token });
const ask = (changes: object = {}) => ({ claimId: randomUUID(), codeHash: codeHashOf(CODE), person: wei, ...changes });
const failing = (code: string, reason?: string) => expect.objectContaining({ code, ...(reason && { reason }) });

test('what one terminal put aside another takes up, whole', async () => {
  const draft = draftOf();
  await terminal('A').put(draft, randomUUID(), signal);
  expect(await terminal('B').claim(ask(), signal)).toEqual({ outcome: 'claimed', draft });
});

test('the same saving again, after an answer that was lost, is the same saving; what is older is no news', async () => {
  const draft = draftOf();
  const [key, later] = [randomUUID(), { ...draft, revision: 2, question: 0 }];
  await terminal('A').put(draft, key, signal);
  await terminal('A').put(draft, key, signal);
  await terminal('A').put(later, randomUUID(), signal);
  await terminal('A').put({ ...draft, question: 1 }, randomUUID(), signal);
  expect(await terminal('B').claim(ask(), signal)).toEqual({ outcome: 'claimed', draft: later });
});

test('it is taken up once: another terminal is told so, the terminal it was saved at forgets it', async () => {
  const draft = draftOf();
  await terminal('A').put(draft, randomUUID(), signal);
  const claim = ask();
  const first = await terminal('B').claim(claim, signal);
  expect(await terminal('B').claim(claim, signal)).toEqual(first);
  expect(await terminal('C').claim(ask(), signal)).toEqual({ outcome: 'in-use' });
  expect(await terminal('A').check({ draftIds: [draft.draftId] }, signal)).toEqual({ gone: [draft.draftId] });
  expect(await terminal('B').check({ draftIds: [draft.draftId] }, signal)).toEqual({ gone: [] });
});

test('saved again at another terminal, the first forgets what is out of date; put aside there as it was, it does not', async () => {
  const draft = draftOf();
  const gone = async (id: string) => (await terminal(id).check({ draftIds: [draft.draftId] }, signal)).gone.length;
  await terminal('A').put(draft, randomUUID(), signal);
  const claim = ask();
  await terminal('B').claim(claim, signal);
  await terminal('B').put({ ...draft, claimId: claim.claimId }, randomUUID(), signal);
  expect(await gone('A')).toBe(0);
  await terminal('B').put({ ...draft, revision: 2 }, randomUUID(), signal);
  expect([await gone('A'), await gone('B')]).toEqual([1, 0]);
});

test('put aside again it can be taken up anywhere; and so after half an hour where a terminal went dark', async () => {
  const draft = draftOf();
  await terminal('A').put(draft, randomUUID(), signal);
  const claim = ask();
  await terminal('B').claim(claim, signal);
  await terminal('B').put({ ...draft, revision: 2, claimId: claim.claimId }, randomUUID(), signal);
  expect(await terminal('C').claim(ask(), signal)).toMatchObject({ outcome: 'claimed', draft: { revision: 2 } });
  now = new Date(now.getTime() + 31 * 60_000);
  expect(await terminal('A').claim(ask(), signal)).toMatchObject({ outcome: 'claimed' });
});

test('a wrong code, another person and no card are answered alike whether or not there is such a code', async () => {
  await terminal('A').put(draftOf(), randomUUID(), signal);
  const unknown = { codeHash: codeHashOf(codes[8]!) };
  for (const changes of [{ person: lin }, unknown, { ...unknown, person: lin }]) {
    expect(await terminal('B').claim(ask(changes), signal)).toEqual({ outcome: 'not-found' });
  }
  for (const changes of [{}, unknown]) {
    const { person: _, ...anonymous } = ask(changes);
    expect(await terminal('B').claim(anonymous, signal)).toEqual({ outcome: 'person-required' });
  }
});

test('one that belongs to nobody is had without a card', async () => {
  const { person: _person, ...draft } = draftOf();
  await terminal('A').put(draft, randomUUID(), signal);
  const { person: _, ...anonymous } = ask();
  expect(await terminal('B').claim(anonymous, signal)).toEqual({ outcome: 'claimed', draft });
});

test('ten wrong codes make a terminal wait, and that terminal alone', async () => {
  await terminal('A').put(draftOf(), randomUUID(), signal);
  for (const code of codes.slice(10, 20)) await terminal('B').claim(ask({ codeHash: codeHashOf(code) }), signal);
  await expect(terminal('B').claim(ask(), signal)).rejects.toMatchObject({
    code: 'platform-busy',
    retryAfterMs: expect.any(Number),
  });
  now = new Date(now.getTime() + 16 * 60_000);
  expect(await terminal('B').claim(ask(), signal)).toMatchObject({ outcome: 'claimed' });
});

test('guessing without a card is counted as well, and finding what was looked for is no guess', async () => {
  await terminal('A').put(draftOf(), randomUUID(), signal);
  const bare = (code: string) => ({ claimId: randomUUID(), codeHash: codeHashOf(code) });
  for (let turn = 0; turn < 12; turn += 1) {
    await terminal('B').claim(bare(CODE), signal);
    expect(await terminal('B').claim(ask(), signal)).toMatchObject({ outcome: 'claimed' });
  }
  for (const code of codes.slice(10, 20)) await terminal('B').claim(bare(code), signal);
  await expect(terminal('B').claim(bare(CODE), signal)).rejects.toMatchObject({ code: 'platform-busy' });
});

test('of one draft one case is taken, from whichever terminal; who asks again is told', async () => {
  const draft = draftOf();
  await terminal('A').put(draft, randomUUID(), signal);
  const [first, second] = [caseOf({ draftId: draft.draftId }), caseOf({ caseNumber: 'A2', draftId: draft.draftId })];
  expect((await platform.post('/v1/cases', first)).status).toBe(201);
  const refused = await platform.post('/v1/cases', second);
  expect([refused.status, refused.json()]).toEqual([422, { error: expect.objectContaining({ code: 'draft-used' }) }]);
  expect((await platform.post('/v1/cases', first)).status).toBe(201); // the same case again is found out as before
  expect(platform.inspect()).toMatchObject({ cases: [{ caseNumber: 'A1' }], drafts: 0 });
  expect(await terminal('B').claim(ask(), signal)).toEqual({ outcome: 'submitted' });
  expect(await terminal('B').claim(ask({ person: lin }), signal)).toEqual({ outcome: 'not-found' });
  expect(await terminal('A').check({ draftIds: [draft.draftId] }, signal)).toEqual({ gone: [draft.draftId] });
  const again = terminal('A').put({ ...draft, revision: 2 }, randomUUID(), signal);
  await expect(again).rejects.toEqual(failing('rejected', 'draft-used'));
});

test('a case of a draft that never arrived here is one of it all the same', async () => {
  const draft = draftOf();
  await platform.post('/v1/cases', caseOf({ draftId: draft.draftId }));
  const late = terminal('A').put(draft, randomUUID(), signal);
  await expect(late).rejects.toEqual(failing('rejected', 'draft-used'));
});

test('after its day, when done with, and once it was submitted, nothing of it is in the memory of the platform', async () => {
  const file = join(temporaryFolder(), 'platform.db');
  platform = await standInPlatform({ now: () => now, file });
  const [expired, removed, submitted] = [draftOf(), draftOf(), draftOf()];
  for (const draft of [expired, removed, submitted]) await terminal('A').put(draft, randomUUID(), signal);
  await terminal('A').remove(removed.draftId, signal);
  await terminal('A').remove(removed.draftId, signal);
  await platform.post('/v1/cases', caseOf({ draftId: submitted.draftId }));
  expect(platform.inspect().drafts).toBe(1);
  now = new Date(expired.keptUntil);
  expect(await terminal('A').check({ draftIds: [expired.draftId] }, signal)).toEqual({ gone: [expired.draftId] });
  await platform.close();
  const bytes = readFileSync(file);
  for (const text of [wei.name, wei.idNumber, '13900000102', CODE, codeHashOf(CODE)]) {
    expect(bytes.includes(text), text).toBe(false);
  }
});

test.each<[string, object]>([
  ['a code in the clear', { codeHash: CODE }],
  ['no claim', { claimId: 'mine' }],
  ['a person without a number', { person: { name: '林晓岚' } }],
  ['more than was agreed', { idNumber: lin.idNumber }],
])('a claim with %s is refused without a word of it', async (_, changes) => {
  const answer = await platform.post('/v1/drafts/claim', ask(changes));
  expect([answer.status, answer.json()]).toEqual([400, { error: expect.objectContaining({ code: 'bad-request' }) }]);
  expect(answer.text).not.toMatch(/林晓岚|230299/);
});

test('a draft is put under its own address, and with a thousand answers nowhere', async () => {
  const draft = draftOf();
  const at = (path: string, body: object) =>
    fetch(platform.url + path, {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${platform.token}`,
        'terminal-id': 'A',
        'idempotency-key': `"${randomUUID()}"`,
      },
      body: JSON.stringify(body),
    });
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, field) => [`f${field}`, 1]));
  expect((await at(`/v1/drafts/${randomUUID()}`, draft)).status).toBe(400);
  expect((await at(`/v1/drafts/${draft.draftId}`, { ...draft, answers: many })).status).toBe(400);
  expect((await at(`/v1/drafts/${draft.draftId}`, draft)).status).toBe(200);
});

test('an answer about another person or another code is no answer to this claim', async () => {
  for (const draft of [draftOf({ person: lin }), draftOf({ codeHash: codeHashOf(codes[8]!) })]) {
    const url = await httpFarEnd((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ outcome: 'claimed', draft }));
    });
    const claiming = httpDraftPlatform({ baseUrl: url, terminalId: 'B', token: 't' }).claim(ask(), signal);
    await expect(claiming).rejects.toEqual(failing('invalid-answer'));
  }
  const nowhere = httpDraftPlatform({ baseUrl: await deadEnd(), terminalId: 'B', token: 't' });
  await expect(nowhere.claim(ask(), signal)).rejects.toEqual(failing('refused'));
});

test('an answer about another draft is no answer to the removal of this one', async () => {
  const url = await httpFarEnd((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ draftId: randomUUID(), receivedAt: now.toISOString() }));
  });
  const removing = httpDraftPlatform({ baseUrl: url, terminalId: 'B', token: 't' }).remove(randomUUID(), signal);
  await expect(removing).rejects.toEqual(failing('invalid-answer'));
});
