import type { DeviceErrorCode } from '../../drivers/core/index.ts';

/** Bit numbers: Epson's ESC/POS command reference, DLE EOT, GS a and GS r, and SNBC's BTP-R880NP manual. */
const bit = (n: number): number => 1 << n;
/** Paper sensors report with two bits each, and clones set just one of them (Maxim MOB-58, page 13). */
const either = (a: number, b: number): number => bit(a) | bit(b);

/** What the bytes on the line are, whoever asked for them. */
export type StatusMessage =
  | { readonly type: 'flow'; readonly sending: 'may-go-on' | 'must-wait' }
  /** The answer to `DLE EOT n`; the byte does not say which `n`. */
  | { readonly type: 'real-time'; readonly byte: number }
  /** Four bytes pushed by the printer, `GS a`. */
  | { readonly type: 'automatic'; readonly bytes: readonly [number, number, number, number] }
  /** The answer to `GS r`: what went before it has been dealt with. */
  | { readonly type: 'done'; readonly byte: number }
  /** Fits no pattern. */
  | { readonly type: 'noise'; readonly byte: number };

const XON = 0x11;
const XOFF = 0x13;

/**
 * Sorts bytes by their fixed bits (Citizen's iDP-3221 manual, page 200). `rest` is the beginning of
 * an automatic status, at most three bytes: hand it in again before the next chunk.
 */
export function decodeStatus(bytes: Uint8Array): { messages: StatusMessage[]; rest: Uint8Array } {
  const messages: StatusMessage[] = [];
  let automatic: number[] = [];
  for (const byte of bytes) {
    if (byte === XON || byte === XOFF) {
      messages.push({ type: 'flow', sending: byte === XON ? 'may-go-on' : 'must-wait' });
    } else if ((byte & 0x93) === 0x10) {
      automatic = [byte]; // a second first byte: the status before it lost its end
    } else if ((byte & 0x93) === 0x12) {
      messages.push({ type: 'real-time', byte }); // answered at once, also between the bytes of an automatic status
    } else if ((byte & 0x90) !== 0) {
      messages.push({ type: 'noise', byte });
      automatic = [];
    } else if (automatic.length === 0) {
      messages.push({ type: 'done', byte });
    } else {
      automatic.push(byte);
      const [first = 0, second = 0, third = 0, fourth] = automatic;
      if (fourth !== undefined) {
        messages.push({ type: 'automatic', bytes: [first, second, third, fourth] });
        automatic = [];
      }
    }
  }
  return { messages, rest: Uint8Array.from(automatic) };
}

export type Paper = 'present' | 'near-end' | 'end';

/** The answer to `DLE EOT 1`. */
export function decodePrinter(byte: number): {
  offline: boolean;
  waitingForRecovery: boolean;
  drawerPin3High: boolean;
} {
  return {
    offline: (byte & bit(3)) !== 0,
    waitingForRecovery: (byte & bit(5)) !== 0,
    drawerPin3High: (byte & bit(2)) !== 0,
  };
}

/** The answer to `DLE EOT 2`. */
export function decodeOfflineCause(byte: number): {
  coverOpen: boolean;
  feedButton: boolean;
  stoppedByPaperEnd: boolean;
  error: boolean;
} {
  return {
    coverOpen: (byte & bit(2)) !== 0,
    feedButton: (byte & bit(3)) !== 0,
    stoppedByPaperEnd: (byte & bit(5)) !== 0,
    error: (byte & bit(6)) !== 0,
  };
}

/** For a model whose paper bits are inverted: nobody knows which way round this one is, and the sensor has its own answer. */
export function withoutPaperEnd(offlineCause: number): number {
  return offlineCause & ~bit(5);
}

/** The answer to `DLE EOT 3`, and the same bits of an automatic status's second byte. */
export function decodeErrors(byte: number): {
  mechanical: boolean;
  cutter: boolean;
  unrecoverable: boolean;
  headHot: boolean;
} {
  return {
    mechanical: (byte & bit(2)) !== 0,
    cutter: (byte & bit(3)) !== 0,
    unrecoverable: (byte & bit(5)) !== 0,
    headHot: (byte & bit(6)) !== 0,
  };
}

/** The answer to `DLE EOT 4`. */
export function decodePaper(byte: number): Paper {
  return (byte & either(5, 6)) !== 0 ? 'end' : (byte & either(2, 3)) !== 0 ? 'near-end' : 'present';
}

/** The answer to `GS r 1`, and the third byte of an automatic status. */
export function decodePrintedPaper(byte: number): Paper {
  return (byte & either(2, 3)) !== 0 ? 'end' : (byte & either(0, 1)) !== 0 ? 'near-end' : 'present';
}

/** Everything a printer says about itself, from either way of asking. */
export interface Condition {
  readonly offline: boolean;
  readonly coverOpen: boolean;
  readonly feedButton: boolean;
  readonly mechanical: boolean;
  readonly cutter: boolean;
  readonly unrecoverable: boolean;
  readonly headHot: boolean;
  readonly paper: Paper;
}

export function decodeAutomatic([first, second, third]: readonly [number, number, number, number]): Condition {
  return {
    offline: (first & bit(3)) !== 0,
    coverOpen: (first & bit(5)) !== 0,
    feedButton: (first & bit(6)) !== 0,
    ...decodeErrors(second),
    paper: decodePrintedPaper(third),
  };
}

/** Joins the four real-time answers. `n2` and `n3` are read only while the printer is offline. */
export function conditionFromAnswers(n1: number, n4: number, n2 = 0x12, n3 = 0x12): Condition {
  const { coverOpen, feedButton, stoppedByPaperEnd } = decodeOfflineCause(n2);
  return {
    offline: decodePrinter(n1).offline,
    coverOpen,
    feedButton,
    ...decodeErrors(n3),
    paper: stoppedByPaperEnd ? 'end' : decodePaper(n4),
  };
}

/** `certain`: it will not print before a person has done something. Otherwise it may go on by itself. */
export interface Trouble {
  readonly code: DeviceErrorCode;
  readonly detail: string;
  readonly certain: boolean;
}

/** Why this printer cannot print now, the most useful reason first; `undefined` where it can. */
export function troubleOf(condition: Condition): Trouble | undefined {
  if (condition.coverOpen) return { code: 'cover-open', detail: 'the cover is open', certain: true };
  if (condition.paper === 'end') return { code: 'paper-out', detail: 'the paper has run out', certain: true };
  if (!condition.offline) return undefined;
  if (condition.cutter) return { code: 'media-jammed', detail: 'the cutter is blocked', certain: true };
  if (condition.unrecoverable) {
    return { code: 'hardware-error', detail: 'unrecoverable error: switch the printer off and on', certain: true };
  }
  if (condition.headHot) return { code: 'hardware-error', detail: 'the print head is too hot', certain: false };
  // Defined on Epson only; SNBC and SPRT leave the bit undefined, so it comes after everything they do define.
  if (condition.mechanical) return { code: 'hardware-error', detail: 'mechanical error', certain: true };
  if (condition.feedButton) return { code: 'user-error', detail: 'the feed button is held down', certain: false };
  return { code: 'user-error', detail: 'offline without a cause', certain: false };
}
