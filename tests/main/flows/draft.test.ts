import { expect, test } from 'vitest';
import { isDraftCode } from '../../../main/contracts/draft-code.ts';
import { codeHashOf } from '../../../main/drafts/code-hash.ts';
import { draftBodyOf, putAside, takenUp } from '../../../main/flows/draft.ts';
import { draftReceipt } from '../../../main/flows/draft-receipt.ts';
import type { ServiceFile } from '../../../main/flows/service-file.ts';
import type { VisitContext } from '../../../main/flows/visit-context.ts';
import { draftBody } from '../../../main/sync/draft-schemas.ts';
import { type Receipt, receipt as receiptSchema } from '../../../printers/document/document.ts';
import { CODE } from '../../support/draft-codes.ts';
import {
  answer,
  CARD,
  choose,
  claimed,
  contextOf,
  linCard,
  MATCHED,
  plain,
  START,
  saved,
  service,
  startVisit,
  typed,
} from '../../support/visit.ts';

const claim = { claimId: '0d9f4a55-6f0e-4b43-9a53-90a1c1f3c7aa', code: CODE };
const today = new Date('2026-11-21T08:00:00Z');
const resuming: VisitContext = { ...contextOf('S10'), service: null, claim };

test('what is put aside and taken up is the same: answers, what was touched, where it was', () => {
  const answers = { delivery: 'post' };
  const before = contextOf('S10', { answers, touched: ['delivery', 'phone'], stepIndex: 1, question: 1 });
  const put = { ...before, ...putAside(before, today) };
  const body = draftBody.parse(draftBodyOf(put, codeHashOf(put.draft?.code ?? '')));
  expect(takenUp(resuming, body, service('S10'))).toMatchObject({
    ...{ answers, touched: ['delivery', 'phone'], question: 1, errors: {} },
    draft: { code: CODE, at: 'form', draftId: put.draft?.draftId, keptUntil: put.draft?.keptUntil },
  });
});

test('codes are drawn at random from the whole alphabet, and fit', () => {
  const made = Array.from({ length: 2_000 }, () => putAside(contextOf('S10'), today).draft?.code ?? '');
  expect(made.every(isDraftCode)).toBe(true);
  expect(new Set(made).size).toBe(made.length);
  const first = new Set(made.map((code) => code.charAt(0)));
  expect(first.size).toBe(31);
});

test('it is kept as many days as the service says', () => {
  const { draft } = putAside(contextOf('S10', { service: { ...service('S10'), draftDays: 3 } }), today);
  expect(draft).toMatchObject({ savedAt: '2026-11-21T08:00:00.000Z', keptUntil: '2026-11-24T08:00:00.000Z' });
});

test('put aside again it keeps its code, so that both slips are good, and counts on', () => {
  const before = contextOf('S10', { ...takenUp(resuming, { ...saved, claimId: claim.claimId }, service('S10')) });
  const { draft } = putAside(before, today);
  expect(draft).toMatchObject({ code: CODE, draftId: saved.draftId, revision: 2, claimId: claim.claimId });
  expect(draft?.at).toBeUndefined();
});

/** S10 in its next version, with another form. */
function changedTo(properties: object, required: string[]): ServiceFile {
  const now = structuredClone(service('S10'));
  const form = now.steps.find((step) => step.kind === 'form');
  if (form?.kind !== 'form') throw new Error('S10 has a form');
  Object.assign(form.schema, { properties, required });
  return { ...now, version: 2 };
}
const form = service('S10').steps.find((step) => step.kind === 'form');
const { delivery, phone } = form?.kind === 'form' ? form.schema.properties : {};

test('answers that no longer fit the service are left out, the others stay, and the resident is told', () => {
  const landline = { ...phone, pattern: '^0[0-9]{10}$' };
  const now = changedTo({ phone: landline, delivery }, ['phone', 'delivery']);
  const taken = takenUp(resuming, saved, now);
  expect(taken).toMatchObject({ answers: { delivery: 'post' }, question: 0, touched: ['delivery'] });
  expect(taken.draft?.refill).toEqual([{ 'zh-CN': '手机号码', en: 'Mobile number' }]);
});

test('a question that is gone, a choice that is gone, and one that is new', () => {
  const counter = { const: 'counter', title: { 'zh-CN': '到窗口领', en: 'At the counter' } };
  const collect = { const: 'collect', title: { 'zh-CN': '自己领', en: 'Collect' } };
  const other = { ...delivery, oneOf: [counter, collect] };
  const gone = takenUp(resuming, saved, changedTo({ delivery: other, copies: { ...phone } }, ['delivery', 'copies']));
  expect([gone.answers, gone.question]).toEqual([{}, 0]);
  expect(gone.draft?.refill).toHaveLength(2);
  const fewer = takenUp(resuming, saved, changedTo({ delivery }, ['delivery']));
  expect([fewer.answers, fewer.draft?.refill, fewer.question]).toEqual([{ delivery: 'post' }, [], 0]);
});

test('in the same version nothing is dropped, not even a number that is half typed', () => {
  const taken = takenUp(resuming, { ...saved, answers: { phone: '1380' } }, service('S10'));
  expect([taken.answers, taken.draft?.refill]).toEqual([{ phone: '1380' }, undefined]);
});

test.each(['__proto__', 'constructor', 'toString'])('an answer called %s is no answer', (name) => {
  const answers = Object.fromEntries([[name, 'x']]);
  expect(takenUp(resuming, { ...saved, answers }, service('S10')).answers).toEqual({});
});

test('put aside at the review it goes on there, and going back from there goes back', async () => {
  const visit = startVisit();
  await visit.send(plain('RESUME'), typed, plain('DRAFT_NEEDS_CARD'), CARD, claimed, plain('NEXT'));
  expect([visit.at, visit.context.answers]).toEqual(['visit.review', saved.answers]);
  await visit.send(plain('BACK'));
  expect(visit.at).toBe('visit.form');
});

test('put aside at the review, with an answer that is now missing, it goes on at that question and is then as any visit', async () => {
  const visit = startVisit();
  const { phone: _, ...answers } = saved.answers;
  const lacking = { type: 'DRAFT_CLAIMED', draft: { ...saved, answers }, service: service('S10') } as const;
  await visit.send(plain('RESUME'), typed, plain('DRAFT_NEEDS_CARD'), CARD, lacking, plain('NEXT'));
  expect([visit.at, visit.context.question, visit.context.draft?.at]).toEqual(['visit.form', 1, undefined]);
});

test('who types another code lays down the card again: the one before may have been a stranger’s', async () => {
  const visit = startVisit();
  const refused = { type: 'DRAFT_REFUSED', refusal: 'not-found' } as const;
  await visit.send(plain('RESUME'), typed, plain('DRAFT_NEEDS_CARD'), CARD, refused, plain('RETRY'));
  expect([visit.at, visit.context.identity, visit.context.claim]).toEqual(['resume.code', null, null]);
});

test('whose service wants a face is looked at again, whoever laid down the card', async () => {
  const visit = startVisit();
  const body = { ...saved, serviceId: 'S01', answers: { years: 3 }, at: 'form', question: 0 } as const;
  const claimedS01 = { type: 'DRAFT_CLAIMED', draft: body, service: service('S01') } as const;
  await visit.send(plain('RESUME'), typed, plain('DRAFT_NEEDS_CARD'), CARD, claimedS01, plain('NEXT'));
  expect(visit.at).toBe('visit.verifyFace.looking');
  await visit.send(MATCHED);
  expect([visit.at, visit.context.answers]).toEqual(['visit.form', { years: 3 }]);
});

test('a service that does not say so puts nothing aside', async () => {
  const visit = startVisit();
  await visit.send(START, choose('S19'), CARD, answer('matter', 'housing'), plain('SAVE_DRAFT'));
  expect([visit.at, visit.started['saveDraft']]).toEqual(['visit.form', undefined]);
});

test('choosing another service lets go of the saved one; the same one goes on with it', async () => {
  for (const [id, draftId] of [
    ['S10', saved.draftId],
    ['S19', undefined],
  ] as const) {
    const visit = startVisit();
    await visit.send(plain('RESUME'), typed, plain('DRAFT_NEEDS_CARD'), CARD, claimed, plain('NEXT'));
    await visit.send(plain('BACK'), plain('BACK'), plain('BACK'), choose(id));
    expect(visit.context.draft?.draftId, id).toBe(draftId);
  }
});

const place = {
  name: { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' },
  machine: { 'zh-CN': '3 号机', en: 'Terminal 3' },
  helpNumber: '12345',
  timeZone: 'Asia/Shanghai',
  progressUrl: 'https://zwfw.example/p/',
};
const slipOf = (changes: Partial<VisitContext> = {}): Receipt => {
  const draft = {
    ...{ draftId: saved.draftId, code: CODE, revision: 1 },
    savedAt: saved.savedAt,
    keptUntil: saved.keptUntil,
  };
  return receiptSchema.parse(draftReceipt(contextOf('S10', { draft, ...changes }), place));
};
const linesOf = ({ blocks }: Receipt): string[] =>
  blocks.flatMap((block) => {
    if (block.type === 'fields') return block.rows.map(({ label, value }) => `${label}=${value}`);
    return block.type === 'qr' ? [`qr ${block.data}`] : 'text' in block ? [block.text] : [];
  });

test('the slip says that nothing is submitted, what, until when, where and how to go on, and whom to call', () => {
  const code = `${CODE.slice(0, 4)} ${CODE.slice(4)}`;
  expect(linesOf(slipOf())).toEqual([
    '暂存凭条',
    '龙沙区政务大厅',
    '继续办理的号码',
    code,
    `qr ${code}`,
    '还没有提交，请记得回来办完',
    '没办完的事=敬老优待证',
    '证件号码=230***********0027',
    '保存时间=2026-11-21 16:00',
    '保留到=2026-11-28 16:00',
    '保存地点=龙沙区政务大厅 3 号机',
    '在任何一台自助终端，点“继续上次没办完的事”，输入上面的号码，再放上您本人的身份证。',
    '如果那台机器连不上网络，请回到保存的这一台。',
    '过了 2026-11-28 16:00 没有办完，保存的内容自动删除。',
    '咨询求助 12345',
  ]);
  const text = JSON.stringify(slipOf());
  for (const personal of [linCard.name, linCard.idNumber, '13800138000']) expect(text).not.toContain(personal);
});

test('a slip in English is English throughout, and speaks of no card where none was asked for', () => {
  const slip = slipOf({ language: 'en', identity: null });
  expect(linesOf(slip).join('')).not.toMatch(/\p{Script=Han}|ID card|ID number/u);
});
