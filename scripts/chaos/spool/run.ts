import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programScript } from '../../build/programs.ts';
import { Chance } from '../chance.ts';
import { doubtsOf, judge, type Verdict } from './judge.ts';
import { type Call, type Done, Life } from './life.ts';
import { type SheetFault, SheetPrinter } from './sheet-printer.ts';
import type { Sight } from './words.ts';

/**
 * When the terminal is killed: at each state of a job, and in what a clerk does.
 *
 *   ordered       up to some milliseconds after it was told to print
 *   rendering     while the printer makes ready
 *   sending-lost  the job is sending on the disk, and no byte has left
 *   sending       the printer has it
 *   recovering    after a start, as the printer is asked
 *   printing      the sheet is moving
 *   presented     the sheet is out, and the terminal may not have heard of it
 *   taken         the resident has it
 *   settling      as a clerk settles an uncertain number
 *   loading       as a clerk loads a cassette
 *   whenever      by the clock
 */
export const moments = [
  'ordered',
  'rendering',
  'sending-lost',
  'sending',
  'recovering',
  'printing',
  'presented',
  'taken',
  'settling',
  'loading',
  'whenever',
] as const;
export type Moment = (typeof moments)[number];

export interface SpoolTestOptions {
  readonly kills: number;
  readonly seed: number;
  /** Empty; the caller removes it. */
  readonly folder: string;
  readonly onProgress?: (progress: { readonly kills: number; readonly printed: number }) => void;
}

export interface SpoolReport {
  readonly seed: number;
  readonly kills: number;
  /** How many kills came when. */
  readonly moments: ReadonlyMap<Moment, number>;
  /** Licences that residents have. */
  readonly licences: number;
  readonly sheets: { readonly printed: number; readonly spoiled: number; readonly inTray: number };
  /** Numbers that a clerk had to look at. */
  readonly settled: number;
  readonly tookMs: number;
  readonly verdict: Verdict;
}

/** Small, so that loading one is often met. */
const SHEETS_A_PACK = 6;
/** A life that has not met its moment by then ends by the clock. */
const LICENCES_A_LIFE = 6;
/** Printed after the last kill. */
const LICENCES_AT_LAST = 5;
const ATTEMPTS_MAX = 60;

/** Kills a terminal again and again as it prints licences on numbered sheets; lets a clerk settle what it does not know; judges. */
export async function spoolTest(options: SpoolTestOptions): Promise<SpoolReport> {
  const startedMs = performance.now();
  const counter = new Counter(options, await programScript('spool-terminal'));
  for (let kill = 0; kill < options.kills; kill += 1) {
    await counter.live(moments[kill % moments.length]);
    options.onProgress?.({ kills: kill + 1, printed: counter.printer.printed.size });
  }
  await counter.live(undefined);
  const { printer, told, settled, wrong, kills } = counter;
  const found = await judge({ folder: options.folder, printer, numbers: counter.numbers, told });
  const verdict = { ...found, wrong: [...wrong, ...found.wrong, ...doubtsOf(options.kills, kills, settled)] };
  return {
    ...{ seed: options.seed, kills: options.kills, moments: kills, licences: told.size, settled, verdict },
    sheets: { printed: printer.printed.size, spoiled: printer.spoiled.size, inTray: printer.tray.length },
    tookMs: performance.now() - startedMs,
  };
}

/** All that stands around the terminal: the printer, the residents who want licences, and the clerk. */
class Counter {
  readonly printer: SheetPrinter;
  readonly kills = new Map<Moment, number>();
  /** Licences of which the terminal said that they were printed. */
  readonly told = new Set<string>();
  /** Of all sheets that were ever put in. */
  readonly numbers: string[] = [];
  readonly wrong: string[] = [];
  settled = 0;
  readonly #folder: string;
  readonly #script: string;
  readonly #chance: Chance;
  readonly #faults: Chance;
  #planned: Moment | undefined;
  /** So often the planned moment passes before it is used. */
  #passes = 0;
  #licence = 1;
  #attempt = 1;

  constructor({ folder, seed }: SpoolTestOptions, script: string) {
    this.#folder = folder;
    this.#script = script;
    this.#chance = new Chance(seed, 'moments');
    this.#faults = new Chance(seed, 'faults');
    this.printer = new SheetPrinter({ pause: () => pause(this.#chance.upTo(3)) });
  }

  /** One life of the terminal, until it is killed at `planned`; without one it prints some licences in peace. */
  async live(planned: Moment | undefined): Promise<void> {
    this.#planned = planned;
    this.#passes =
      planned === 'settling' || planned === 'loading' || planned === 'recovering' ? 0 : this.#chance.upTo(2);
    this.printer.remembers = this.#chance.next() < 0.5;
    const onCall = (call: Call, life: Life): void => this.#atPrinter(call, life);
    const compiled = join(this.#folder, 'compiled');
    const life = new Life({ script: this.#script, folder: this.#folder, compiled, onCall });
    if (planned === 'whenever') this.#strike('whenever', life, this.#chance.upTo(1_000));
    try {
      let alive = await this.#begins(life);
      const licences = planned === undefined ? LICENCES_AT_LAST : LICENCES_A_LIFE;
      for (let printed = 0; alive && printed < licences; printed += 1) alive = await this.#printsOne(life);
      if (this.#planned !== undefined && alive) {
        this.#planned = 'whenever';
        this.#strike('whenever', life, 0);
      }
    } finally {
      life.kill();
      await life.ended();
      await this.printer.atRest();
    }
  }

  /** Kills `life` after `afterMs` where this is the moment; tells whether it is. */
  #strike(moment: Moment, life: Life, afterMs: number): boolean {
    if (this.#planned !== moment) return false;
    if (this.#passes > 0 && moment !== 'whenever') {
      this.#passes -= 1;
      return false;
    }
    this.#planned = undefined;
    this.kills.set(moment, (this.kills.get(moment) ?? 0) + 1);
    if (afterMs === 0) life.kill();
    else setTimeout(() => life.kill(), afterMs);
    return true;
  }

  /** The printer's end of the line. What it has been sent it prints, whoever dies. */
  #atPrinter(call: Call, life: Life): void {
    const { jobName, call: number } = call;
    const soon = (): number => this.#chance.upTo(3);
    if (call.word === 'prepare') {
      if (!this.#strike('rendering', life, 0)) life.tell({ word: 'prepared', call: number });
    } else if (call.word === 'ask' || call.word === 'withdraw') {
      if (call.word === 'ask') this.#strike('recovering', life, soon());
      const { printer } = this;
      const asking = call.word === 'ask' ? printer.whatBecameOf(jobName) : printer.withdraw(jobName);
      void asking
        .catch(() => 'cut-off' as const)
        .then((answer) => life.tell({ word: 'became', call: number, answer: answer ?? 'cannot-say' }));
    } else if (!this.#strike('sending-lost', life, 0)) {
      const ended = this.printer.print(jobName, call.text, this.#fault(), (stage) => {
        life.tell({ word: 'stage', call: number, stage });
        if (stage === 'printing') this.#strike('printing', life, soon());
      });
      this.#strike('sending', life, 0);
      void ended.then(({ sheetUsed, ...outcome }) => {
        life.tell({ word: 'ran', call: number, outcome, ...(sheetUsed !== undefined && { sheetUsed }) });
        this.#strike('presented', life, soon());
      });
    }
  }

  #fault(): SheetFault | undefined {
    return this.#faults.byShare([
      ['no-pull', 0.08],
      ['jam', 0.06],
      ['half-way', 0.06],
      ['lost-word', 0.06],
      ['lost-job', 0.06],
      ['kept', 0.06],
    ]);
  }

  /** As a core starts. False where it died over it, here and below. */
  async #begins(life: Life): Promise<boolean> {
    const done = await life.order({ word: 'recover' });
    return done !== undefined && (await this.#clerk(life, done.sight));
  }

  /** A clerk looks at every number that the terminal does not know, and fills a tray that is empty. */
  async #clerk(life: Life, seen: Sight): Promise<boolean> {
    await this.printer.atRest();
    let sight: Sight | undefined = seen;
    for (const number of seen.uncertain) {
      const settling = life.order({ word: 'settle', number, as: this.#fateOf(number), reason: 'seen' });
      this.#strike('settling', life, this.#chance.upTo(3));
      sight = (await settling)?.sight;
      if (!sight) return false;
      this.settled += 1;
    }
    if (sight.problem === 'no-blanks') sight = await this.#load(life);
    if (sight) this.#compareTop(sight);
    return sight !== undefined;
  }

  async #load(life: Life): Promise<Sight | undefined> {
    const { tray } = this.printer;
    if (tray.length === 0) {
      const from = this.numbers.length + 1;
      const pack = Array.from({ length: SHEETS_A_PACK }, (_, index) => `A${String(from + index).padStart(6, '0')}`);
      this.numbers.push(...pack);
      this.printer.fill(pack);
    }
    const loading = life.order({ word: 'load', first: tray[0] ?? '', last: tray.at(-1) ?? '' });
    this.#strike('loading', life, this.#chance.upTo(3));
    return (await loading)?.sight;
  }

  #fateOf(number: string): 'printed' | 'spoiled' | 'in-tray' {
    if (this.printer.printed.has(number)) return 'printed';
    return this.printer.spoiled.has(number) ? 'spoiled' : 'in-tray';
  }

  /** The terminal may say that it does not know; what it says that it knows must be so. */
  #compareTop({ top }: Sight): void {
    const real = this.printer.tray[0];
    if (top !== undefined && top !== real) this.wrong.push(`the terminal takes ${top} to be on top, and it is ${real}`);
  }

  async #printsOne(life: Life): Promise<boolean> {
    const text = `L${this.#licence}`;
    const jobId = `${text}:0:${this.#attempt}`;
    if (this.#attempt > ATTEMPTS_MAX) throw new Error(`${text} was not printed in ${ATTEMPTS_MAX} attempts`);
    this.printer.comeBack();
    const printing = life.order({ word: 'print', jobId, text });
    this.#strike('ordered', life, this.#chance.upTo(8));
    const done = await printing;
    if (!done?.outcome) return false;
    if (done.outcome.outcome === 'printed') {
      this.told.add(text);
      this.#licence += 1;
      this.#attempt = 1;
      const taking: Promise<Done | undefined> = life.order({ word: 'taken', jobId });
      this.#strike('taken', life, this.#chance.upTo(3));
      if (!(await taking)) return false;
    } else if (done.outcome.outcome === 'not-printed') this.#attempt += 1;
    return await this.#clerk(life, done.sight);
  }
}
