import type { Language } from '../../main/contracts/common.ts';
import type { Sentence, Synthesiser } from './synthesiser.ts';

/** Heard again sooner, a sentence is a nuisance; later, it says that it holds again. */
const REPEAT_AFTER_MS = 6_000;
/** The longest words take twelve, at the pace for elderly people; Chromium's voices sometimes never say that they have ended. */
const HANGS_AFTER_MS = 20_000;

/**
 * Says what holds now, steadily: a sentence is said to its end, and of those that came meanwhile only the last one follows, if it
 * still holds. One that returns or insists is not said again at once. Only stores its arguments.
 */
export class Speaker {
  readonly #synthesiser: Synthesiser;
  readonly #nowMs: () => number;
  #wanted: Sentence | undefined;
  #saying: Sentence | undefined;
  #last: string | undefined;
  readonly #endedAtMs = new Map<string, number>();
  #later: ReturnType<typeof setTimeout> | undefined;
  #hangs: ReturnType<typeof setTimeout> | undefined;

  constructor(synthesiser: Synthesiser, nowMs: () => number) {
    this.#synthesiser = synthesiser;
    this.#nowMs = nowMs;
  }

  speaks(language: Language): boolean {
    return this.#synthesiser.speaks(language);
  }

  readonly onVoices = (listener: () => void): (() => void) => this.#synthesiser.onVoices(listener);

  /** What holds from now on; nothing, where it is undefined. */
  say(sentence: Sentence | undefined): void {
    this.#wanted = sentence;
    this.#next();
  }

  /** For what cannot wait: cuts off the sentence that is being said. */
  sayAtOnce(sentence: Sentence): void {
    this.#wanted = sentence;
    if (this.#saying && this.#saying.text !== sentence.text) this.#cut();
    this.#next();
  }

  /** Silence at once; what was said before is forgotten, as it was said to somebody else or about something else. */
  hush(): void {
    this.#wanted = undefined;
    this.#cut();
    clearTimeout(this.#later);
    this.#last = undefined;
    this.#endedAtMs.clear();
  }

  #next(): void {
    clearTimeout(this.#later);
    const sentence = this.#wanted;
    if (!sentence || this.#saying) return;
    if (sentence.text === this.#last && !sentence.insists) return;
    const endedAtMs = this.#endedAtMs.get(sentence.text) ?? Number.NEGATIVE_INFINITY;
    const waitMs = endedAtMs + REPEAT_AFTER_MS - this.#nowMs();
    if (waitMs > 0) this.#later = setTimeout(() => this.#next(), waitMs);
    else this.#speak({ ...sentence });
  }

  #speak(sentence: Sentence): void {
    this.#saying = sentence;
    this.#last = sentence.text;
    this.#hangs = setTimeout(() => {
      this.#cut();
      this.#next();
    }, HANGS_AFTER_MS);
    this.#synthesiser.speak(sentence, () => {
      if (this.#saying !== sentence) return; // the end of one that was cut off comes when the next has begun
      this.#ended(sentence);
      this.#next();
    });
  }

  #cut(): void {
    const sentence = this.#saying;
    if (!sentence) return;
    this.#ended(sentence);
    this.#synthesiser.cancel();
  }

  #ended({ text }: Sentence): void {
    clearTimeout(this.#hangs);
    this.#saying = undefined;
    this.#endedAtMs.set(text, this.#nowMs());
  }
}
