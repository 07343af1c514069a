import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { faceAdvice, faceChallenge, type View } from '../../main/contracts/view.ts';
import { faceView, type ViewName, views } from '../renderer/fixtures.ts';
import { soon } from '../support/soon.ts';
import { keptOpen } from './kept-open.ts';
import { landscape, portrait } from './open-page.ts';
import type { PageHost } from './page-host.ts';

const WITHOUT_FACE = '不刷脸，换一种方式';
const open = keptOpen();
const { at, expectMeant } = open;

afterEach(() => open.page.setViewportSize(portrait));

const heading = () => open.page.getByRole('heading', { level: 1 }).textContent();
const advice = () => open.page.locator('.face__advice');

/** All but the moment after a match, which goes on by itself. */
const undecided = Object.keys(views).filter((name) => /^face-(?!matched)/.test(name)) as ViewName[]; // the keys of a literal

test.each(undecided)('%s: the way without a face is on the glass, one touch away', async (name) => {
  await at(views[name]);
  await open.page.getByRole('button', { name: WITHOUT_FACE, exact: true }).click({ timeout: 20_000 });
  await expectMeant({ type: 'without-face' });
});

describe('what is asked for', () => {
  test('is the question on the page, with a picture; advice that it goes well would only hide the face', async () => {
    await at(views['face-blink']);
    expect(await heading()).toBe('请眨一眨眼睛');
    expect(await open.page.locator('.page__asked .head--blink').count()).toBe(1);
    expect(await advice().count()).toBe(0);
  });

  test('is said to be which of how many, where there are more than one', async () => {
    await at(views['face-turn-left']);
    await open.page.getByText('第 1 个动作，共 2 个。往箭头那边转一点，再慢慢转回来。').waitFor({ timeout: 20_000 });
    await at(views['face-blink']);
    expect(await open.page.getByText('第 1 个动作').count()).toBe(0);
  });

  test('comes with advice where something keeps it from being seen', async () => {
    await at(views['face-turn-right']);
    expect(await heading()).toBe('请慢慢向右转头');
    expect(await advice().textContent()).toBe('请再靠近一点');
  });

  test('stands until the next is asked for, and no longer than a moment where none is', async () => {
    await at(views['face-blink']);
    await open.page.evaluate(`
      window.headings = [];
      new MutationObserver(() => window.headings.push(document.querySelector('h1').textContent))
        .observe(document.querySelector('h1'), { characterData: true, childList: true, subtree: true });
    `);
    open.host.show(views['face-hold-still']);
    open.host.show(views['face-turn-left']);
    await soon(async () => expect(await heading()).toBe('请慢慢向左转头'));
    await open.show(views['face-hold-still']);
    await open.page.clock.fastForward(1_000);
    await soon(async () => expect(await heading()).toBe('请看摄像头，确认是您本人'));
    expect(await advice().textContent()).toBe('很好，请保持不动');
    expect(await open.page.evaluate('window.headings')).toEqual(['请慢慢向左转头', '请看摄像头，确认是您本人']);
  });

  test('is read aloud, and takes the focus from no button', async () => {
    await at(views['face-hold-still']);
    await open.page.getByRole('button', { name: WITHOUT_FACE, exact: true }).focus();
    await open.show(views['face-turn-left']);
    expect(await open.page.evaluate('document.activeElement.textContent')).toBe(WITHOUT_FACE);
    expect(await open.page.getByRole('status').allTextContents()).toContain('请慢慢向左转头');
  });

  test.each([
    ['turn-left', 'left of'],
    ['turn-right', 'right of'],
  ] as const)('%s: as in a mirror, picture and arrows point %s the middle', async (challenge, side) => {
    await at(faceView({ advice: 'hold-still', challenge }));
    const middles =
      await open.page.evaluate(`['.face', '.face__turn', '.page__asked .head', '.page__asked .head__features']
      .map((selector) => document.querySelector(selector).getBoundingClientRect())
      .map(({ left, right }) => (left + right) / 2)`);
    const [face, arrows, head, features] = z.tuple([z.number(), z.number(), z.number(), z.number()]).parse(middles);
    const signs = [arrows - face, features - head].map(Math.sign);
    expect(signs).toEqual(side === 'left of' ? [-1, -1] : [1, 1]);
  });

  test.each([
    ['turn-left', '.head__features'],
    ['turn-right', '.head__ears'],
    ['open-mouth', '.head__open-mouth'],
    ['blink', '.head__closed-eyes'],
  ] as const)('%s: the picture does it slowly, and stands still where motion is unwanted', async (challenge, part) => {
    const poses = async (reducedMotion: 'reduce' | 'no-preference'): Promise<number> => {
      await open.page.emulateMedia({ reducedMotion });
      await at(faceView({ challenge }));
      const seen = await open.page.evaluate(`(async () => {
        const part = document.querySelector('${part}');
        const seen = new Set();
        for (let ms = 0; ms < 4_000; ms += 100) {
          for (const animation of part.getAnimations()) {
            animation.pause();
            animation.currentTime = ms;
          }
          const { transform, opacity } = getComputedStyle(part);
          seen.add(transform + opacity);
        }
        return seen.size;
      })()`);
      return z.number().parse(seen);
    };
    expect(await poses('no-preference')).toBeGreaterThan(1);
    expect(await poses('reduce')).toBe(1);
  });

  test.each([
    [portrait, 'standard', 'zh-CN'],
    [portrait, 'elderly', 'zh-CN'],
    [portrait, 'low-reach', 'zh-CN'],
    [portrait, 'standard', 'en'],
    [portrait, 'elderly', 'en'],
    [landscape, 'standard', 'zh-CN'],
    [landscape, 'elderly', 'en'],
  ] as const)(
    '%o %s %s: never moves the camera picture, before which somebody stands',
    async (viewport, mode, language) => {
      await open.page.setViewportSize(viewport);
      const box = async (view: View): Promise<string> => {
        await open.show({ ...view, mode, language });
        return JSON.stringify(await open.page.locator('.face').boundingBox());
      };
      const resting = await box(views['face-hold-still']);
      for (const challenge of faceChallenge.options) {
        expect(await box(faceView({ advice: 'come-closer', challenge })), challenge).toBe(resting);
      }
    },
  );
});

test.each([
  [portrait, 'zh-CN'],
  [portrait, 'en'],
  [landscape, 'zh-CN'],
  [landscape, 'en'],
] as const)(
  '%o %s: advice is one line even in the largest type, so that little of the face is covered',
  async (viewport, language) => {
    await open.page.setViewportSize(viewport);
    const heights: Record<string, number | undefined> = {};
    for (const word of faceAdvice.options) {
      await open.show({ ...faceView({ advice: word }), mode: 'elderly', language });
      heights[word] = (await open.page.locator('.face__advice').boundingBox())?.height;
    }
    expect(heights).toEqual(Object.fromEntries(faceAdvice.options.map((word) => [word, heights['hold-still']])));
  },
);

describe('a refusal says why, and what to do', () => {
  test.each([
    ['another face', views['face-refused'], '没有确认是您本人', '摘下帽子、口罩和墨镜'],
    ['a picture of a face', views['face-refused-not-live'], '没认出是本人在场', '脸朝亮的地方，别背着光'],
    ['what was asked for in vain', views['face-refused-not-done'], '没有看清您做的动作', '请慢慢向左转头'],
  ])('%s', async (_, view, title, todo) => {
    await at(view);
    expect(await heading()).toBe(title);
    expect(await open.page.locator('.panel').textContent()).toContain(todo);
    await open.page.getByText(/还可以试 \d 次/).waitFor();
    await open.page.getByRole('button', { name: '再试一次' }).click();
    await expectMeant({ type: 'retry' });
  });

  test('with no try left none is offered, and the way without a face is the one on', async () => {
    await at(views['face-refused-not-done-for-good']);
    expect(await heading()).toBe('没有看清您做的动作');
    expect(await open.page.getByRole('button', { name: '再试一次' }).count()).toBe(0);
    expect(await open.page.getByRole('button', { name: WITHOUT_FACE }).getAttribute('class')).toContain(
      'push--primary',
    );
  });
});

describe('what to do is spoken', () => {
  const spoken = async (): Promise<string[]> => (await open.spoken()).filter((words) => words !== 'silence');

  test('once, as it comes; what is asked for too; in the language and at the pace of the page', async () => {
    const before = await spoken();
    await at(views['face-judging']);
    for (const view of [views['face-looking'], faceView({ progress: 0.5 }), views['face-blink']]) {
      await open.show({ ...view, mode: 'elderly' });
    }
    await open.show({ ...views['face-open-mouth'], language: 'en' });
    await open.show({ ...views['face-matched'], language: 'en' });
    await soon(async () =>
      expect((await spoken()).slice(before.length)).toEqual([
        'zh-CN 1 请看摄像头，确认是您本人',
        'zh-CN 0.85 请再靠近一点',
        'zh-CN 0.85 请眨一眨眼睛',
        'en-GB 1 Please uncover your mouth',
        'en-GB 1 Confirmed, it is you',
      ]),
    );
  });

  test('until somebody turns it off; the next resident is spoken to again', async () => {
    await at(views['face-looking']);
    await open.page.getByRole('button', { name: '关掉声音' }).click();
    const before = await spoken();
    await open.show(views['face-blink']);
    await open.show(views['face-matched']);
    await open.show(views['face-looking']);
    await open.page.getByRole('button', { name: '打开声音' }).waitFor();
    expect(await spoken()).toEqual(before);
    await at(views['face-turn-left']);
    await soon(async () => expect(await spoken()).toEqual([...before, 'zh-CN 1 请慢慢向左转头']));
  });

  test('what is asked for again and again, until it is done; advice once', async () => {
    await open.anew(views.ending);
    await open.show(views['face-blink']);
    await open.page.clock.fastForward(7_000);
    await soon(async () => expect(await open.spoken()).toHaveLength(2));
    await open.show(views['face-looking']);
    for (let times = 0; times < 3; times += 1) await open.page.clock.fastForward(10_000);
    const asked = 'zh-CN 1 请眨一眨眼睛';
    expect(await open.spoken()).toEqual([asked, asked, 'zh-CN 1 请再靠近一点']);
  });

  test('and so is what went wrong, what to do, and how often', async () => {
    await at(views['face-refused']);
    expect((await spoken()).at(-1)).toBe('zh-CN 1 没有确认是您本人。 请照图准备好，再试一次。 还可以试 2 次');
    await open.page.getByRole('button', { name: '关掉声音' }).waitFor();
    await at({ ...views['face-camera-offline'], language: 'en' });
    expect((await spoken()).at(-1)).toBe(
      'en-GB 1 The camera is not working. This page goes on by itself once it works. You can also try again, or do it another way.',
    );
  });

  test.each([
    ['the screen is there', (host: PageHost) => Promise.resolve(host.show(views['form-choice']))],
    ['the core is there', (host: PageHost) => host.stop()],
  ])('no longer than %s', async (_, ends) => {
    await open.anew(views.ending);
    await open.page.evaluate('speechSynthesis.speak = (utterance) => window.spoken.push(utterance.text)');
    await open.show(views['face-blink']);
    await ends(open.host);
    await soon(async () => expect(await open.spoken()).toEqual(['请眨一眨眼睛', 'silence']));
  });
});
