import type { Attachment, FarEnd } from '../../drivers/simulation/far-end.ts';
import { type ParsedCommand, ZplParser } from './parser.ts';
import { type Format, FormatBuilder, type PrintedLabel, renderLabels, type Settings } from './printed-label.ts';

/** Formats that wait; a printer's buffer is measured in bytes, and a hostile host must not fill our memory. */
const FORMATS_MAX = 20;
/** In the tray, the newest: a label at 600 dpi is a megabyte. */
const LABELS_KEPT = 50;
/** From `^XZ` to the first dot. */
const DRAWING_MS = 100;
const SPLIT_GAP_MS = 40;

export interface ZplFaults {
  readonly headOpen: boolean;
  readonly paperOut: boolean;
  readonly ribbonOut: boolean;
  readonly paused: boolean;
  readonly tooHot: boolean;
  readonly settingsLost: boolean;
  readonly diagnosing: boolean;
  /** Somebody opens the head when the next label is half out. */
  readonly opensHeadInNextLabel: boolean;
  /** Labels, cards or ribbon end behind this many more. */
  readonly labelsLeft: number;
  /** With head open, or without media or ribbon, `~HS` is not answered (ZPL II guide, ~HS). */
  readonly muteWhenStopped: boolean;
  /** Says nothing at all: switched off. */
  readonly silent: boolean;
  /** A clone that knows neither `~HI` nor `~HQES`. */
  readonly knowsOnlyStatus: boolean;
  readonly splitsAnswers: boolean;
  readonly leavesOutLineEnds: boolean;
  /** Until an answer comes. */
  readonly answersAfterMs: number;
  /** A clone that does not clear its buffer. */
  readonly ignoresCancel: boolean;
  /** A printer of another language: takes labels and prints none. */
  readonly ignoresLabels: boolean;
  /** Each label stays on the peeler until it is taken. */
  readonly peels: boolean;
}

const noFaults: ZplFaults = {
  headOpen: false,
  paperOut: false,
  ribbonOut: false,
  paused: false,
  tooHot: false,
  settingsLost: false,
  diagnosing: false,
  opensHeadInNextLabel: false,
  labelsLeft: Number.POSITIVE_INFINITY,
  muteWhenStopped: false,
  silent: false,
  knowsOnlyStatus: false,
  splitsAnswers: false,
  leavesOutLineEnds: false,
  answersAfterMs: 0,
  ignoresCancel: false,
  ignoresLabels: false,
  peels: false,
};

export interface ZplSimulatorOptions {
  readonly dpi?: 203 | 300 | 600;
  /** One label from its first dot to its last. */
  readonly labelMs?: number;
}

/**
 * A label or card printer with its media, head and buffer. What it prints follows from the clock whenever
 * it is looked at, so that it has no timers of its own, and prints on while its host is away.
 */
export class ZplSimulator implements FarEnd {
  readonly name = 'zpl';
  labelMs: number;
  readonly #dpi: 203 | 300 | 600;
  readonly #parser = new ZplParser();
  readonly #settings: Settings;
  #faults: ZplFaults = noFaults;
  #builder: FormatBuilder | undefined;
  #waiting: Format[] = [];
  #current: { format: Format; left: number; sinceMs: number } | undefined;
  #peeler: 'free' | 'label-waits' = 'free';
  #clockMs = performance.now();
  #labels: PrintedLabel[] = [];
  #printedCount = 0;
  #send: ((bytes: Uint8Array) => void) | undefined;
  readonly #answers = new Set<ReturnType<typeof setTimeout>>();

  constructor({ dpi = 203, labelMs = 800 }: ZplSimulatorOptions = {}) {
    this.#dpi = dpi;
    this.labelMs = labelMs;
    this.#settings = { widthDots: 4 * dpi, heightDots: 6 * dpi, reprintsAfterError: true };
  }

  get faults(): ZplFaults {
    this.#advance();
    return this.#faults;
  }

  /** Somebody opens the head, refills labels, presses pause. */
  set(change: Partial<ZplFaults>): void {
    this.#advance();
    this.#faults = { ...this.#faults, ...change };
    if (change.paperOut === false && this.#faults.labelsLeft <= 0) {
      this.#faults = { ...this.#faults, labelsLeft: Number.POSITIVE_INFINITY };
    }
  }

  /** What lies in the tray, oldest first. */
  labels(): readonly PrintedLabel[] {
    this.#advance();
    return this.#labels;
  }

  /** Since the printer was made, those that nobody sees any more included. */
  get printedCount(): number {
    this.#advance();
    return this.#printedCount;
  }

  /** The last label, or all that lie in the tray, as a PNG; `undefined` before anything has been printed. */
  async paperPng(which: 'last' | 'all' = 'last'): Promise<Buffer | undefined> {
    const labels = this.labels();
    const shown = which === 'all' ? labels : labels.slice(-1);
    return shown.length > 0 ? await renderLabels(shown) : undefined;
  }

  /** Somebody takes the labels out of the tray, and the one from the peeler. */
  takeLabels(): void {
    this.#advance();
    this.#labels = [];
    this.#peeler = 'free';
  }

  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#send = send;
    return {
      receive: (bytes) => this.#receive(bytes),
      detach: () => {
        if (this.#send !== send) return;
        this.#send = undefined;
        for (const timer of this.#answers) clearTimeout(timer);
        this.#answers.clear();
      },
    };
  }

  #receive(bytes: Uint8Array): void {
    this.#advance();
    for (const command of this.#parser.push(bytes)) this.#execute(command);
    this.#advance();
  }

  #execute(command: ParsedCommand): void {
    switch (command.name) {
      case '~HS':
        if (!(this.#faults.muteWhenStopped && this.#mutedByFault)) this.#say(this.#hostStatus());
        return;
      case '~HQES':
        if (!this.#faults.knowsOnlyStatus) this.#say(this.#errorStatus());
        return;
      case '~HI':
        if (!this.#faults.knowsOnlyStatus) this.#say(this.#identity());
        return;
      case '~JX':
        this.#builder = undefined;
        return;
      case '~JA':
        this.#cancel();
        return;
      case '~JR':
        this.#current = undefined;
        this.#cancel();
        return;
      case '^XA':
        this.#builder = new FormatBuilder(this.#settings);
        return;
      case '^XZ':
        this.#take();
        return;
      default:
        this.#builder?.add(command);
    }
  }

  #take(): void {
    const format = this.#builder?.build();
    this.#builder = undefined;
    const room = this.#waiting.length < FORMATS_MAX;
    if (format && room && !this.#faults.ignoresLabels) this.#waiting.push(format);
  }

  /** The label that is being printed is finished; one that an error broke off stays as it is. */
  #cancel(): void {
    this.#builder = undefined;
    if (this.#faults.ignoresCancel) return;
    this.#waiting = [];
    if (!this.#current) return;
    const begun = this.#clockMs >= this.#current.sinceMs;
    if (this.#stopped || !begun) this.#current = undefined;
    else this.#current = { ...this.#current, left: 1 };
  }

  get #mutedByFault(): boolean {
    const { headOpen, ribbonOut, tooHot } = this.#faults;
    return headOpen || ribbonOut || tooHot || this.#paperOut;
  }

  get #paperOut(): boolean {
    return this.#faults.paperOut || this.#faults.labelsLeft <= 0;
  }

  get #stopped(): boolean {
    const { paused, settingsLost, peels } = this.#faults;
    return this.#mutedByFault || paused || settingsLost || (peels && this.#peeler === 'label-waits');
  }

  /** Brings the printer to now. A label that begins or ends in between does so at its own time. */
  #advance(): void {
    const nowMs = performance.now();
    for (;;) {
      if (this.#stopped) {
        if (this.#current) this.#current.sinceMs += nowMs - this.#clockMs;
        break;
      }
      if (!this.#current) {
        const format = this.#waiting.shift();
        if (!format) break;
        this.#current = { format, left: format.copies, sinceMs: this.#clockMs + (this.labelMs > 0 ? DRAWING_MS : 0) };
      }
      const { opensHeadInNextLabel } = this.#faults;
      const endsMs = this.#current.sinceMs + this.labelMs * (opensHeadInNextLabel ? 0.5 : 1);
      if (endsMs > nowMs) break;
      this.#clockMs = Math.max(this.#clockMs, endsMs);
      if (opensHeadInNextLabel) this.#breakOff();
      else this.#finishLabel();
    }
    this.#clockMs = nowMs;
  }

  #finishLabel(): void {
    const current = this.#current;
    if (!current) return;
    this.#lay({ format: current.format, printedDots: current.format.heightDots });
    this.#printedCount += 1;
    this.#faults = { ...this.#faults, labelsLeft: this.#faults.labelsLeft - 1 };
    if (this.#faults.peels) this.#peeler = 'label-waits';
    current.left -= 1;
    current.sinceMs = this.#clockMs;
    if (current.left === 0) this.#current = undefined;
  }

  /** Half a label hangs out. It is printed once more when the head is closed, unless `^JZN` was said. */
  #breakOff(): void {
    const current = this.#current;
    if (!current) return;
    const { format } = current;
    this.#lay({ format, printedDots: Math.floor(format.heightDots / 2) });
    this.#faults = { ...this.#faults, headOpen: true, opensHeadInNextLabel: false };
    current.sinceMs = this.#clockMs;
    if (!format.reprintsAfterError) current.left -= 1;
    if (current.left === 0) this.#current = undefined;
  }

  #lay(label: PrintedLabel): void {
    this.#labels.push(label);
    if (this.#labels.length > LABELS_KEPT) this.#labels.shift();
  }

  /** Fields: ZPL II guide, ~HS. */
  #hostStatus(): string[] {
    const { paused, settingsLost, tooHot, headOpen, ribbonOut, diagnosing, peels } = this.#faults;
    const bit = (on: boolean): string => (on ? '1' : '0');
    const digits = (value: number, count: number): string => String(value).padStart(count, '0');
    const drawing =
      this.#current && this.#clockMs < this.#current.sinceMs && this.#current.left === this.#current.format.copies;
    const formats = this.#waiting.length + (drawing ? 1 : 0);
    const full = this.#waiting.length >= FORMATS_MAX;
    const pause = paused || this.#mutedByFault;
    const peeling = peels && this.#peeler === 'label-waits';
    return [
      `030,${bit(this.#paperOut)},${bit(pause)},${digits(this.#settings.heightDots, 4)},${digits(formats, 3)},${bit(full)},` +
        `${bit(diagnosing)},${bit(this.#builder !== undefined)},000,${bit(settingsLost)},0,${bit(tooHot)}`,
      `000,0,${bit(headOpen)},${bit(ribbonOut)},1,${peels ? 1 : 2},0,${bit(peeling)},` +
        `${digits(drawing ? 0 : (this.#current?.left ?? 0), 8)},1,000`,
      '1234,0',
    ];
  }

  #errorStatus(): string[] {
    const { headOpen, ribbonOut, tooHot } = this.#faults;
    const flags = (this.#paperOut ? 1 : 0) | (ribbonOut ? 2 : 0) | (headOpen ? 4 : 0) | (tooHot ? 0x10 : 0);
    const errors = `${flags === 0 ? 0 : 1} 00000000 ${flags.toString(16).padStart(8, '0')}`;
    return [`\r\n\r\n  PRINTER STATUS\r\n  ERRORS:         ${errors}\r\n  WARNINGS:       0 00000000 00000000\r\n`];
  }

  #identity(): string[] {
    const perMm = { 203: 8, 300: 12, 600: 24 }[this.#dpi];
    return [`JIUJIN ZPL-${this.#dpi},V1.0.0,${perMm},8192KB,X`];
  }

  #say(lines: readonly string[]): void {
    const { silent, splitsAnswers, leavesOutLineEnds, answersAfterMs } = this.#faults;
    if (silent) return;
    const bytes = Buffer.from(
      lines.map((line) => `\x02${line}\x03${leavesOutLineEnds ? '' : '\r\n'}`).join(''),
      'latin1',
    );
    const cut = splitsAnswers ? Math.floor(bytes.length / 3) : bytes.length;
    this.#sendAfter(answersAfterMs, bytes.subarray(0, cut));
    if (cut < bytes.length) this.#sendAfter(answersAfterMs + SPLIT_GAP_MS, bytes.subarray(cut));
  }

  #sendAfter(ms: number, bytes: Uint8Array): void {
    if (ms === 0) {
      this.#send?.(bytes);
      return;
    }
    const timer = setTimeout(() => {
      this.#answers.delete(timer);
      this.#send?.(bytes);
    }, ms);
    this.#answers.add(timer);
  }
}
