import { spawnSync } from 'node:child_process';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { licence } from '../../printers/document/licence.ts';
import { IppClient } from '../../printers/ipp/client.ts';
import { decodeMessage } from '../../printers/ipp/codec.ts';
import { IppDriver } from '../../printers/ipp/driver.ts';
import { type Exchange, httpExchange } from '../../printers/ipp/http.ts';
import { operationCodes } from '../../printers/ipp/operations.ts';
import { renderCertificate } from '../../printers/pdf/certificate.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Peer, startPeer } from './ipp-peer.ts';
import { openJob } from './ipp-terminal.ts';
import { licences } from './licences.ts';
import { insuranceCertificate } from './pdf-certificates.ts';

/** The driver against a printer that nobody here wrote. */
let peer: Peer;
let driver: IppDriver;
const never = new AbortController().signal;
const inByPass = { media: 'iso_a4_210x297mm', source: 'by-pass-tray', type: 'cardstock' } as const;

beforeEach(async () => {
  peer = await startPeer(temporaryFolder());
  driver = new IppDriver({ url: peer.url });
  await peer.load(125, 25);
}, 30_000);
afterEach(async () => {
  await peer.close();
});

const print = (name: string, at: IppDriver = driver) =>
  at.print(insuranceCertificate, 1, never, openJob(name, inByPass));

test('a certificate comes from the tray that is asked for, on A4, and says what it shall', async () => {
  expect(await print('tray')).toEqual({ outcome: 'printed' });
  const pdf = (await peer.document('tray')) ?? new Uint8Array();
  expect(Buffer.compare(pdf, await renderCertificate(insuranceCertificate))).toBe(0);
  for (const mm of pageBox(pdf)) expect(Math.min(Math.abs(mm - 210), Math.abs(mm - 297))).toBeLessThanOrEqual(0.1);
  expect(pageBox(pdf)).toHaveLength(2);
  expect((await textOf(pdf)).replace(/\s/g, '')).toContain('社会保险参保证明');
}, 30_000);

test('a licence goes out on a blank of its tray, in one embedded subset of a font, with all that it says', async () => {
  const sheet = { media: 'iso_a4_210x297mm', source: 'by-pass-tray', series: 'business-licence' } as const;
  const business = licence.parse(licences['business-licence']);
  expect(await driver.print(business, 1, never, openJob('licence', sheet))).toEqual({ outcome: 'printed' });
  const pdf = (await peer.document('licence')) ?? new Uint8Array();
  const [width = 0, height = 0, ...more] = pageBox(pdf);
  expect([Math.abs(width - 297) <= 0.1, Math.abs(height - 210) <= 0.1, more]).toEqual([true, true, []]);
  const said = (await textOf(pdf)).replace(/\s/g, '');
  for (const text of [business.serial, business.values['name'] ?? '', business.issuer]) expect(said).toContain(text);
  const fonts =
    Buffer.from(pdf)
      .toString('latin1')
      .match(/\/FontName \/\S+/g) ?? [];
  expect(fonts).toEqual([expect.stringMatching(/^\/FontName \/[A-Z]{6}\+NotoSerifSC/)]);
}, 30_000);

test('a job whose sender has died over it is taken back in the middle: whether it came out nobody knows', async () => {
  await peer.take(3);
  const sent = Promise.withResolvers<void>();
  void print('kept', new IppDriver({ url: peer.url, exchange: deadAfter('send-document', sent.resolve) }));
  await sent.promise;
  const client = new IppClient(peer.url, httpExchange(peer.url));
  await eventually(
    () => client.findJob('kept', never),
    (found) => found?.state === 'processing',
  );
  const kept = { name: 'kept', begunAt: new Date().toISOString() };
  expect(await driver.withdraw(kept, never)).toMatchObject({ outcome: 'unknown', code: 'canceled' });
  expect((await client.findJob('kept', never))?.state).toBe('canceled');
  expect(await driver.withdraw({ ...kept, name: 'never-was' }, never)).toBeUndefined();
}, 60_000);

test('nothing is sent before the job may begin', async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const stages: string[] = [];
  const printing = driver.print(insuranceCertificate, 1, never, {
    name: 'gated',
    mayBegin: () => {
      asked.resolve();
      return gate.promise;
    },
    onStage: (stage) => stages.push(stage),
  });
  await asked.promise;
  const client = new IppClient(peer.url, httpExchange(peer.url));
  expect([await client.findJob('gated', never), await peer.document('gated')]).toEqual([undefined, undefined]);
  gate.resolve();
  expect(await printing).toEqual({ outcome: 'printed' });
  expect(stages).toEqual(['printing', 'presented']);
}, 30_000);

test('an empty tray is seen before anything is sent, and so is the wrong paper in it', async () => {
  await peer.load(125, 0);
  expect(await print('empty')).toMatchObject({
    outcome: 'not-printed',
    code: 'paper-out',
    detail: expect.stringContaining('by-pass-tray is empty'),
  });
  await peer.load(125, 25, 'transparency');
  expect(await print('wrong')).toMatchObject({
    outcome: 'not-printed',
    code: 'paper-out',
    detail: expect.stringContaining('wrong paper in by-pass-tray'),
  });
  await peer.load(0, 0);
  expect(await driver.print(insuranceCertificate, 1, never)).toMatchObject({
    outcome: 'not-printed',
    code: 'paper-out',
  });
  expect(driver.status.value).toMatchObject({ state: 'online', paper: 'out' });
  expect([await peer.document('empty'), await peer.document('wrong')]).toEqual([undefined, undefined]);
}, 30_000);

test('a job that is canceled at the printer is not printed', async () => {
  await peer.take(3);
  const printing = print('canceled');
  const client = new IppClient(peer.url, httpExchange(peer.url));
  const job = await eventually(
    () => client.findJob('canceled', never),
    (found) => found?.state === 'processing',
  );
  await client.cancelJob(job?.jobId ?? 0, never);
  expect(await printing).toMatchObject({ outcome: 'not-printed', code: 'canceled' });
}, 40_000);

test('a job whose sender has died is found by its name and followed to its end; one that never was is not', async () => {
  await peer.take(3);
  const died = Promise.withResolvers<void>();
  void print('orphan', new IppDriver({ url: peer.url, exchange: deadAfter('send-document', died.resolve) }));
  await died.promise;
  const begunAt = new Date().toISOString();
  expect(await driver.whatBecameOf({ name: 'orphan', begunAt }, never)).toEqual({ outcome: 'printed' });
  expect(await driver.whatBecameOf({ name: 'never-was', begunAt }, never)).toBeUndefined();
}, 60_000);

test('a jam in the middle of a job ends it', async () => {
  await peer.ail('media-jam');
  await peer.take(18); // it is withdrawn after 15, and a document under way is not let go
  expect(await print('jammed')).toMatchObject({ outcome: 'not-printed', code: 'media-jammed' });
}, 60_000);

test('an open cover is seen before the next job', async () => {
  await print('before');
  await peer.ail('cover-open');
  await print('opened');
  expect(await print('after')).toMatchObject({ outcome: 'not-printed', code: 'cover-open' });
  expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'cover-open' });
  expect(await peer.document('after')).toBeUndefined();
}, 60_000);

/** A process that dies as soon as the printer has answered this. */
function deadAfter(last: keyof typeof operationCodes, onDeath: () => void): Exchange {
  const line = httpExchange(peer.url);
  let dead = false;
  return async (request, signal) => {
    const { code } = decodeMessage(request).message;
    if (!dead) {
      const answer = await line(request, signal);
      if (code !== operationCodes[last]) return answer;
      dead = true;
      onDeath();
    }
    return await new Promise<never>(() => undefined);
  };
}

/** Width and height in millimetres, from the page's own box. */
function pageBox(pdf: Uint8Array): number[] {
  const boxes = [
    ...Buffer.from(pdf)
      .toString('latin1')
      .matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g),
  ];
  return boxes.flatMap(([, width, height]) => [Number(width), Number(height)]).map((points) => (points / 72) * 25.4);
}

/** By poppler where it is installed, else by pdf.js. */
async function textOf(pdf: Uint8Array): Promise<string> {
  const { status, stdout } = spawnSync('pdftotext', ['-', '-'], { input: pdf });
  if (status === 0) return stdout.toString();
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: true });
  return text;
}
