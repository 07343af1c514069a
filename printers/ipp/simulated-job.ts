import type { JobState } from './operations.ts';
import { pagesIn } from './pdf-pages.ts';
import type { WantedSheet } from './simulated-tray.ts';

/** A job in the simulated printer. */
export class SimulatedJob {
  readonly jobId: number;
  readonly jobName: string;
  readonly copies: number;
  readonly sheet: WantedSheet;
  /** `performance.now()`. */
  readonly createdAtMs = performance.now();
  /** The trays that its sheets came from, in order. */
  readonly drawnFrom: string[] = [];
  state: JobState = 'held';
  reasons: readonly string[] = ['job-data-insufficient'];
  sidesDone = 0;
  pdf: Uint8Array = new Uint8Array();

  constructor(jobId: number, jobName: string, copies: number, sheet: WantedSheet) {
    this.jobId = jobId;
    this.jobName = jobName;
    this.copies = copies;
    this.sheet = sheet;
  }

  get sides(): number {
    return pagesIn(this.pdf) * this.copies;
  }

  get isOver(): boolean {
    return this.state === 'completed' || this.state === 'aborted' || this.state === 'canceled';
  }

  /** The whole document is here. One that is no PDF is thrown away, as RFC 8011 section 4.3.1 has it. */
  receive(pdf: Uint8Array): void {
    this.pdf = pdf.slice();
    if (pagesIn(pdf) > 0) this.#become('pending', 'none');
    else this.#become('aborted', 'document-format-error', 'aborted-by-system');
  }

  cancel(by: 'user' | 'operator' = 'user'): void {
    this.#become('canceled', `job-canceled-by-${by}`);
  }

  /** One more sheet has left the printer. */
  stack(source: string): void {
    this.sidesDone += 1;
    this.drawnFrom.push(source);
    if (this.sidesDone < this.sides) this.#become('processing', 'job-printing');
    else this.#become('completed', 'job-completed-successfully');
  }

  start(): void {
    this.#become('processing', 'job-printing');
  }

  stop(): void {
    this.#become('stopped', 'printer-stopped');
  }

  #become(state: JobState, ...reasons: string[]): void {
    this.state = state;
    this.reasons = reasons;
  }
}
