import type { Language } from '../../main/contracts/common.ts';

export type Sentence = {
  readonly text: string;
  readonly language: Language;
  /** 1 is the voice's own pace. */
  readonly rate: number;
  /** Said again and again while it holds: somebody is waited for who may not have heard it. */
  readonly insists?: boolean;
};

/** What puts a sentence into sound. */
export type Synthesiser = {
  /** Whether there is a voice for the language on this machine. */
  speaks(language: Language): boolean;
  /** `onEnd` is called once it has been said, has failed or was cancelled; perhaps late, and never where the voice hangs. */
  speak(sentence: Sentence, onEnd: () => void): void;
  cancel(): void;
  /** Voices come in after the page has started. Returns how to stop listening. */
  onVoices(listener: () => void): () => void;
};

export type Voice = Pick<SpeechSynthesisVoice, 'lang' | 'localService'>;

/** BCP 47 as browsers, Android (`zh_CN`) and eSpeak (`cmn`) write it. Cantonese is not what is read aloud here. */
const spoken: Record<Language, readonly RegExp[]> = {
  'zh-CN': [/^(zh|cmn)[-_](hans[-_])?cn/i, /^(zh|cmn)$/i, /^(zh|cmn)[-_](hans|hant|tw|sg)/i],
  en: [/^en[-_](gb|us)/i, /^en/i],
};

/** The best voice that speaks on this machine; one that sends the words elsewhere to be spoken is none. */
export function chooseVoice<V extends Voice>(voices: readonly V[], language: Language): V | undefined {
  const local = voices.filter(({ localService }) => localService);
  return spoken[language].flatMap((tag) => local.filter(({ lang }) => tag.test(lang)))[0];
}

/** The browser's own. Without one, or without a voice of the language, nothing is spoken. */
export function browserSynthesiser(speech: SpeechSynthesis | undefined): Synthesiser {
  const voice = (language: Language) => chooseVoice(speech?.getVoices() ?? [], language);
  return {
    speaks: (language) => voice(language) !== undefined,
    speak: ({ text, language, rate }, onEnd) => {
      const chosen = voice(language);
      if (!speech || !chosen) return onEnd();
      const utterance = new SpeechSynthesisUtterance(text);
      Object.assign(utterance, { voice: chosen, lang: chosen.lang, rate });
      utterance.addEventListener('end', onEnd);
      utterance.addEventListener('error', onEnd);
      speech.speak(utterance);
    },
    cancel: () => speech?.cancel(),
    onVoices: (listener) => {
      speech?.addEventListener('voiceschanged', listener);
      return () => speech?.removeEventListener('voiceschanged', listener);
    },
  };
}
