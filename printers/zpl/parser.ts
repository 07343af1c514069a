/** A command as a printer meets it: `^GF` with its parameters. Names are two characters, `HQES` four. */
export interface ParsedCommand {
  readonly name: string;
  /** Everything up to the next prefix, as Latin-1: bytes. */
  readonly parameters: string;
}

/** A graphic field of 99,999 bytes in plain hex, and a little. What is longer is cut off there. */
export const COMMAND_BYTES_MAX = 210_000;

/** Carried out as soon as the last letter is there, wherever they stand (ZPL II guide, "control instructions"). */
const immediate = ['~HS', '~HI', '~HM', '~HQES', '~JA', '~JX', '~JR', '^XA', '^XZ'];
const IMMEDIATE_LENGTH_MAX = 5;

/**
 * Takes a printer's bytes apart into commands with the standard prefixes. Takes any bytes whatever; holds no more than one
 * command. What stands before the first prefix is nobody's.
 */
export class ZplParser {
  #parts: string[] = [];
  #heldBytes = 0;
  #inCommand = false;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(bytes: Uint8Array): ParsedCommand[] {
    const found: ParsedCommand[] = [];
    // Splits before each prefix, and keeps it.
    for (const piece of Buffer.from(bytes)
      .toString('latin1')
      .split(/(?=[\^~])/)) {
      if (/^[\^~]/.test(piece)) {
        found.push(...this.#finished());
        this.#inCommand = true;
      }
      if (!this.#inCommand) continue;
      const kept = piece.slice(0, COMMAND_BYTES_MAX - this.#heldBytes);
      this.#parts.push(kept);
      this.#heldBytes += kept.length;
      if (this.#heldBytes - kept.length < IMMEDIATE_LENGTH_MAX) found.push(...this.#atOnce());
    }
    return found;
  }

  #finished(): ParsedCommand[] {
    if (!this.#inCommand) return [];
    const text = this.#parts.join('');
    this.#drop();
    return [{ name: text.slice(0, 3), parameters: text.slice(3) }];
  }

  #atOnce(): ParsedCommand[] {
    const text = this.#parts.join('');
    const name = immediate.find((known) => text.slice(0, known.length).toUpperCase() === known);
    if (!name) return [];
    this.#drop();
    return [{ name, parameters: '' }];
  }

  #drop(): void {
    this.#parts = [];
    this.#heldBytes = 0;
    this.#inCommand = false;
  }
}
