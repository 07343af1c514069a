import type { ProgramRunner } from '../../core/index.ts';

export interface Program {
  /** The program and what comes before its arguments; no shell. */
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  /** On top of this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Told each line of the program's standard output as it is written. */
  readonly onLine?: (line: string) => void;
  /** Told whenever the program writes anything. */
  readonly onAlive?: () => void;
}

export interface ProgramEnd {
  /** Absent where a signal ended it. */
  readonly exitCode: number | undefined;
  /** Standard output, from its beginning, in lines. */
  readonly output: string;
  /** The last of what it wrote to standard error, without progress. */
  readonly complaint: string;
}

/** Runs scanimage to its end. Rejects as a `ProgramRunner` does. */
export type RunProgram = (program: Program, signal: AbortSignal) => Promise<ProgramEnd>;

/** All options of the largest backends are below 30 kB. */
const MAX_OUTPUT = 256 * 1024;
const MAX_LINE = 4 * 1024;
const MAX_COMPLAINT = 300;

/** What scanimage writes are lines. */
export function inLines(run: ProgramRunner): RunProgram {
  return async ({ command, args, environment, onLine = () => undefined, onAlive = () => undefined }, signal) => {
    let output = '';
    let complaint = '';
    const written = new Lines((line) => {
      onAlive();
      onLine(line);
      if (output.length + line.length < MAX_OUTPUT) output += `${line}\n`;
    });
    const complained = new Lines((line) => {
      onAlive();
      if (line !== '' && !/^(Progress:|Scann(ing|ed) |Batch terminated|Output format is not set)/.test(line))
        complaint = line;
    });
    const onOutput = (chunk: Uint8Array): void => written.add(chunk);
    const onComplaint = (chunk: Uint8Array): void => complained.add(chunk);
    const program = { command: [...command, ...args] as const, environment, installedBy: 'Debian: sane-utils' };
    const exitCode = await run({ ...program, onOutput, onComplaint }, signal);
    written.end();
    complained.end();
    return { exitCode, output, complaint: complaint.slice(0, MAX_COMPLAINT) };
  };
}

/** Lines end with LF, or with CR where they overwrite each other. A line that never ends is given in pieces. */
class Lines {
  readonly #decoder = new TextDecoder();
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/[\r\n]/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line.slice(0, MAX_LINE));
    if (this.#rest.length < MAX_LINE) return;
    this.#onLine(this.#rest.slice(0, MAX_LINE));
    this.#rest = '';
  }

  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}
