import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeviceError, unlessAborted } from '../../core/index.ts';
import type { OnPage, ScanOutcome } from '../contract.ts';
import { MAX_PAGE_BYTES, MAX_PAGES, pictureType } from '../picture.ts';
import type { SaneTicket } from './options.ts';
import type { Program, ProgramEnd, RunProgram } from './program.ts';
import { failureOf, saneStatus } from './status.ts';

/** Lamps warm up, and a page at 600 dpi in colour crosses a slow USB cable; scanimage writes its progress all the while. */
const QUIET_MS = 60_000;
const FOLDER = 'jiujin-scan-';

export interface Batch {
  readonly run: RunProgram;
  readonly command: Program['command'];
  readonly environment: Program['environment'];
  readonly device: string;
  readonly ticket: SaneTicket;
  /** Where pages lie until they are handed over. */
  readonly temporaryFolder: string;
  readonly onPage: OnPage;
  readonly onAlive: () => void;
  /** The caller's first, whose reason is passed on; that of another ends up in the outcome. */
  readonly signals: readonly [caller: AbortSignal, driver: AbortSignal];
}

/**
 * One run of `scanimage --batch`. Each page that it reports is read, handed over and deleted at once; program and folder are
 * gone when this ends, however it does. Rejects with the caller's reason, or with what `onPage` failed with.
 */
export async function scanBatch(batch: Batch): Promise<ScanOutcome> {
  const { onPage, signals } = batch;
  const [caller] = signals;
  const folder = await mkdtemp(join(batch.temporaryFolder, `${FOLDER}${process.pid}-`)).catch(() => undefined);
  if (folder === undefined) {
    const detail = `${batch.temporaryFolder}: no folder for pages can be made there`;
    return { outcome: 'stopped', pages: 0, code: 'hardware-error', detail };
  }
  const running = new Running(batch, folder);
  let pages = 0;
  let handingOver = false;
  try {
    for (;;) {
      const path = await unlessAborted(signals, running.nextPage());
      if (path === undefined) break;
      const bytes = await readPage(path);
      if (pages === MAX_PAGES)
        throw new DeviceError('protocol', `scanimage: more than ${MAX_PAGES} pages in one batch`);
      const page = { number: pages + 1, mediaType: pictureType(bytes), bytes };
      handingOver = true;
      await unlessAborted([caller], Promise.resolve(onPage(page))); // a page that is being taken counts, come what may
      handingOver = false;
      pages += 1;
      await rm(path);
    }
    return outcomeOf(await running.end, pages);
  } catch (error) {
    caller.throwIfAborted();
    if (handingOver) throw error;
    const { code, message } = DeviceError.from(error);
    return { outcome: 'stopped', pages, code, detail: message };
  } finally {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A normal end was seen both as 0 and as 7; before the first page both mean an empty feeder. */
function outcomeOf(end: ProgramEnd, pages: number): ScanOutcome {
  const ends = end.exitCode === saneStatus.good || end.exitCode === saneStatus.noDocuments;
  if (ends && pages > 0) return { outcome: 'complete', pages };
  const { code, message } = ends ? new DeviceError('no-media', 'scanimage: no page came') : failureOf(end);
  return { outcome: 'stopped', pages, code, detail: message };
}

/** A run of the program, and the pages that it has reported and nobody has taken yet. */
class Running {
  readonly end: Promise<ProgramEnd>;
  readonly #folder: string;
  readonly #extension: string;
  readonly #stop = new AbortController();
  readonly #reported: string[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;
  #watchdog: ReturnType<typeof setTimeout> | undefined;

  constructor({ run, command, environment, device, ticket, onAlive }: Batch, folder: string) {
    this.#folder = folder;
    this.#extension = ticket.mediaType === 'image/png' ? 'png' : 'jpg';
    const format = ticket.mediaType === 'image/png' ? 'png' : 'jpeg';
    const files = join(folder, `page%d.${this.#extension}`);
    const args = ['-d', device, ...ticket.args, '-p', `--format=${format}`, `--batch=${files}`, '--batch-print'];
    this.#allow();
    const program: Program = {
      command,
      args,
      environment,
      onLine: (line) => this.#onLine(line),
      onAlive: () => {
        onAlive();
        if (!this.#stop.signal.aborted) this.#allow();
      },
    };
    this.end = run(program, this.#stop.signal).finally(() => {
      clearTimeout(this.#watchdog);
      this.#ended = true;
      this.#wake.resolve();
    });
    this.end.catch(() => undefined); // looked at when the pages are through
  }

  /** Where the next page lies; `undefined` once the program has ended and all are taken. Rejects with what it ended with. */
  async nextPage(): Promise<string | undefined> {
    for (;;) {
      const path = this.#reported.shift();
      if (path !== undefined) return path;
      if (this.#ended) {
        await this.end;
        return undefined;
      }
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    this.#stop.abort(new DeviceError('canceled', 'scanimage: given up'));
    await this.end.catch(() => undefined);
  }

  /** Only names that we have asked for are paths that we open. */
  #onLine(line: string): void {
    const [, number, extension] = /^page(\d{1,4})\.(jpg|png)$/.exec(basename(line)) ?? [];
    if (number === undefined || extension !== this.#extension || dirname(line) !== this.#folder) return;
    if (this.#reported.length > MAX_PAGES) return;
    this.#reported.push(join(this.#folder, `page${number}.${extension}`));
    this.#wake.resolve();
  }

  #allow(): void {
    clearTimeout(this.#watchdog);
    const late = new DeviceError('timeout', `scanimage: nothing for ${QUIET_MS} ms`);
    this.#watchdog = setTimeout(() => this.#stop.abort(late), QUIET_MS);
  }
}

async function readPage(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw new DeviceError('protocol', 'scanimage: a page that it reported is not there', { cause });
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_PAGE_BYTES) throw new DeviceError('protocol', `scanimage: a page of ${size} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Removes what processes that are no more have left behind: they were killed in the middle of a scan. */
export async function removeLeftovers(temporaryFolder: string): Promise<void> {
  const names = await readdir(temporaryFolder).catch(() => []);
  for (const name of names) {
    const [, pid] = new RegExp(`^${FOLDER}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(temporaryFolder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // Node documents it for process.kill
  }
}
