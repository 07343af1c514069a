import { expect, test, vi } from 'vitest';
import { draftCodeOf, isDraftCode } from '../../../main/contracts/draft-code.ts';
import { codeHashOf } from '../../../main/drafts/code-hash.ts';
import { draftBodyOf, putAside, takenUp, withSlip } from '../../../main/flows/draft.ts';
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

/** What the next random bytes are; chance, where none are left. */
const dice = vi.hoisted(() => ({ bytes: [] as number[] }));
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const randomBytes = (size: number): Buffer => {
    const [byte] = dice.bytes.splice(0, 1);
    return byte === undefined ? crypto.randomBytes(size) : Buffer.of(byte);
  };
  return { ...crypto, randomBytes };
});

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

test('what is kept says whose it is, which service it was in which version, and where it goes on', () => {
  const put = (changes: Partial<VisitContext>) => {
    const context = contextOf('S10', changes);
    return draftBodyOf({ ...context, ...putAside(context, today) }, codeHashOf(CODE));
  };
  expect(put({ stepIndex: 1 })).toMatchObject({
    ...{ serviceId: 'S10', serviceVersion: 1, codeHash: codeHashOf(CODE), language: 'zh-CN', revision: 1, at: 'form' },
    person: { name: linCard.name, idNumber: linCard.idNumber },
  });
  expect(put({ stepIndex: 2 }).at).toBe('review');
  expect(put({ stepIndex: 9 }).at).toBe('form');
  expect(put({ stepIndex: 1, identity: null })).not.toHaveProperty('person');
  expect(put({ stepIndex: 1 })).not.toHaveProperty('claimId');
  const taken = takenUp(resuming, { ...saved, claimId: claim.claimId }, service('S10'));
  expect(put({ ...taken, stepIndex: 1 })).toMatchObject({ claimId: claim.claimId, revision: 2 });
});

test('nothing is kept, and no slip is printed, of a visit that has put nothing aside', () => {
  const { draft } = putAside(contextOf('S10'), today);
  for (const context of [contextOf('S10'), contextOf('S10', { service: null, draft })]) {
    expect(() => draftBodyOf(context, codeHashOf(CODE))).toThrow('draft of a service');
    expect(() => draftReceipt(context, place)).toThrow('put aside');
  }
  expect(withSlip(contextOf('S10'), 'printing')).toEqual({ draft: null });
});

test('a slip is counted with each attempt and shown as it came out', () => {
  const context = contextOf('S10', { ...putAside(contextOf('S10'), today) });
  const printing = { ...context, ...withSlip(context, 'printing') };
  expect(printing.draft?.slip).toEqual({ attempt: 1, state: 'printing' });
  const missing = { outcome: 'not-printed', code: 'paper-out', detail: '' } as const;
  const failed = { ...printing, ...withSlip(printing, missing) };
  const problem = { device: 'receipt-printer', fault: 'paper-out' };
  expect(failed.draft?.slip).toEqual({ attempt: 1, state: 'not-printed', problem });
  const again = { ...failed, ...withSlip(failed, 'printing') };
  expect(again.draft?.slip).toEqual({ attempt: 2, state: 'printing' });
  expect(withSlip(again, { outcome: 'printed' }).draft?.slip).toEqual({ attempt: 2, state: 'printed' });
  expect(again.draft).toMatchObject({ code: context.draft?.code, keptUntil: context.draft?.keptUntil });
});

test('a slip that did not come out is printed again, and one that did is not', async () => {
  const missing = { type: 'SLIP_DONE', outcome: { outcome: 'not-printed', code: 'paper-out', detail: '' } } as const;
  const visit = startVisit({ slips: [missing] });
  await visit.send(START, choose('S10'), CARD, plain('SAVE_DRAFT'));
  expect([visit.at, visit.context.draft?.slip?.state]).toEqual(['visit.saveDraft.saved', 'not-printed']);
  await visit.send(plain('RETRY'));
  expect([visit.context.draft?.slip, visit.started['printSlip']]).toEqual([{ attempt: 2, state: 'printed' }, 2]);
  await visit.send(plain('RETRY'));
  expect(visit.started['printSlip']).toBe(2);
});

test('a code that is refused is kept with its reason until another is typed', async () => {
  const visit = startVisit();
  await visit.send(plain('RESUME'), typed);
  const { claimId } = visit.context.claim!;
  await visit.send({ type: 'DRAFT_REFUSED', refusal: 'submitted' });
  expect([visit.at, visit.context.claim]).toEqual(['resume.refused', { claimId, code: CODE, refusal: 'submitted' }]);
  await visit.send(plain('RETRY'), typed);
  expect(visit.context.claim).toEqual({ claimId: expect.not.stringMatching(claimId), code: CODE });
});

test('codes are drawn at random from the whole alphabet, and fit', () => {
  const made = Array.from({ length: 2_000 }, () => putAside(contextOf('S10'), today).draft?.code ?? '');
  expect(made.every(isDraftCode)).toBe(true);
  expect(new Set(made).size).toBe(made.length);
  const first = new Set(made.map((code) => code.charAt(0)));
  expect(first.size).toBe(31);
});

test('a byte beyond the last whole alphabet is drawn again, or some characters would come more often', () => {
  dice.bytes = [248, 0, 255, 1, 2, 247, 4, 5, 6];
  const { draft } = putAside(contextOf('S10'), today);
  expect([draft?.code, dice.bytes]).toEqual([draftCodeOf([0, 1, 2, 30, 4, 5, 6]), []]);
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

test('it goes on at the question it was left at, as far as the form still has so many', () => {
  const left = { ...saved, question: 1 };
  const { delivery: _, ...onlyPhone } = left.answers;
  expect(takenUp(resuming, left, service('S10'))).toMatchObject({ question: 1, editing: false, stepIndex: 0 });
  const fewer = changedTo({ phone, note: phone }, ['phone']);
  expect(takenUp(resuming, { ...left, answers: onlyPhone, question: 7 }, fewer).question).toBe(1);
  expect(takenUp({ ...resuming, claim: null }, left, service('S10')).draft?.code).toBe('');
});

test('an answer that went with its question in the second place is asked for there', () => {
  const landline = { ...phone, pattern: '^0[0-9]{10}$' };
  const taken = takenUp(resuming, { ...saved, question: 0 }, changedTo({ delivery, phone: landline }, ['phone']));
  expect([taken.answers, taken.question]).toEqual([{ delivery: 'post' }, 1]);
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
  const notSubmitted = { type: 'text', text: '还没有提交，请记得回来办完', strong: true, align: 'center' };
  expect(slipOf().blocks).toContainEqual(notSubmitted);
  const text = JSON.stringify(slipOf());
  for (const personal of [linCard.name, linCard.idNumber, '13800138000']) expect(text).not.toContain(personal);
});

test('a slip in English is English throughout, and speaks of no card where none was asked for', () => {
  const slip = slipOf({ language: 'en', identity: null });
  expect(linesOf(slip).join('')).not.toMatch(/\p{Script=Han}|ID card|ID number/u);
  expect(linesOf(slip).slice(-2)).toEqual(['What is not finished by 2026-11-28 16:00 is deleted.', 'Help: 12345']);
});
