import type { DeviceErrorCode, DeviceStatus, Driver } from '../core/index.ts';

/** `open`: a cover or hatch of the feeder. `not-supported`: the scanner has no feeder, or has nothing but one that it never tells of. */
export const feederStates = ['loaded', 'empty', 'jammed', 'open', 'unknown', 'not-supported'] as const;
export type FeederState = (typeof feederStates)[number];

/** A scanner whose feeder is jammed or open is online all the same: its glass can be used. */
export type DocumentScannerStatus = DeviceStatus & { readonly feeder: FeederState };

export interface ScanSettings {
  readonly source: 'feeder' | 'platen';
  /** Both sides of each sheet, front first. Of the feeder only. */
  readonly duplex: boolean;
  /** The least that will do: a scanner that lacks it sends the next richer. */
  readonly colour: 'colour' | 'grey' | 'black-white';
  /** The least that will do: a scanner that lacks it scans finer, or as fine as it can. */
  readonly dpi: number;
}

/** One side of one sheet. Personal data: never log, never keep longer than it takes to store it. */
export interface ScannedPage {
  /** From 1, in the order in which they came. */
  readonly number: number;
  readonly mediaType: 'image/jpeg' | 'image/png';
  /** A whole picture, 32 MB at the most. */
  readonly bytes: Uint8Array;
}

/** Takes one page over. The next is not asked for before it has. */
export type OnPage = (page: ScannedPage) => void | Promise<void>;

/**
 * `pages` have been handed over whatever the outcome. `stopped` says why no more came: `no-media` where there was no paper at
 * all, `media-jammed`, `cover-open`, `unsupported` where the scanner cannot do as asked, and so on.
 */
export type ScanOutcome =
  | { readonly outcome: 'complete'; readonly pages: number }
  | { readonly outcome: 'stopped'; readonly pages: number; readonly code: DeviceErrorCode; readonly detail: string };

export interface DocumentScanner extends Driver<DocumentScannerStatus> {
  /**
   * Scans what lies in the feeder until it is empty, or what lies on the glass, once. Pages are handed over one by one; no
   * more than the present one is kept in memory.
   *
   * Resolves with the outcome. Rejects with the signal's reason once the scanner has been told to stop, or with what
   * `onPage` failed with.
   */
  scan(settings: ScanSettings, onPage: OnPage, signal: AbortSignal): Promise<ScanOutcome>;
}
