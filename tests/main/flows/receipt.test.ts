import { expect, test } from 'vitest';
import { caseReceipt } from '../../../main/flows/receipt.ts';
import type { VisitContext } from '../../../main/flows/visit-context.ts';
import { type Receipt, receipt as receiptSchema } from '../../../printers/document/document.ts';
import { contextOf, linCard } from '../../support/visit.ts';

const place = {
  name: { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' },
  machine: { 'zh-CN': '3 号机', en: 'Terminal 3' },
  helpNumber: '12345',
  timeZone: 'Asia/Shanghai',
  progressUrl: 'https://zwfw.example/p/',
};
const opened = {
  caseId: '0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11',
  acceptedAt: '2026-11-21T16:30:00.000Z', // half past midnight in Shanghai
  caseNumber: 'LS03-20261122-0047',
  delivered: true,
};

function printed(id: string, changes: Partial<VisitContext> = {}): Receipt {
  const receipt = caseReceipt(contextOf(id, { case: opened, ...changes }), place);
  return receiptSchema.parse(receipt);
}

const texts = ({ blocks }: Receipt): string[] =>
  blocks.flatMap((block) => {
    if (block.type === 'fields') return block.rows.map(({ label, value }) => `${label}=${value}`);
    if (block.type === 'qr') return [`qr ${block.data}`];
    return 'text' in block ? [block.text] : [];
  });

test('a receipt in Chinese says what was accepted, for whom in part, when, where, and under which number', () => {
  const receipt = printed('S10', { answers: { delivery: 'post', phone: '13800138000' } });
  expect(texts(receipt)).toEqual([
    '受理回执',
    '龙沙区政务大厅',
    '您的办件编号',
    'LS03-20261122-0047',
    '办理事项=敬老优待证',
    '证件号码=230***********0027',
    '领取方式=邮寄到家',
    '手机号码=138 0013 8000',
    '受理时间=2026-11-22 00:30',
    '受理地点=龙沙区政务大厅 3 号机',
    '已提交成功，请保管好这张回执。',
    'qr https://zwfw.example/p/LS03-20261122-0047',
    '咨询求助 12345',
  ]);
  expect(JSON.stringify(receipt)).not.toContain(linCard.idNumber);
  expect(JSON.stringify(receipt)).not.toContain(linCard.name);
});

test('a receipt in English is English throughout', () => {
  const receipt = printed('S01', { language: 'en', answers: { years: 3 } });
  expect(receipt.language).toBe('en');
  expect(texts(receipt)).toContain('Years covered=3 yr');
  expect(texts(receipt).join('')).not.toMatch(/\p{Script=Han}/u);
  expect(texts(receipt).at(-1)).toBe('Help: 12345');
});

test('a question stands on a receipt without its mark, and one inside it stays', () => {
  const context = contextOf('S10', { case: opened, answers: { phone: '13800138000' } });
  const steps = structuredClone(context.service!.steps);
  const title = { 'zh-CN': '电话：手机还是座机？', en: 'Phone: which one?' };
  for (const step of steps) {
    if (step.kind !== 'form') continue;
    const { label: _, ...phone } = step.schema.properties['phone']!;
    step.schema.properties['phone'] = { ...phone, title } as typeof phone;
  }
  const asked = { ...context, service: { ...context.service!, steps } };
  expect(texts(caseReceipt(asked, place))).toContain('电话：手机还是座机=138 0013 8000');
  expect(texts(caseReceipt({ ...asked, language: 'en' }, place))).toContain('Phone: which one=138 0013 8000');
});

test('a queued case says that it is not sent yet, until when to wait, and whom to call', () => {
  const receipt = printed('S10', { case: { ...opened, delivered: false }, answers: { delivery: 'post' } });
  expect(receipt.blocks).toContainEqual({ type: 'text', text: expect.stringContaining('等待发送'), strong: true });
  expect(texts(receipt).join('\n')).toContain('如果到 2026-11-25 00:30 还没有收到结果，请拨打 12345');
  expect(texts(receipt).join('\n')).not.toContain('已提交成功');
});

test('a ticket shows its own number large and the case number in its row', () => {
  const receipt = printed('S19', { case: { ...opened, ticketNumber: 'B012' }, answers: { matter: 'housing' } });
  expect(receipt.blocks).toContainEqual({ type: 'number', text: 'B012' });
  expect(texts(receipt)).toEqual(
    expect.arrayContaining(['排队取号单', '办件编号=LS03-20261122-0047', '请留意大厅屏幕和叫号。']),
  );
});

test('a receipt without a person has no number of one', () => {
  expect(texts(printed('S19', { identity: null })).join()).not.toContain('证件号码');
});

test('the longest texts that a service file and a configuration may have fit on a receipt', () => {
  const long = { 'zh-CN': '长'.repeat(60), en: 'x'.repeat(60) };
  const context = contextOf('S10', { case: opened, answers: { delivery: 'post' } });
  const steps = structuredClone(context.service!.steps);
  for (const step of steps) {
    if (step.kind === 'form') for (const property of Object.values(step.schema.properties)) property.title = long;
  }
  const service = { ...context.service!, title: long, steps };
  for (const language of ['zh-CN', 'en'] as const) {
    const receipt = caseReceipt({ ...context, service, language }, { ...place, name: long, machine: long });
    expect(receiptSchema.safeParse(receipt).error).toBeUndefined();
  }
});

test('nothing is printed for a case that was not accepted', () => {
  expect(() => caseReceipt(contextOf('S10'), place)).toThrow('accepted case');
});
