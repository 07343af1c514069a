import { expect, test } from 'vitest';
import type { Intent } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';
import { fields, savable, viewOf, views, visitAt } from '../renderer/fixtures.ts';
import { codes } from '../support/draft-codes.ts';
import { keptOpen } from './kept-open.ts';

const CODE = codes[7]!;
const open = keptOpen();
const { at, meant, expectMeant } = open;

const button = (name: string) => open.page.getByRole('button', { name, exact: true });

async function types(code: string): Promise<void> {
  for (const key of code) await button(key).click();
}

test.each<[string, View, string, Intent]>([
  ['first screen', views.attract, '继续上次没办完的事', { type: 'resume' }],
  ['services', views.services, '上次没办完的', { type: 'resume' }],
  ['warning before the time is over', views['time-warning-savable'], '先保存，下次再办', { type: 'save-draft' }],
  ['not saved', views['save-not-saved'], '再试一次', { type: 'retry' }],
  ['not saved', views['save-not-saved'], '返回', { type: 'back' }],
  ['no slip', views['save-unprinted'], '再打一次', { type: 'retry' }],
  ['saved', views['save-printed'], '好了，清除我的信息', { type: 'next' }],
  ['found', views['resume-found'], '接着往下办', { type: 'next' }],
  ['refused', views['resume-not-found'], '重新输入', { type: 'retry' }],
])('%s: a tap becomes an intent', async (_, view, name, intent) => {
  await at(view);
  // Over the dialog that warns lies the same offer, quieter.
  await button(name).last().click();
  await expectMeant(intent);
});

test.each([
  ['form', views['ask-savable']],
  ['review', views['review-savable']],
])('in the %s putting aside asks once, and nothing more than yes or no', async (_, view) => {
  await at(view);
  await button('先保存，下次再办').click();
  await open.page.getByText('会打一张凭条').waitFor();
  await button('不保存，接着填').click();
  await button('先保存，下次再办').click();
  await open.page.getByRole('alertdialog').getByRole('button', { name: '保存', exact: true }).click();
  await expectMeant({ type: 'save-draft' });
});

test('where nothing can be put aside there is no such button, and no such offer', async () => {
  for (const view of [views['ask-delivery'], views.review, views['time-warning']]) {
    await at(view);
    expect(await button('先保存，下次再办').count()).toBe(0);
  }
});

test('a warning offers it only where the service says so', async () => {
  const view = viewOf({ kind: 'form', fields: [fields.years] }, visitAt('form'));
  await at({ ...savable(view, 'possible'), timeLeft: views['time-warning'].timeLeft });
  await open.page.getByRole('alertdialog').waitFor();
  expect(await open.page.getByRole('alertdialog').getByText('先保存，下次再办').count()).toBe(0);
});

test('who leaves a form that can be put aside is asked that first', async () => {
  await at(views['ask-savable']);
  await button('退出').click();
  await open.page.getByRole('alertdialog').getByRole('button', { name: '先保存，下次再办' }).click();
  await expectMeant({ type: 'save-draft' });
});

test('a code is typed on large keys, shown in two groups, and sent when it is right', async () => {
  await at(views['resume-code']);
  await types(CODE.slice(0, 3));
  await button('下一步').click();
  await open.page.getByText('还差 5 个，请接着输。').waitFor();
  await types(CODE.slice(3));
  await open.page.locator(`input[value="${CODE.slice(0, 4)} ${CODE.slice(4)}"]`).waitFor();
  await button('下一步').click();
  await expectMeant({ type: 'resume-code', code: CODE });
});

test('a wrong key is told as soon as the last one is touched, sends nothing, and can be taken back', async () => {
  await at(views['resume-code']);
  const wrong = CODE.slice(0, 7) + (CODE.endsWith('2') ? '3' : '2');
  await types(wrong);
  await open.page.getByText('这个号码不对').waitFor();
  await button('下一步').click();
  await button('删除').click();
  await types(CODE.slice(7));
  expect(await open.page.getByText('这个号码不对').count()).toBe(0);
  await button('下一步').click();
  await expectMeant({ type: 'resume-code', code: CODE });
});

test('what a scanner types, with gap and small letters, is taken; what is no key of ours is not', async () => {
  await at(views['resume-code']);
  await open.page.getByRole('textbox').focus();
  await open.page.keyboard.type(`${CODE.slice(0, 4).toLowerCase()}-0O1I ${CODE.slice(4)}`);
  await button('下一步').click();
  await expectMeant({ type: 'resume-code', code: CODE });
});

test('removing asks first', async () => {
  await at(views['resume-found']);
  await button('删掉').click();
  await button('不删，留着').click();
  expect(meant()).toEqual([]);
  await button('删掉').click();
  await open.page.getByRole('alertdialog').getByRole('button', { name: '删掉', exact: true }).click();
  await expectMeant({ type: 'discard-draft' });
});

test('of a code that was typed nothing is left for the next resident', async () => {
  await at(views['resume-code']);
  await types(CODE);
  await at(views['resume-code']);
  expect(await open.page.getByRole('textbox').inputValue()).toBe('');
});
