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
  reportDevices: {
    body: {
      at: '2026-11-21T08:00:00Z',
      devices: [
        { id: 'id-card-reader', class: 'id-card-reader', model: 'samv', state: 'online', faultsToday: 0 },
        {
          ...{ id: 'receipt', class: 'receipt-printer', model: 'escpos', state: 'online', fault: 'paper-out' },
          ...{ paper: 'out', since: '2026-11-21T07:58:40Z', rung: 'report', faultsToday: 1 },
        },
      ],
    },
    answer: { receivedAt },
  },
  putDraft: { parts: { draftId }, body: draft, answer: { draftId, receivedAt } },
  claimDraft: {
    body: { claimId: '0d9f4a55-6f0e-4b43-9a53-90a1c1f3c7aa', codeHash, person },
    answer: { outcome: 'claimed', draft },
  },
  checkDrafts: { body: { draftIds: [draftId] }, answer: { gone: [draftId] } },
  removeDraft: { parts: { draftId }, answer: { draftId, receivedAt } },
  health: { answer: { status: 'ok', serverAt: receivedAt } },
};
