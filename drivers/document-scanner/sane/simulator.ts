import { rename, writeFile } from 'node:fs/promises';
import { sleep } from '../../core/index.ts';
import type { Program, ProgramEnd, RunProgram } from './program.ts';
import { saneStatus } from './status.ts';

/** The text of each status in sane-backends `backend/sane_strstatus.c`. */
const texts: Readonly<Record<number, string>> = {
  [saneStatus.unsupported]: 'Operation not supported',
  [saneStatus.busy]: 'Device busy',
  [saneStatus.invalid]: 'Invalid argument',
  [saneStatus.jammed]: 'Document feeder jammed',
  [saneStatus.noDocuments]: 'Document feeder out of documents',
  [saneStatus.coverOpen]: 'Scanner cover is open',
  [saneStatus.ioError]: 'Error during device I/O',
  [saneStatus.accessDenied]: 'Access to resource has been denied',
};

/**
 * scanimage 1.1.1 and a scanner with a glass and a feeder, as one program: the same arguments, the same lines, the same
 * exit codes. In process through `run`; `stand-in.ts` makes a real program of it. Its faults are plain fields.
 */
export class SaneSimulator {
  readonly device: string = 'simulated';
  /** What lies in the feeder, the first sheet on top; the front sides only. */
  sheets: Uint8Array[] = [];
  glass: Uint8Array | undefined;
  /** Why the device cannot be opened, a SANE status. */
  openFailure: number | undefined;
  /** The page of this number fails with this status. */
  failure: { readonly atPage: number; readonly status: number } | undefined;
  /** What a batch that ended well exits with; both were seen. */
  endStatus: number = saneStatus.good;
  /** A signal ends the program at the page of this number. */
  crashAtPage: number | undefined;
  pageMs = 0;
  /** Whether `-A` shows a sensor of the feeder. */
  hasSensor = false;
  /** Written to standard output before each page's name: what no scanimage writes. */
  noise: readonly string[] = [];
  /** The arguments of each run. */
  readonly runs: (readonly string[])[] = [];

  readonly run: RunProgram = async (program, signal) => {
    signal.throwIfAborted();
    const { args, onAlive = () => undefined } = program;
    this.runs.push(args);
    onAlive();
    const opened = this.openFailure ?? (argAfter(args, '-d') === this.device ? undefined : saneStatus.invalid);
    if (opened !== undefined) {
      return ended(1, `scanimage: open of device ${argAfter(args, '-d')} failed: ${texts[opened]}`);
    }
    return args.includes('-A') ? { exitCode: 0, output: this.#options(), complaint: '' } : this.#batch(program, signal);
  };

  async #batch({ args, onLine = () => undefined, onAlive = () => undefined }: Program, signal: AbortSignal) {
    const files = longArg(args, 'batch') ?? '';
    const limit = Number(longArg(args, 'batch-count') ?? Number.POSITIVE_INFINITY);
    const fromFeeder = longArg(args, 'source') !== 'Flatbed';
    for (let number = 1; number <= limit; number += 1) {
      for (let waitedMs = 0; waitedMs < this.pageMs; waitedMs += 1_000) {
        await sleep(Math.min(1_000, this.pageMs - waitedMs), signal);
        onAlive(); // the progress that `-p` asks for
      }
      if (number === this.crashAtPage) return { exitCode: undefined, output: '', complaint: '' };
      if (number === this.failure?.atPage) return failed(this.failure.status, 'sane_read');
      const page = fromFeeder ? this.sheets.shift() : this.glass;
      if (!page) {
        const { exitCode, ...end } = failed(saneStatus.noDocuments, 'sane_start');
        return { ...end, exitCode: number === 1 ? exitCode : this.endStatus };
      }
      const path = files.replace('%d', String(number));
      await writeFile(`${path}.part`, page);
      await rename(`${path}.part`, path);
      signal.throwIfAborted();
      for (const line of [...this.noise, path]) onLine(line);
      onAlive();
    }
    return { exitCode: 0, output: '', complaint: '' };
  }

  /** As scanimage 1.1.1 writes them of its test backend, with what real backends have beside. */
  #options(): string {
    const sensor = this.hasSensor
      ? `  Sensors:\n    --page-loaded[=(yes|no)] [${this.sheets.length > 0 ? 'yes' : 'no'}] [hardware]\n        Page loaded\n`
      : '';
    return `
All options specific to device \`${this.device}':
  Scan Mode:
    --mode Lineart|Gray|Color [Gray]
        Selects the scan mode (e.g., lineart, monochrome, or color).
    --resolution 75|150|300|600dpi [75]
        Sets the resolution of the scanned image.
    --source Flatbed|Automatic Document Feeder|ADF Duplex [Flatbed]
        Selects the scan source (such as a document-feeder).
  Geometry:
    -l 0..215.9mm [0]
        Top-left x position of scan area.
    -t 0..297.18mm [0]
        Top-left y position of scan area.
    -x 0..215.9mm [215.9]
        Width of scan-area.
    -y 0..297.18mm [297.18]
        Height of scan-area.
${sensor}`;
  }
}

function failed(status: number, what: string): ProgramEnd {
  return ended(status, `scanimage: ${what}: ${texts[status] ?? 'Unknown SANE status code'}`);
}

function ended(exitCode: number, complaint: string): ProgramEnd {
  return { exitCode, output: '', complaint };
}

function argAfter(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

function longArg(args: readonly string[], name: string): string | undefined {
  const prefix = `--${name}=`;
  return args.find((arg) => arg.startsWith(prefix))?.slice(prefix.length);
}
