import type { OperationId } from '../../main/sync/operations.ts';

export interface Example {
  /** Of the path, by name. */
  readonly parts?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly answer?: unknown;
}

/** Invented people: their region code 230299 was never given out. A test checks every example against its schemas. */
const person = { name: '魏长青', idNumber: '23029919510309001X' };
const caseId = '6a1f6c0e-58b5-4d4f-9b39-2f8f6f6d2b11';
const caseNumber = 'LS03-20261121-0007';
const materialId = 'c3a5c1f2-7c1e-4f57-8b1a-2d0f6f9a7b10';
const writeId = '2f4c0f8e-7a64-4a55-8f0e-0a4b6f1d9c37';
const commandId = '7c9b4f57-7d1f-4f0a-9d39-51a1a7e0c4aa';
const receivedAt = '2026-11-21T08:00:01Z';
const draftId = 'f1b7c0de-3a52-4c1e-8d0f-5b6a7c8d9e01';
const codeHash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const draft = {
  ...{ draftId, revision: 1, codeHash, serviceId: 'S10', serviceVersion: 1, language: 'zh-CN', person },
  ...{ savedAt: '2026-11-21T08:00:00Z', keptUntil: '2026-11-28T08:00:00Z' },
  ...{ answers: { delivery: 'post' }, touched: ['delivery'], at: 'form', question: 1 },
};

export const examples: Partial<Readonly<Record<OperationId, Example>>> = {
  submitCase: {
    body: {
      caseId,
      caseNumber,
      serviceId: 'S10',
      serviceVersion: 1,
      language: 'zh-CN',
      acceptedAt: '2026-11-21T08:00:00Z',
      person,
      assurance: 'document',
      answers: { collect: 'street', phone: '13900000002' },
    },
    answer: { caseNumber, receivedAt, expectedDays: 15 },
  },
  rateCase: {
    body: { caseId, caseNumber, stars: 5, ratedAt: '2026-11-21T08:00:20Z' },
    answer: { caseNumber, receivedAt: '2026-11-21T08:00:21Z' },
  },
  findUpload: { parts: { materialId } },
  sendPart: { parts: { materialId } },
  findMaterial: {
    parts: { materialId },
    answer: {
      materialId,
      sizeBytes: 412_337,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      receivedAt,
    },
  },
  prefill: {
    body: { ...person, bindings: ['contact.phone', 'social-insurance.defaultYears'] },
    answer: { values: { 'contact.phone': '13900000002' } },
  },
  desiredDocument: {
    answer: {
      version: 7,
      settings: {
        telemetryEveryS: 300,
        notice: {
          text: { 'zh-CN': '今晚八点维护，请改天再来。', en: 'Maintenance from 8 tonight.' },
          until: '2026-11-21T16:00:00Z',
        },
      },
    },
  },
  report: {
    body: {
      at: '2026-11-21T08:00:00Z',
      writeId,
      devices: [
        { id: 'id-card-reader', class: 'id-card-reader', model: 'samv', state: 'online', faultsToday: 0 },
        {
          ...{ id: 'receipt', class: 'receipt-printer', model: 'escpos', state: 'online', fault: 'paper-out' },
          ...{ paper: 'out', since: '2026-11-21T07:58:40Z', rung: 'report', faultsToday: 1 },
        },
      ],
      versions: { software: '0.1.0', node: 'v24.21.0' },
      outbox: { waiting: 2, sending: 1, delivered: 310, rejected: 0, oldestWaitingAt: '2026-11-21T07:59:00Z' },
      disk: { freeBytes: 21_474_836_480, totalBytes: 64_424_509_440 },
      clock: { state: 'confirmed', offsetMs: -412 },
      alarms: [],
      desired: { version: 7, results: { telemetryEveryS: { state: 'applied' }, notice: { state: 'applied' } } },
    },
    answer: { receivedAt, revision: '412', desiredVersion: 7 },
  },
  reportedDocument: { answer: { revision: '412', reported: { writeId } } },
  commands: {
    answer: {
      commands: [
        {
          id: commandId,
          kind: 'reset-device',
          params: { deviceId: 'receipt' },
          expiresAt: '2026-11-21T08:10:00Z',
        },
      ],
    },
  },
  catalogue: {
    answer: {
      manifest: 'eyJ2ZXJzaW9uIjo3fQ==',
      keyId: 'city-2026',
      signature: 'c2lnbmVk',
      files: { 'S19.json': '{ "id": "S19", "…": "…" }' },
    },
  },
  finishCommand: { parts: { commandId }, body: { outcome: 'done' }, answer: { receivedAt } },
  putDraft: { parts: { draftId }, body: draft, answer: { draftId, receivedAt } },
  claimDraft: {
    body: { claimId: '0d9f4a55-6f0e-4b43-9a53-90a1c1f3c7aa', codeHash, person },
    answer: { outcome: 'claimed', draft },
  },
  checkDrafts: { body: { draftIds: [draftId] }, answer: { gone: [draftId] } },
  removeDraft: { parts: { draftId }, answer: { draftId, receivedAt } },
  health: { answer: { status: 'ok', serverAt: receivedAt } },
};
