import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ReportedBody } from '../../main/sync/document-schemas.ts';
import { httpManagement } from '../../main/sync/management.ts';
import { standInPlatform } from '../support/stand-in-platform.ts';

const never = new AbortController().signal;
const body = (changes: Partial<ReportedBody> = {}): ReportedBody => ({
  at: '2026-11-29T08:00:00Z',
  writeId: randomUUID(),
  devices: [],
  versions: { software: '0.1.0', node: 'v24.0.0' },
  outbox: { waiting: 0, sending: 0, delivered: 0, rejected: 0 },
  clock: { state: 'unconfirmed' as const },
  alarms: [],
  desired: { results: {} },
  ...changes,
});

async function terminalAt(terminalId = 'T-0001') {
  const platform = await standInPlatform();
  const { url: baseUrl, token } = platform;
  return { platform, management: httpManagement({ baseUrl, terminalId, token }) };
}

test('what is wanted comes once, and again only when it has changed', async () => {
  const { platform, management } = await terminalAt();
  const first = await management.desired(undefined, never);
  if (first === 'not-modified') throw new Error('a first answer');
  expect(first.answer).toEqual({ version: 1, settings: {} });
  expect(await management.desired(first.etag, never)).toBe('not-modified');
  const document = { version: 2, settings: { telemetryEveryS: 60 } };
  const set = await platform.post('/v1/tools/desired', { terminalId: 'T-0001', document });
  expect(set.status).toBe(200);
  expect(await management.desired(first.etag, never)).toMatchObject({ answer: document });
});

test('a report needs the revision of the one before, and the platform says whose that was', async () => {
  const { platform, management } = await terminalAt();
  const [one, two] = [body(), body({ alarms: ['terminal-id-in-use'] })];
  await expect(management.reported(never)).rejects.toMatchObject({ code: 'rejected', reason: 'nothing-reported' });
  const { revision, desiredVersion } = await management.report(one, undefined, never);
  expect(desiredVersion).toBe(1);
  const conflict = { code: 'rejected', reason: 'revision-conflict' };
  await expect(management.report(two, undefined, never)).rejects.toMatchObject(conflict);
  await expect(management.report(two, `${revision}0`, never)).rejects.toMatchObject(conflict);
  expect(await management.reported(never)).toEqual({ revision, reported: { writeId: one.writeId } });
  const next = await management.report(two, revision, never);
  expect(next.revision).not.toBe(revision);
  expect(platform.inspect().devices['T-0001']).toEqual(two);
});

test.each<[string, object]>([
  ['of more than is agreed', { ...body(), person: 'x' }],
  ['of no shape', { devices: 7 }],
])('a report %s is refused', async (_name, sent) => {
  const { platform } = await terminalAt();
  const headers = { authorization: `Bearer ${platform.token}`, 'terminal-id': 'T', 'content-type': 'application/json' };
  const put = (more: Record<string, string>) =>
    fetch(`${platform.url}/v1/device/reported`, {
      method: 'PUT',
      headers: { ...headers, ...more },
      body: JSON.stringify(sent),
    });
  expect((await put({ 'if-none-match': '*' })).status).toBe(400);
});

test('a report without a condition is refused: it could be anybody’s', async () => {
  const { platform } = await terminalAt();
  const headers = { authorization: `Bearer ${platform.token}`, 'terminal-id': 'T', 'content-type': 'application/json' };
  const answer = await fetch(`${platform.url}/v1/device/reported`, {
    method: 'PUT',
    headers,
    body: JSON.stringify(body()),
  });
  expect(answer.status).toBe(428);
});
