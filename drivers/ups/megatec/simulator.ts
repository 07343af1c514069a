import { LineDecoder } from '../../framing/lines.ts';
import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import { encodeQ1, type Flags, flagNames, LINE_END, MAX_LINE_BYTES } from './codec.ts';

type FlagName = (typeof flagNames)[number];

/** More than a host that waits for its answers ever has under way. */
const MAX_WAITING = 64;

/** A UPS that speaks Megatec's protocol, at the far end of a line. Its faults are plain fields. */
export class MegatecSimulator implements FarEnd {
  readonly name = 'megatec';
  readonly flags = new Set<FlagName>();
  inputVolts = 226;
  loadPercent = 14;
  batteryVolts = 27.5;
  silent = false;
  delayMs = 0;
  /** Answers whatever it is asked by saying it again, as some do with what they do not know. */
  echoes = false;
  /** How many answers are still going to lose a character. */
  damagedAnswers = 0;
  questions = 0;

  readonly #decoder = new LineDecoder({ end: LINE_END, maxBytes: MAX_LINE_BYTES });
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #send: (bytes: Uint8Array) => void = () => undefined;

  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#hangUp();
    this.#send = send;
    return {
      receive: (bytes) => {
        if (send === this.#send) this.#receive(bytes);
      },
      detach: () => {
        if (send === this.#send) this.#hangUp();
      },
    };
  }

  #hangUp(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#decoder.discard();
    this.#send = () => undefined;
  }

  #receive(bytes: Uint8Array): void {
    for (const line of this.#decoder.push(bytes)) {
      if (line.kind !== 'line' || this.silent) continue;
      const asked = Buffer.from(line.bytes).toString('latin1');
      if (asked === 'Q1' && !this.echoes) {
        this.questions += 1;
        this.#say(this.#status());
      } else this.#say(Buffer.from(`${asked}\r`, 'latin1'));
    }
  }

  #say(answer: Uint8Array): void {
    const send = this.#send;
    if (this.delayMs === 0) send(answer);
    if (this.delayMs === 0 || this.#timers.size >= MAX_WAITING) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      send(answer);
    }, this.delayMs);
    this.#timers.add(timer);
  }

  #status(): Uint8Array {
    const { inputVolts, loadPercent, batteryVolts } = this;
    const flags = Object.fromEntries(flagNames.map((name) => [name, this.flags.has(name)])) as Flags;
    const figures = { faultVolts: 195, outputVolts: 226, hertz: 49, celsius: 30 };
    const answer = encodeQ1({ inputVolts, loadPercent, batteryVolts, ...figures, flags });
    if (this.damagedAnswers === 0) return answer;
    this.damagedAnswers -= 1;
    return answer.filter((_, at) => at !== answer.length - 3);
  }
}
