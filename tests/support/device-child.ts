import process from 'node:process';
import type { IdCard } from '../../drivers/id-card-reader/contract.ts';
import { PreparedPrints } from '../../main/devices/prepared-prints.ts';
import { deviceContract } from '../../main/devices/protocol.ts';
import { serveParent } from '../../main/processes/child.ts';
import type { PrintStage } from '../../printers/core/contract.ts';
import { passGate } from '../../printers/core/gate.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';

// A device process without drivers: each model is the class that it reports, and the title of a receipt says what becomes
// of it.
const observed = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;

const card: IdCard = {
  cardType: 'citizen',
  name: '林晓岚',
  sex: 'female',
  birth: '1975-06-18',
  idNumber: '230299197506180027',
  validFrom: '2016-01-01',
  validTo: '2036-01-01',
  idNumberValid: true,
};

const prepared = new PreparedPrints();

/** On a printer that is in order, but for what the document's title says. */
function printing(document: PaperDocument, jobName: string): Parameters<PreparedPrints['prepare']>[1] {
  const say = (name: string, stage: PrintStage): void => tell('printStage', { jobName: name, stage });
  return async (signal, { mayBegin }) => {
    const what = titleOf(document);
    if (what === 'jam') return { outcome: 'not-printed', code: 'media-jammed', detail: 'the paper is jammed' };
    if (what === 'watched') paperOf('printer-1', 'low');
    const refusal = await passGate({ name: jobName, mayBegin }, signal);
    if (what === 'watched') paperOf('printer-1', 'out');
    if (refusal) return refusal;
    say('another-job', 'presented');
    say(jobName, 'printing');
    if (what === 'die') process.exit(1);
    if (what === 'fail') throw Object.assign(new Error('there is no such device'), { code: 'unsupported' });
    say(jobName, 'presented');
    return { outcome: 'printed' };
  };
}

function paperOf(deviceId: string, paper: 'low' | 'out'): void {
  const status = { state: 'online' as const, ...observed, paper };
  tell('status', { deviceId, class: 'receipt-printer', model: 'receipt-printer', status });
}

function titleOf(document: PaperDocument): string {
  if (document.kind !== 'receipt') return document.kind;
  const [title] = document.blocks;
  return title?.type === 'title' ? title.text : '';
}

const behaviours = new Map<string, unknown>();

const tell = serveParent(deviceContract, {
  async configure({ devices }) {
    for (const { id: deviceId, model, options } of devices) {
      behaviours.set(deviceId, options['behaviour']);
      const paper = model.endsWith('printer') ? { paper: 'full' as const } : {};
      const status = { state: 'online' as const, ...observed, ...paper };
      tell('status', { deviceId, class: model, model, status });
    }
  },
  ping: async () => undefined,
  async readCard({ deviceId }) {
    const behaviour = behaviours.get(deviceId);
    if (behaviour === 'gone') throw Object.assign(new Error('the reader is not there'), { code: 'not-connected' });
    if (behaviour === 'gone-once') {
      behaviours.delete(deviceId);
      throw Object.assign(new Error('the reader is not there'), { code: 'not-connected' });
    }
    if (behaviour === 'no-card') return await new Promise<never>(() => undefined);
    if (behaviour === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
    tell('readProgress', { deviceId: 'another-reader', progress: 'replace-card' });
    tell('readProgress', { deviceId, progress: 'reading' });
    const read = behaviour === 'slow' ? { ...card, name: deviceId } : card;
    return { card: read, portraitOutcome: 'decoded' as const, portrait: Uint8Array.of(0xff, 0xd8) };
  },
  scanCode: async ({ visitor }) => ({ text: visitor, bytes: Buffer.from(visitor) }),
  setLight: async () => undefined,
  resetDevice: async () => undefined,
  checkDevice: async ({ deviceId }) => ({ line: deviceId }),
  testDevice: async ({ deviceId }) => ({ passed: true, did: 'nothing', facts: { line: deviceId } }),
  endPaper: async () => undefined,
  preparePrint: ({ preparedId, jobName, document }, signal) =>
    prepared.prepare(preparedId, printing(document, jobName), signal),
  runPrint: ({ preparedId }, signal) => prepared.run(preparedId, signal),
  discardPrint: ({ preparedId }) => prepared.discard(preparedId),
  whatBecameOf: async ({ jobName }) => {
    if (jobName === 'job-of-a-dumb-printer') return null;
    return jobName === 'job-that-was-printed' ? { outcome: 'printed' as const } : 'unheard-of';
  },
  withdrawPrint: async ({ jobName }) => (jobName === 'job-that-was-printed' ? { outcome: 'printed' as const } : null),
});
