import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../../main/contracts/common.ts';
import { en } from './en.ts';
import { zhCn } from './zh-cn.ts';

export const translations = { 'zh-CN': zhCn, en } as const;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof zhCn };
  }
}

function speaking(language: Language): i18n {
  const instance = createInstance();
  instance.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: translations[language] } },
    initAsync: false,
    interpolation: { escapeValue: false }, // React escapes
    react: { useSuspense: false },
  });
  return instance;
}

/** One ready instance a language: a change of language is drawn in one pass, with no state of its own. */
export function createLanguages(): Record<Language, i18n> {
  return { 'zh-CN': speaking('zh-CN'), en: speaking('en') };
}
