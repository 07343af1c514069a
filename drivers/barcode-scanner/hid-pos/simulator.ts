import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import { encodeReports, type ReportLayout } from './codec.ts';

/** Of reports that wait to be sent: three codes of the greatest length. */
const MAX_WAITING = 256;

/** A scanner in HID POS mode at the far end of a line of reports. Its faults are plain fields. It always reads. */
export class HidPosSimulator implements FarEnd {
  readonly name = 'hid-pos';
  layout: ReportLayout = 'standard';
  aim = ']Q1';
  /** The maker's own name for the symbology; Honeywell's for a QR code is 73 hex. */
  makerByte = 0x73;
  /** Says nothing. */
  silent = false;
  /** Between the reports of one code. */
  reportGapMs = 0;
  /** How many of the last reports of the next codes are lost on the way, one number each. */
  readonly losses: number[] = [];
  /** Written over the count of the next reports, one each. */
  readonly counts: number[] = [];
  /** Until a code that lies before it is reported, and again and again. */
  readMs = 120;

  #before: Uint8Array | undefined;
  #send: ((report: Uint8Array) => void) | undefined;
  #outgoing: Uint8Array[] = [];
  #sending: ReturnType<typeof setTimeout> | undefined;
  #reading: ReturnType<typeof setTimeout> | undefined;

  /** Somebody holds a code before the scanner and takes it away again. */
  present(payload: Uint8Array | string): void {
    const reports = encodeReports(typeof payload === 'string' ? Buffer.from(payload) : payload, this);
    const lost = this.losses.shift() ?? 0;
    for (const report of reports.slice(0, reports.length - lost)) this.transmit(report);
  }

  /** A code that stays before the scanner; `undefined` takes it away. */
  lay(payload: Uint8Array | string | undefined): void {
    this.#before = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#look();
  }

  transmit(report: Uint8Array): void {
    if (!this.#send || this.silent || this.#outgoing.length >= MAX_WAITING) return;
    const count = this.counts.shift();
    const sent = Uint8Array.from(report);
    if (count !== undefined) sent[1] = count;
    this.#outgoing.push(sent);
    if (!this.#sending) this.#sendNext();
  }

  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#hangUp();
    this.#send = send;
    this.#look();
    return {
      receive: () => undefined, // no command is known that every one of them obeys
      detach: () => {
        if (send === this.#send) this.#hangUp();
      },
    };
  }

  #hangUp(): void {
    clearTimeout(this.#sending);
    clearTimeout(this.#reading);
    this.#sending = undefined;
    this.#outgoing = [];
    this.#send = undefined;
  }

  #look(): void {
    clearTimeout(this.#reading);
    const before = this.#before;
    if (!before || !this.#send) return;
    this.#reading = setTimeout(() => {
      this.present(before);
      this.#look();
    }, this.readMs);
  }

  #sendNext(): void {
    for (let next = this.#outgoing.shift(); next; next = this.#outgoing.shift()) {
      this.#send?.(next);
      if (this.reportGapMs === 0) continue;
      this.#sending = setTimeout(() => {
        this.#sending = undefined;
        this.#sendNext();
      }, this.reportGapMs);
      return;
    }
  }
}
