import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { closeCodes, type Intent } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';
import { ask, fields, services, viewOf, views, visitAt } from '../renderer/fixtures.ts';
import { soon } from '../support/soon.ts';
import { keptOpen } from './kept-open.ts';

const open = keptOpen();
const { at, meant, expectMeant } = open;

const button = (name: string | RegExp) => open.page.getByRole('button', { name, exact: true });

test('a list that has become short enough offers no more to be shown', async () => {
  await at(views['services-many']);
  await button('往下看').waitFor();
  await open.page.evaluate(`
    const room = document.querySelector('.scroll').clientHeight;
    const content = document.querySelector('.scroll__content');
    content.style.cssText = 'overflow: hidden; height: ' + (room - 10) + 'px';
  `);
  await open.page.locator('.scroll--fits').waitFor({ timeout: 5_000 });
  expect(await button('往下看').count()).toBe(0);
});

test('date and clock go on past midnight on a page that is told nothing more', async () => {
  const view = views['out-of-service'];
  await at({ ...view, clock: { ...view.clock, now: '2026-11-21T15:59:30.000Z' } }); // 23:59:30 in Shanghai
  await open.page.getByText('11月21日').waitFor();
  await open.page.clock.fastForward(31_000);
  await open.page.getByText('11月22日').waitFor();
  await open.page.getByText('00:00').waitFor();
});

describe('a tap becomes an intent', () => {
  const taps: [string, View, string, Intent][] = [
    ['attract', views.attract, '点这里，开始办事', { type: 'start' }],
    ['attract', views.attract, '长辈版', { type: 'set-mode', mode: 'elderly' }],
    ['attract', views.attract, 'English', { type: 'set-language', language: 'en' }],
    ['services', views.services, '低位操作', { type: 'set-mode', mode: 'low-reach' }],
    ['services', views.services, '退出', { type: 'leave' }],
    ['identify', views['identify-waiting'], '返回', { type: 'back' }],
    ['identify', views['identify-waiting'], '退出', { type: 'leave' }],
    ['verify-face', views['face-refused'], '再试一次', { type: 'retry' }],
    ['verify-face', views['face-refused-for-good'], '不刷脸，换一种方式', { type: 'without-face' }],
    ['without-face', views['without-face'], '返回', { type: 'back' }],
    ['without-face', views['without-face'], '结束办理', { type: 'leave' }],
    ['form', views['form-choice'], '下一步', { type: 'next' }],
    ['review', views.review, '修改', { type: 'edit' }],
    ['review', views['review-each'], '修改：用途', { type: 'edit', field: 'purpose' }],
    ['review', views.review, '确认提交', { type: 'next' }],
    ['submit', views['submit-not-saved'], '再试一次', { type: 'retry' }],
    ['submit', views['submit-not-saved'], '返回', { type: 'back' }],
    ['submit', views['submit-slow'], '不等了，先拿回执', { type: 'next' }],
    ['print', views['print-failed'], '不打了，继续', { type: 'next' }],
    ['print', views['print-unknown'], '没有出来', { type: 'paper-seen', document: 'certificate', seen: false }],
    ['result', views['result-delivered'], '再办一件', { type: 'again' }],
    ['result', views['result-delivered'], '结束，清除我的信息', { type: 'leave' }],
    ['time warning', views['time-warning'], '我还在，继续办理', { type: 'stay' }],
    ['time warning', views['time-warning'], '不办了', { type: 'leave' }],
  ];
  test.each(taps)('%s', async (_name, view, name, intent) => {
    await at(view);
    await button(name).click();
    await soon(() => expect(open.host.intents).toContainEqual(intent));
  });

  test('a paper that cannot be printed here is not offered to be tried again; another one that failed is', async () => {
    await at(views['print-unprintable']);
    await open.page.getByText('这张纸在这里打不了').waitFor();
    expect(await button('再试一次').count()).toBe(0);
    expect(await button('不打了，继续').getAttribute('class')).toContain('push--primary');
    await at(views['print-failed']);
    expect(await button('再试一次').getAttribute('class')).toContain('push--primary');
  });

  test('before a frame is judged the camera page says that it looks, and gives no advice', async () => {
    await at(views['face-judging']);
    await open.page.locator('.face__advice', { hasText: '正在看…' }).waitFor();
    await open.show(views['face-hold-still']);
    await open.page.locator('.face__advice', { hasText: '很好，请保持不动' }).waitFor();
  });

  test('a service that can be done is chosen', async () => {
    await at(views.services);
    await open.page.getByRole('button', { name: /社保参保证明/ }).click();
    await expectMeant({ type: 'choose-service', serviceId: 'S01' });
  });

  test('a service that cannot be done says why and where else, and is not chosen', async () => {
    await at(views.services);
    await open.page.getByRole('button', { name: /无犯罪记录证明/ }).click();
    const dialog = open.page.getByRole('dialog');
    await dialog.getByText('证明打印机的纸用完了。').waitFor();
    await dialog.getByText('2 号机，左手边').waitFor();
    await dialog.getByRole('button', { name: '关闭' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(meant()).toEqual([]);
  });

  test('stars are sent as they are touched', async () => {
    await at(views['result-delivered']);
    await open.page.getByText('满意', { exact: true }).click();
    await expectMeant({ type: 'rate', stars: 4 });
  });

  test('the second half of a double tap is not taken for an answer to the page that came meanwhile', async () => {
    await at(views['form-choice']);
    const { x, y, width, height } = z
      .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
      .parse(await button('下一步').boundingBox());
    const tap = () => open.page.mouse.click(x + width / 2, y + height / 2);
    await tap();
    await expectMeant({ type: 'next' });
    open.host.show(views.review); // and the page takes its half second, which `open.show` would cut short
    await open.page.locator('[data-screen="review"]').waitFor();
    await tap();
    await sleep(600);
    expect(meant()).toEqual([{ type: 'next' }]);
    await tap();
    await expectMeant({ type: 'next' }, { type: 'next' });
  });

  test('a touch anywhere on the attract screen starts', async () => {
    await at(views.attract);
    await open.page.mouse.click(500, 900);
    await expectMeant({ type: 'start' });
  });

  test('many touches say "still here" once a second', async () => {
    await at(views.attract);
    await open.page.clock.fastForward(1_000);
    for (let touch = 0; touch < 5; touch += 1) await open.page.mouse.click(500, 500);
    await soon(() => expect(meant()).toHaveLength(5));
    expect(open.host.intents.filter(({ type }) => type === 'stay')).toHaveLength(1);
  });
});

describe('leaving', () => {
  test('asks once where answers would be lost', async () => {
    await at(views['form-choice']);
    await button('退出').click();
    await button('继续办理').click();
    await open.page.getByRole('alertdialog').waitFor({ state: 'detached' });
    expect(meant()).toEqual([]);
    await button('退出').click();
    await button('不办了，退出').click();
    await expectMeant({ type: 'leave' });
  });

  test('says what becomes of an application that is already accepted', async () => {
    await at(views['submit-slow']);
    await button('退出').click();
    await open.page.getByText('申请已经收下，离开也不会丢。').waitFor();
    await button('离开').click();
    await expectMeant({ type: 'leave' });
  });

  test('the question goes away with its screen, and the next resident is not asked it', async () => {
    await at(views['form-choice']);
    await button('退出').click();
    await open.page.getByRole('alertdialog').waitFor();
    await open.show(views.ending);
    expect(await open.page.getByRole('alertdialog').count()).toBe(0);
    await open.show(views['form-choice']);
    expect(await open.page.getByRole('alertdialog').count()).toBe(0);
  });
});

const KEY_HEIGHTS = `[...document.querySelectorAll('.choice, .pad__key')].map((key) => key.getBoundingClientRect().height)`;

const expectTyped = async (digits: string): Promise<void> =>
  expect(await open.page.getByRole('textbox').inputValue()).toBe(digits);

describe('a form', () => {
  test('takes fast digits one by one, never more than fit, and shows them in groups', async () => {
    await at(viewOf({ kind: 'form', fields: [{ ...fields.phone, value: '' }] }, visitAt('form')));
    for (const digit of '139000012345') await button(digit).click();
    expect(await open.page.getByRole('textbox').inputValue()).toBe('139 0000 1234');
    await button('删除').click();
    await soon(() => {
      const values = meant().map((intent) => (intent.type === 'set-answer' ? intent.value : intent.type));
      expect(values.slice(-2)).toEqual(['13900001234', '1390000123']);
      expect(values).toHaveLength(12);
    });
  });

  test('sends an amount as a number', async () => {
    await at(viewOf({ kind: 'form', fields: [{ ...fields.amount, value: 12 }] }, visitAt('form')));
    await button('5').click();
    await expectMeant({ type: 'set-answer', field: 'amount', value: 125 });
  });

  test('takes a keypad as well, and nothing but digits', async () => {
    await at(viewOf({ kind: 'form', fields: [{ ...fields.phone, value: '' }] }, visitAt('form')));
    await open.page.getByRole('textbox').pressSequentially('1a3 9x');
    expect(await open.page.getByRole('textbox').inputValue()).toBe('139');
  });

  test("stays within a number's limits", async () => {
    await at(viewOf({ kind: 'form', fields: [{ ...fields.copies, value: 19 }] }, visitAt('form')));
    await button(/多一点/).click();
    await expectMeant({ type: 'set-answer', field: 'copies', value: 20 });
    await soon(async () => expect(await button(/多一点/).isDisabled()).toBe(true));
  });

  test('fills in what the platform knows while the page is open', async () => {
    const { value: _typed, ...empty } = fields.phone;
    await at(ask(empty));
    await open.show(ask({ ...empty, value: '13900001234' }));
    await expectTyped('139 0000 1234');
  });

  test('never jumps back while answers are on their way to the core and back', async () => {
    const echo = async (value: string): Promise<void> => await open.show(ask({ ...fields.phone, value }));
    await at(ask({ ...fields.phone, value: '' }));
    for (const key of ['1', '3', '删除']) await button(key).click();
    for (const late of ['1', '13']) {
      await echo(late);
      await expectTyped('1');
    }
    await button('5').click();
    await echo('1');
    await expectTyped('15');
    await echo('15');
    await echo('15900001234'); // the core's own word, once nothing is on its way
    await expectTyped('159 0000 1234');
  });

  test('asks one question a page: its words are the heading and the name of the answer', async () => {
    await at(ask(fields.years));
    expect(await open.page.getByRole('heading', { level: 1 }).textContent()).toBe('要证明最近几年');
    await open.page.getByText('第 2 题，共 3 题').waitFor();
    const answer = open.page.getByRole('radiogroup', { name: '要证明最近几年' });
    expect(await answer.getByRole('radio', { name: '2 年', exact: true }).isChecked()).toBe(true);
    await answer.locator('label', { hasText: '3 年' }).click();
    await expectMeant({ type: 'set-answer', field: 'years', value: 3 });
  });

  test.each([fields.years, fields.purpose, fields.phone])('$name: each key is at least 112 px high', async (field) => {
    await at(ask(field));
    const heights = z
      .array(z.number())
      .min(3)
      .parse(await open.page.evaluate(KEY_HEIGHTS));
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(112);
  });

  test('reads an error aloud when it appears', async () => {
    await at(viewOf({ kind: 'form', fields: [fields.purpose] }, visitAt('form')));
    await open.show(viewOf({ kind: 'form', fields: [{ ...fields.purpose, error: 'required' }] }, visitAt('form')));
    expect(await open.page.getByRole('alert').textContent()).toContain('这一项还没有填');
  });
});

describe('the way through by keypad', () => {
  test('each new question takes the focus', async () => {
    await at(views['identify-waiting']);
    const focused = () => open.page.evaluate('document.activeElement.tagName + document.activeElement.textContent');
    await soon(async () => expect(await focused()).toBe('H1请把身份证平放在感应区'));
    await open.show(views['form-choice']);
    await soon(async () => expect(await focused()).toBe('H1请填写下面的内容'));
  });

  test('a service can be chosen without a touch', async () => {
    await at(views.services);
    await open.page.keyboard.press('Tab');
    await open.page.keyboard.press('Enter');
    await expectMeant({ type: 'choose-service', serviceId: services[0]!.id });
  });
});

test.each([
  ['a card that is refused', views['identify-refused']],
  ['a card that has expired', views['identify-expired']],
])('%s: another can simply be laid down', async (_name, view) => {
  await at(view);
  await open.page.getByText('直接放上来就行').waitFor();
  await open.page.getByText('读卡器已准备好').waitFor();
  expect(await button('再试一次').count()).toBe(0);
});

test.each([
  ['rejected', views['submit-rejected'], '办件编号 LS 2026 1121 0047'],
  ['not saved', views['submit-not-saved'], '龙沙区政务大厅 24 小时自助区 3 号机'],
])('an application that is %s: whom to call, and what to say', async (_name, view, words) => {
  await at(view);
  const panel = open.page.locator('.panel--call');
  expect(await panel.textContent()).toContain('12345');
  expect(await panel.textContent()).toContain(words);
});

test('the countdown goes on between views, second by second', async () => {
  await at(views['time-warning']);
  for (const left of ['19', '18']) {
    await open.page.clock.fastForward(1_000);
    await open.page.getByRole('timer').getByText(left, { exact: true }).waitFor({ timeout: 900 });
  }
});

test('help shows the number, the machine and what to say', async () => {
  await at(views['identify-waiting']);
  await button('请人帮忙').click();
  const dialog = open.page.getByRole('dialog');
  expect(await dialog.textContent()).toContain('12345');
  expect(await dialog.textContent()).toContain(
    '“我在龙沙区政务大厅 24 小时自助区，3 号机，正在办打社保证明，想请人帮忙。”',
  );
});

test('axe finds nothing in any dialog', async () => {
  const ways: [View, string | RegExp][] = [
    [views['form-choice'], '请人帮忙'],
    [views['form-choice'], '退出'],
    [views.services, /无犯罪记录证明/],
  ];
  for (const [view, name] of ways) {
    await at(view);
    await button(name).click();
    await open.page.locator('.dialog').waitFor();
    expect(await open.violations()).toEqual([]);
  }
});

describe('a core that goes away', () => {
  beforeEach(() => open.anew(views['form-choice']));
  const note = () => open.page.getByText('请稍等，机器正在恢复');

  test('and comes back within three seconds leaves the resident where they were', async () => {
    await open.host.stop();
    await note().waitFor({ timeout: 20_000 });
    await sleep(3_000);
    await open.host.start();
    await note().waitFor({ state: 'detached', timeout: 20_000 });
    await button('下一步').click();
    await expectMeant({ type: 'next' });
  });

  test('is not touched in the meantime: nothing tapped then is sent later', async () => {
    await open.host.stop();
    await note().waitFor({ timeout: 20_000 });
    await button('下一步')
      .click({ force: true, timeout: 1_000 })
      .catch(() => undefined);
    await open.host.start();
    await note().waitFor({ state: 'detached', timeout: 20_000 });
    await sleep(100);
    expect(meant()).toEqual([]);
  });

  test('and speaks what the page does not understand is treated as gone, not drawn', async () => {
    open.host.show({ ...views.review, screen: { kind: 'no-such-screen' } } as never);
    await note().waitFor({ timeout: 20_000 });
    open.host.show(views.review);
    await note().waitFor({ state: 'detached', timeout: 20_000 });
    await open.page.locator('[data-screen="review"]').waitFor();
  });

  test('and has another page now is not asked again', async () => {
    open.host.close(closeCodes.replaced);
    await open.page.getByText('已经在另一个页面继续').waitFor();
    await sleep(600);
    expect(open.host.connections).toBe(1);
  });

  test('and refuses this page is not asked again', async () => {
    open.host.close(closeCodes.unauthorised);
    await open.page.getByText('这个页面打不开').waitFor();
    await open.page.getByText(`请打 ${views.attract.place.helpNumber}。`).waitFor();
    await sleep(600);
    expect(open.host.connections).toBe(1);
  });
});
