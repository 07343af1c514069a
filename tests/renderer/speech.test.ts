import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Speaker } from '../../renderer/speech/speaker.ts';
import { browserSynthesiser, chooseVoice, type Sentence, type Synthesiser } from '../../renderer/speech/synthesiser.ts';

/** Speaks for two seconds; what was cancelled says so only when the next one has begun, as Chromium does. */
class FakeSynthesiser implements Synthesiser {
  readonly heard: string[] = [];
  hangs = false;
  #end: ReturnType<typeof setTimeout> | undefined;
  #onEnd: () => void = () => undefined;
  speaks(): boolean {
    return true;
  }
  speak({ text }: Sentence, onEnd: () => void): void {
    this.heard.push(text);
    this.#onEnd = onEnd;
    if (!this.hangs) this.#end = setTimeout(onEnd, 2_000);
  }
  cancel(): void {
    clearTimeout(this.#end);
    this.heard.push('(cut off)');
    setTimeout(this.#onEnd, 50);
  }
  onVoices(): () => void {
    return () => undefined;
  }
}

const sentence = (text: string): Sentence => ({ text, language: 'zh-CN', rate: 1 });
let voice: FakeSynthesiser;
let speaker: Speaker;
const say = (text: string): void => speaker.say(sentence(text));

beforeEach(() => {
  vi.useFakeTimers();
  voice = new FakeSynthesiser();
  speaker = new Speaker(voice, () => performance.now());
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the speaker', () => {
  test('says to the end what it has begun, and then only what holds last', () => {
    say('closer');
    vi.advanceTimersByTime(500);
    for (const text of ['further back', 'no face', 'hold still']) say(text);
    vi.advanceTimersByTime(1_400);
    expect(voice.heard).toEqual(['closer']);
    vi.advanceTimersByTime(200);
    expect(voice.heard).toEqual(['closer', 'hold still']);
  });

  test('says nothing late that holds no more', () => {
    say('closer');
    say('no face');
    speaker.say(undefined);
    vi.advanceTimersByTime(60_000);
    expect(voice.heard).toEqual(['closer']);
  });

  test('says what goes on holding once', () => {
    for (let second = 0; second < 60; second += 1) {
      say('closer');
      vi.advanceTimersByTime(1_000);
    }
    expect(voice.heard).toEqual(['closer']);
  });

  test('says again what insists, six seconds after its end and for as long as it holds', () => {
    speaker.sayAtOnce({ ...sentence('blink'), insists: true });
    vi.advanceTimersByTime(7_999);
    expect(voice.heard).toEqual(['blink']);
    vi.advanceTimersByTime(1 + 8_000);
    expect(voice.heard).toEqual(['blink', 'blink', 'blink']);
    vi.advanceTimersByTime(3_000);
    speaker.hush();
    vi.advanceTimersByTime(60_000);
    expect(voice.heard).toEqual(['blink', 'blink', 'blink']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('repeats nothing within six seconds of its end, however often it comes and goes', () => {
    for (let tenth = 0; tenth < 75; tenth += 1) {
      say(tenth % 2 ? 'closer' : 'hold still');
      vi.advanceTimersByTime(100);
    }
    expect(voice.heard).toEqual(['hold still', 'closer']);
    say('hold still');
    vi.advanceTimersByTime(600);
    expect(voice.heard).toEqual(['hold still', 'closer', 'hold still']);
  });

  test('cuts a sentence off for what cannot wait, and takes its late end for no end of the next', () => {
    say('closer');
    vi.advanceTimersByTime(500);
    speaker.sayAtOnce(sentence('blink'));
    expect(voice.heard).toEqual(['closer', '(cut off)', 'blink']);
    say('hold still');
    vi.advanceTimersByTime(1_900);
    expect(voice.heard).toHaveLength(3);
    vi.advanceTimersByTime(100);
    expect(voice.heard.at(-1)).toBe('hold still');
  });

  test('what cannot wait does not cut itself off', () => {
    for (let times = 0; times < 5; times += 1) speaker.sayAtOnce(sentence('blink'));
    expect(voice.heard).toEqual(['blink']);
  });

  test('is silent at once when told so, and says to the next person what it said to the one before', () => {
    say('closer');
    speaker.hush();
    expect(voice.heard).toEqual(['closer', '(cut off)']);
    vi.advanceTimersByTime(60_000);
    expect(voice.heard).toHaveLength(2);
    speaker.hush();
    say('closer');
    expect(voice.heard).toEqual(['closer', '(cut off)', 'closer']);
  });

  test('goes on after a voice that never says that it has ended', () => {
    voice.hangs = true;
    say('closer');
    say('hold still');
    vi.advanceTimersByTime(20_000);
    expect(voice.heard).toEqual(['closer', '(cut off)', 'hold still']);
  });
});

describe('the voice', () => {
  const voices = (...langs: string[]) => langs.map((lang) => ({ lang, localService: true }));

  test.each([
    ['zh-CN', ['en-US', 'zh-TW', 'zh-HK', 'zh-CN'], 'zh-CN'],
    ['zh-CN', ['zh-HK', 'zh_CN_#Hans', 'en'], 'zh_CN_#Hans'],
    ['zh-CN', ['yue', 'cmn', 'en-gb'], 'cmn'],
    ['zh-CN', ['zh-HK', 'zh-TW'], 'zh-TW'],
    ['zh-CN', ['zh-HK', 'yue', 'en'], undefined],
    ['en', ['zh-CN', 'en-IN', 'en-US'], 'en-US'],
    ['en', ['zh-CN', 'en-IN'], 'en-IN'],
    ['en', ['zh-CN'], undefined],
  ] as const)('for %s out of %j is %s', (language, langs, chosen) => {
    expect(chooseVoice(voices(...langs), language)?.lang).toBe(chosen);
  });

  test('is one on this machine: nothing that is said is sent elsewhere', () => {
    expect(chooseVoice([{ lang: 'zh-CN', localService: false }, ...voices('zh-TW')], 'zh-CN')?.lang).toBe('zh-TW');
    expect(chooseVoice([{ lang: 'zh-CN', localService: false }], 'zh-CN')).toBeUndefined();
  });

  test('that is not there says nothing, and holds nothing up', () => {
    const silent = browserSynthesiser(undefined);
    const ended = vi.fn();
    silent.speak(sentence('closer'), ended);
    silent.cancel();
    expect(ended).toHaveBeenCalledOnce();
    expect(silent.speaks('zh-CN')).toBe(false);
  });
});
