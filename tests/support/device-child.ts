import process from 'node:process';
import type { IdCard } from '../../drivers/id-card-reader/contract.ts';
import { deviceContract } from '../../main/devices/protocol.ts';
import { serveParent } from '../../main/processes/child.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';

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

const tell = serveParent(deviceContract, {
  async configure({ devices }) {
    for (const { id: deviceId, model } of devices) {
      const paper = model.endsWith('printer') ? { paper: 'full' as const } : {};
      tell('status', { deviceId, class: model, model, status: { state: 'online', ...observed, ...paper } });
    }
  },
  ping: async () => undefined,
  async readCard({ deviceId }) {
    tell('readProgress', { deviceId: 'another-reader', progress: 'replace-card' });
    tell('readProgress', { deviceId, progress: 'reading' });
    return { card, portrait: Uint8Array.of(0xff, 0xd8) };
  },
  async printReceipt({ receipt }): Promise<PrintOutcome> {
    const [title] = receipt.blocks;
    const what = title?.type === 'title' ? title.text : '';
    if (what === 'die') process.exit(1);
    if (what === 'jam') return { outcome: 'not-printed', code: 'media-jammed', detail: 'the paper is jammed' };
    if (what === 'fail') throw Object.assign(new Error('there is no such device'), { code: 'unsupported' });
    return { outcome: 'printed' };
  },
  printCertificate: async (): Promise<PrintOutcome> => ({ outcome: 'printed' }),
});
