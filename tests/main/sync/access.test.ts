import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AccessError, platformAccess } from '../../../main/sync/access.ts';
import { type PlatformAuth, platformConfiguration } from '../../../main/sync/access-schemas.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { Authority, type Issued, type Wanted } from '../../support/authority.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const never = new AbortController().signal;
let city: Authority;
let stranger: Authority;
let folder: string;
const closes: (() => Promise<void>)[] = [];

beforeAll(async () => {
  city = await Authority.create('The city');
  stranger = await Authority.create('A stranger');
});
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const server = (changes: Partial<Wanted> = {}): Wanted => ({ name: 'localhost', for: 'server', ...changes });
const terminal = (changes: Partial<Wanted> = {}): Wanted => ({ name: 't-0001', for: 'client', ...changes });

function closing(far: Server): Promise<void> {
  return new Promise((resolve) => {
    far.close(() => resolve());
    far.closeAllConnections();
  });
}

/** A platform that asks for a certificate of the city's, and says whose it saw. */
async function platformWith({ cert, key }: Issued, answerHeaders: Record<string, string> = {}) {
  const seen: string[] = [];
  const far: Server = createServer({ cert, key, ca: city.cert, requestCert: true, rejectUnauthorized: true });
  far.on('request', (request, response) => {
    const socket = request.socket as TLSSocket;
    seen.push(`${socket.getPeerCertificate().subject.CN} ${request.headers.authorization ?? 'no token'}`);
    response.writeHead(200, { 'content-type': 'application/json', ...answerHeaders });
    response.end(JSON.stringify({ status: 'ok', serverAt: '2026-11-29T08:00:00Z' }));
  });
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  closes.push(() => closing(far));
  return { baseUrl: `https://localhost:${(far.address() as AddressInfo).port}`, seen };
}

function mtls({ cert, key }: Issued, authority = city): PlatformAuth {
  return {
    kind: 'mtls',
    certFile: write('terminal.pem', cert),
    keyFile: write('terminal.key', key),
    caFile: write('ca.pem', authority.cert),
  };
}

async function healthAt(baseUrl: string, auth: PlatformAuth) {
  const { fetch, token, close } = await platformAccess({ baseUrl, auth });
  closes.push(close);
  return await httpPlatform({ baseUrl, terminalId: 'T-0001', ...(token !== undefined && { token }), fetch }).health(
    never,
  );
}

test('a terminal with the city’s certificate is known by it, and shows no token', async () => {
  const { baseUrl, seen } = await platformWith(await city.issue(server()));
  expect(await healthAt(baseUrl, mtls(await city.issue(terminal())))).toMatchObject({ status: 'ok' });
  expect(seen).toEqual(['t-0001 no token']);
});

test('a certificate that is renewed while the terminal runs is shown from then on, once its key is there too', async () => {
  const { baseUrl, seen } = await platformWith(await city.issue(server()));
  const auth = mtls(await city.issue(terminal({ name: 'first' })));
  const log = memoryLog();
  const access = await platformAccess({ baseUrl, auth }, log);
  closes.push(access.close);
  const platform = httpPlatform({ ...access, baseUrl, terminalId: 'T-0001' });
  await platform.health(never);
  const renewed = await city.issue(terminal({ name: 'second', toDays: 700 }));
  const endedAt = access.certificateEndsAt ?? '';
  write('terminal.pem', renewed.cert);
  await platform.health(never);
  expect(log.entries.at(-1)?.fields).toMatchObject({
    reason: expect.stringContaining('not the key of the certificate'),
  });
  write('terminal.key', renewed.key);
  await Promise.all([platform.health(never), platform.health(never)]);
  expect(seen).toEqual(['first no token', 'first no token', 'second no token', 'second no token']);
  expect(Date.parse(access.certificateEndsAt ?? '')).toBeGreaterThan(Date.parse(endedAt));
  expect(JSON.stringify(log.entries)).not.toMatch(/BEGIN|PRIVATE/);
});

test('an authority that is added to the pinned ones while the terminal runs is believed', async () => {
  const { baseUrl } = await platformWith(await stranger.issue(server()));
  const auth = mtls(await city.issue(terminal()));
  const access = await platformAccess({ baseUrl, auth });
  closes.push(access.close);
  const platform = httpPlatform({ ...access, baseUrl, terminalId: 'T-0001' });
  await expect(platform.health(never)).rejects.toMatchObject({ code: 'untrusted' });
  write('ca.pem', `${city.cert}${stranger.cert}`);
  expect(await platform.health(never)).toMatchObject({ status: 'ok' });
});

test.each<[string, () => Promise<Issued>, RegExp]>([
  ['of another authority', () => stranger.issue(server()), /vouched for by no authority/],
  ['that has ended', () => city.issue(server({ toDays: -0.5 })), /has ended, or this machine’s clock is wrong/],
  ['that does not hold yet', () => city.issue(server({ fromDays: 2 })), /does not hold yet/],
  ['of another name', () => city.issue(server({ name: 'elsewhere.example' })), /another name/],
  ['that is a terminal’s', () => city.issue(server({ for: 'client' })), /not for servers/],
])(
  'whoever answers with a certificate %s is not spoken to, and the technician reads why',
  async (_name, issue, why) => {
    const { baseUrl, seen } = await platformWith(await issue());
    const asked = healthAt(baseUrl, mtls(await city.issue(terminal())));
    await expect(asked).rejects.toMatchObject({ code: 'untrusted', message: expect.stringMatching(why) });
    expect(seen).toEqual([]);
  },
);

test.each<[string, () => Promise<Issued>, string, RegExp]>([
  ['of another authority', () => stranger.issue(terminal()), 'unreachable', /hung up.*certificate is refused/],
  ['that has ended', () => city.issue(terminal({ toDays: -0.5 })), 'unauthorised', /certificate has ended/],
])('a technician reads why a terminal with a certificate %s is not let in', async (_name, issue, code, why) => {
  const { baseUrl, seen } = await platformWith(await city.issue(server()));
  const asked = healthAt(baseUrl, mtls(await issue()));
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(why) });
  expect(seen).toEqual([]);
});

// As OpenSSL 3 said them when its own server, with TLS 1.2, was shown such certificates.
test.each(['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED'])(
  'the alert %s is the platform’s no to this terminal, and not a broken line',
  (code) => {
    const thrown = new TypeError('fetch failed', { cause: Object.assign(new Error('alert'), { code }) });
    expect(SyncError.from(thrown, 'GET /v1/health')).toMatchObject({ code: 'unauthorised' });
  },
);

test('a token goes to whom the pinned authority vouches for, and to nobody else', async () => {
  const far = createServer(await city.issue(server()), (request, response) => {
    response.writeHead(request.headers.authorization === 'Bearer secret' ? 200 : 401);
    response.end(JSON.stringify({ status: 'ok', serverAt: '2026-11-29T08:00:00Z' }));
  });
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  closes.push(() => closing(far));
  const baseUrl = `https://localhost:${(far.address() as AddressInfo).port}`;
  const auth = (authority: Authority): PlatformAuth => ({
    kind: 'token',
    token: 'secret',
    caFile: write('ca.pem', authority.cert),
  });
  expect(await healthAt(baseUrl, auth(city))).toMatchObject({ status: 'ok' });
  await expect(healthAt(baseUrl, auth(stranger))).rejects.toMatchObject({ code: 'untrusted' });
  await expect(healthAt(baseUrl, { kind: 'token', token: 'secret' })).rejects.toMatchObject({ code: 'untrusted' });
});

test('an answer with headers beyond all measure is none', async () => {
  const { baseUrl } = await platformWith(await city.issue(server()), { 'x-much': 'x'.repeat(17_000) });
  await expect(healthAt(baseUrl, mtls(await city.issue(terminal())))).rejects.toMatchObject({ code: 'unreachable' });
});

test('files are looked at when the terminal starts, and each is named with what is wrong with it', async () => {
  const [mine, other] = [await city.issue(terminal()), await city.issue(terminal())];
  const complaint = async (changes: Partial<Extract<PlatformAuth, { kind: 'mtls' }>>): Promise<string> => {
    const auth = { ...mtls(mine), kind: 'mtls', ...changes } as PlatformAuth;
    try {
      const { close } = await platformAccess({ baseUrl: 'https://platform.example', auth });
      closes.push(close);
    } catch (error) {
      expect(error).toBeInstanceOf(AccessError);
      return (error as Error).message;
    }
    return '';
  };
  expect(await complaint({})).toBe('');
  expect(await complaint({ certFile: join(folder, 'none.pem') })).toMatch(/none\.pem: ENOENT$/);
  expect(await complaint({ certFile: write('bad.pem', 'no PEM at all') })).toMatch(/bad\.pem: /);
  expect(await complaint({ keyFile: write('bad.key', mine.cert) })).toMatch(/bad\.key: /);
  expect(await complaint({ keyFile: write('other.key', other.key) })).toMatch(
    /other\.key: not the key of the certificate/,
  );
  expect(await complaint({ caFile: write('empty.pem', '') })).toMatch(/empty\.pem: no certificate in PEM/);
  expect(await complaint({ caFile: write('leaf.pem', mine.cert) })).toMatch(/leaf\.pem: certificate 1 is no authority/);
  const damaged = write('damaged.key', mine.key.replaceAll('A', '!'));
  expect(await complaint({ keyFile: damaged })).toMatch(/damaged\.key: /);
  expect(await complaint({ keyFile: damaged })).not.toContain(mine.key.slice(40, 50));
});

test('a certificate that has ended does not keep the terminal closed, and its end can be told', async () => {
  const access = await platformAccess({
    baseUrl: 'https://platform.example',
    auth: mtls(await city.issue(terminal({ toDays: -0.5 }))),
  });
  closes.push(access.close);
  expect(Date.parse(access.certificateEndsAt ?? '')).toBeLessThan(Date.now());
});

test.each<[string, object, boolean]>([
  ['a token, as ever', { token: 't' }, true],
  ['a token in full', { auth: { kind: 'token', token: 't' } }, true],
  ['neither', {}, false],
  ['both', { token: 't', auth: { kind: 'token', token: 't' } }, false],
  ['certificates', { auth: { kind: 'mtls', certFile: 'a', keyFile: 'b', caFile: 'c' } }, true],
  ['certificates without an authority', { auth: { kind: 'mtls', certFile: 'a', keyFile: 'b' } }, false],
  [
    'certificates in the clear',
    { baseUrl: 'http://p', auth: { kind: 'mtls', certFile: 'a', keyFile: 'b', caFile: 'c' } },
    false,
  ],
])('a configuration with %s', (_name, changes, good) => {
  const configuration = { baseUrl: 'https://platform.example', ...changes };
  expect(platformConfiguration.safeParse(configuration).success).toBe(good);
});
