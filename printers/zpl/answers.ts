/** What a printer says: one text between STX and ETX. */
export type Answer =
  | { readonly type: 'host-status'; readonly status: HostStatus }
  | { readonly type: 'identity'; readonly identity: Identity }
  | { readonly type: 'errors'; readonly errors: ErrorFlags };

/** Lines 1 and 2 of the answer to `~HS`; field letters as in the ZPL II guide. Line 3 holds a password, which stays there. */
export interface HostStatus {
  readonly paperOut: boolean; // b
  readonly paused: boolean; // c
  readonly labelLengthDots: number; // dddd
  readonly formatsWaiting: number; // eee
  readonly bufferFull: boolean; // f
  /** Prints what it receives as hex dumps. */
  readonly diagnosing: boolean; // g
  readonly partialFormat: boolean; // h
  readonly settingsLost: boolean; // j, "corrupt RAM"
  readonly tooCold: boolean; // k
  readonly tooHot: boolean; // l
  readonly headOpen: boolean; // o
  readonly ribbonOut: boolean; // p
  readonly labelWaiting: boolean; // t, until it is taken off the peeler
  readonly labelsRemaining: number; // u
}

/** `~HI`: `model,version,dots a millimetre,memory,…`. */
export interface Identity {
  readonly model: string;
  readonly firmware: string;
  /** Undefined where the printer does not say it in a way that is known. */
  readonly dpi: 152 | 203 | 300 | 600 | undefined;
  readonly memory: string;
}

/** `~HQES`: bit numbers from the Oki LE850 technical reference (ES) and LPrint's lprint-zpl.c, which agree. */
export interface ErrorFlags {
  readonly paperOut: boolean;
  readonly ribbonOut: boolean;
  readonly headOpen: boolean;
  readonly cutterFault: boolean;
  readonly tooHot: boolean;
  /** Something is wrong that has no name here. */
  readonly other: boolean;
}

const STX = 0x02;
const ETX = 0x03;
/** The longest line that printers send is a configuration's, of 40 characters; `~HI` lists options behind the memory. */
export const ANSWER_BYTES_MAX = 512;

/**
 * Finds a printer's answers in a stream cut anywhere. CR and LF between the lines may be missing; noise is
 * dropped at the next STX. The two lines of a host status count only one after the other.
 */
export class AnswerDecoder {
  #held: number[] = [];
  #inside = false;
  #line1: string[] | undefined;

  get heldBytes(): number {
    return this.#held.length;
  }

  /** What has been begun and not finished belongs to nobody. */
  clear(): void {
    this.#held = [];
    this.#inside = false;
    this.#line1 = undefined;
  }

  push(chunk: Uint8Array): Answer[] {
    const answers: Answer[] = [];
    for (const byte of chunk) {
      if (byte === STX) {
        this.#held = [];
        this.#inside = true;
      } else if (byte === ETX && this.#inside) {
        const answer = this.#read(String.fromCharCode(...this.#held));
        if (answer) answers.push(answer);
        this.#held = [];
        this.#inside = false;
      } else if (this.#inside) {
        this.#held.push(byte);
        if (this.#held.length > ANSWER_BYTES_MAX) {
          this.#held = [];
          this.#inside = false;
        }
      }
    }
    return answers;
  }

  #read(text: string): Answer | undefined {
    const line1 = this.#line1;
    this.#line1 = undefined;
    if (LINE_1.test(text)) {
      this.#line1 = text.split(',');
      return undefined;
    }
    if (line1 && LINE_2.test(text)) return { type: 'host-status', status: hostStatus(line1, text.split(',')) };
    const errors = parseErrors(text);
    if (errors) return { type: 'errors', errors };
    const identity = parseIdentity(text);
    return identity && { type: 'identity', identity };
  }
}

/** Field widths as the guide gives them; counts that have more digits on newer printers may have them. */
const LINE_1 = /^\d{3},[01],[01],\d{4,6},\d{3,6},[01],[01],[01],\d{3},[01],[01],[01]$/;
const LINE_2 = /^\d{3},\d,[01],[01],[01],\w,\d,[01],\d{1,8},\d,\d{3,6}$/;

function hostStatus(line1: readonly string[], line2: readonly string[]): HostStatus {
  const number = (text: string | undefined): number => Number(text ?? 0);
  const flag = (text: string | undefined): boolean => text === '1';
  return {
    paperOut: flag(line1[1]),
    paused: flag(line1[2]),
    labelLengthDots: number(line1[3]),
    formatsWaiting: number(line1[4]),
    bufferFull: flag(line1[5]),
    diagnosing: flag(line1[6]),
    partialFormat: flag(line1[7]),
    settingsLost: flag(line1[9]),
    tooCold: flag(line1[10]),
    tooHot: flag(line1[11]),
    headOpen: flag(line2[2]),
    ribbonOut: flag(line2[3]),
    labelWaiting: flag(line2[7]),
    labelsRemaining: number(line2[8]),
  };
}

function parseErrors(text: string): ErrorFlags | undefined {
  const [, any, , low = ''] = /\bERRORS:\s*([01])\s+([0-9A-Fa-f]{8})\s+([0-9A-Fa-f]{8})/.exec(text) ?? [];
  if (any === undefined) return undefined;
  const flags = Number.parseInt(low, 16);
  const bit = (mask: number): boolean => (flags & mask) !== 0;
  const errors = {
    paperOut: bit(0x01),
    ribbonOut: bit(0x02),
    headOpen: bit(0x04),
    cutterFault: bit(0x08),
    tooHot: bit(0x10),
  };
  return { ...errors, other: any === '1' && !Object.values(errors).includes(true) };
}

function parseIdentity(text: string): Identity | undefined {
  const match =
    /^([ -+\--~]{1,60}),(V?[\w.-]{1,20}),\s*(\d{1,3})\s*(?:dpi|dpm)?,\s*(\d{1,8}\s*[KM]?B?)(,[ -~]*)?$/i.exec(text);
  if (!match) return undefined;
  const [, model = '', firmware = '', resolution = '', memory = ''] = match;
  return { model, firmware, dpi: dpiOf(Number(resolution)), memory };
}

/** Dots a millimetre (ZPL II guide, ~HI: 6, 8, 12 or 24); some firmware gives dots an inch. */
const resolutions = { 6: 152, 8: 203, 12: 300, 24: 600, 152: 152, 203: 203, 300: 300, 600: 600 } as const;

function dpiOf(resolution: number): Identity['dpi'] {
  return Object.entries(resolutions).find(([known]) => Number(known) === resolution)?.[1];
}
