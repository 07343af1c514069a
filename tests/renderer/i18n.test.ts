import { expect, test } from 'vitest';
import { deviceErrorCodes } from '../../drivers/core/index.ts';
import { kioskDevices } from '../../main/contracts/faults.ts';
import { draftRefusal, faceAdvice, faceChallenge, paperItem, terminalProblem } from '../../main/contracts/view.ts';
import { en } from '../../renderer/i18n/en.ts';
import { createLanguages } from '../../renderer/i18n/i18n.ts';
import { problemText, whatAndTodo } from '../../renderer/i18n/problem-text.ts';
import { type Translation, zhCn } from '../../renderer/i18n/zh-cn.ts';

type Texts = { readonly [key: string]: string | Texts };

function sentences(texts: Texts, under = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) =>
      typeof text === 'string' ? [[under + key, text] as const] : [...sentences(text, `${under}${key}.`)],
    ),
  );
}

const chinese = sentences(zhCn satisfies Translation);
const english = sentences(en);
const placeholders = (text: string | undefined): string[] => (text?.match(/\{\{\w+\}\}/g) ?? []).sort();

test('every sentence exists in both languages, with the same things filled in', () => {
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  const different = [...chinese].filter(([key, text]) => {
    return placeholders(text).join() !== placeholders(english.get(key)).join();
  });
  expect(different).toEqual([]);
});

test('what is said of a refusal is true whoever refused: a department, the platform, or what stands before it', () => {
  const said = [zhCn.submit.rejected.lead, en.submit.rejected.lead].join();
  expect(said).not.toMatch(/部门|缺|department|missing/);
});

test('whatever the core may say has a sentence', () => {
  for (const word of faceAdvice.options) expect(zhCn.faceAdvice[word]).not.toBe('');
  for (const word of faceChallenge.options)
    expect(zhCn.faceChallenge[word] + zhCn.face.challengeLead[word]).not.toBe('');
  for (const word of draftRefusal.options) expect(zhCn.resume.refused[word].lead).not.toBe('');
  for (const word of paperItem.shape.state.options) expect(zhCn.paper[word]).not.toBe('');
});

test('whatever may be wrong, with the terminal or with whatever device, is said in words, in sentences, with something to do', () => {
  for (const { t } of Object.values(createLanguages())) {
    const faults = kioskDevices.flatMap((device) => deviceErrorCodes.map((fault) => ({ device, fault })));
    for (const problem of [...terminalProblem.options, ...faults]) {
      const { short, what, todo } = problemText(t, problem);
      expect(`${short}${what}${todo}`).not.toMatch(/\{\{|problem\.|fault\.|device\./);
      expect(short).toMatch(/^\p{Lu}|^\p{Script=Han}/u);
      expect(what).toMatch(/^\p{Lu}.*\.$|^\p{Script=Han}.*。$/u);
      expect(todo).toMatch(/[.。]$/);
      expect(whatAndTodo(t, problem)).toMatch(/^\S.*(\. |。(?! )).*[.。]$/);
      expect(short.length, short).toBeLessThanOrEqual(42); // it stands on one line of a service's card
    }
  }
});

test('Chinese sentences use full-width punctuation', () => {
  const halfWidth = [...chinese].filter(([, text]) => /[\u4e00-\u9fff][,.?!:;()]|[,?!:;()][\u4e00-\u9fff]/.test(text));
  expect(halfWidth).toEqual([]);
});

test('English sentences contain no Chinese, but for the name of the language and the mark', () => {
  const mixed = [...english].filter(([, text]) => /[\u3000-\u9fff\uff00-\uffef]/.test(text)).map(([key]) => key);
  expect(mixed).toEqual(['brand.mark', 'mode.chinese']);
});

test('a sentence is ready as soon as the language is, and text filled in is not escaped twice', () => {
  const { 'zh-CN': zh, en: english } = createLanguages();
  expect(zh.t('header.timeLeft', { seconds: 8 })).toBe('本页还剩 8 秒');
  expect(english.t('services.elsewhere', { place: 'Hall & Co' })).toBe('Go to: Hall & Co');
});
