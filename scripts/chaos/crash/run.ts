import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { programScript } from '../../build/programs.ts';
import { Chance } from '../chance.ts';
import { type PlanName, plans } from '../proxy/plan.ts';
import { type ChaosProxy, startChaosProxy } from '../proxy/proxy.ts';
import { CentralPlatform } from './central-platform.ts';
import { doubtsOfKills, killsMiss } from './doubts.ts';
import { Ledger, type Place } from './ledger.ts';
import { Life } from './life.ts';
import { drawMoment, killAt } from './moments.ts';
import { type PlatformRecords, readPlatformRecords, readTerminalRecords, type TerminalRecords } from './records.ts';
import { judge, type Verdict, withDoubts } from './verdict.ts';
import type { KillSabotage, TerminalOptions } from './words.ts';

export interface CrashTestOptions {
  /** Up to twice as many, while none has come within an accept or a copy, or nothing was made of what was put aside. */
  readonly kills: number;
  readonly seed: number;
  /** An empty folder for both databases. The caller removes it. */
  readonly folder: string;
  /** Breaks a promise in the terminal under test: for the test of this test. */
  readonly sabotage?: KillSabotage;
  /** Every few kills it drains and is judged, and there are no more kills once this is found broken; `kills` is then the most. */
  readonly until?: keyof Verdict;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly kills: number;
  readonly accepted: number;
  readonly answered: number;
}

export interface CrashReport {
  readonly kills: number;
  readonly seed: number;
  readonly ledger: Ledger;
  readonly platform: PlatformRecords;
  readonly terminal: TerminalRecords;
  readonly verdict: Verdict;
  /** Where in its work the terminal was at each kill. */
  readonly places: ReadonlyMap<Place, number>;
  /** What the line did, by kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly platformKills: number;
  readonly tookMs: number;
}

/** Kills between two lines, and between two deaths of the platform. */
const LINE_LASTS = 10;
const PLATFORM_LASTS = 20;
/** And between two looks for what a run is to find. */
const LOOKS_EVERY = 3;
const PLATFORM_AWAY_MS = 400;
const PAUSE_MS = 12;
/** A terminal that drains on a good line and gets no answer for so long will get none. */
const STUCK_MS = 30_000;
const LOOK_MS = 500;
const weather: readonly PlanName[] = ['storm', 'gateway', 'village', 'calm'];

/**
 * Kills a terminal again and again while it accepts and delivers on a bad line to a platform that dies, too; then lets it
 * drain on a good one and compares what it said with what the platform has. Rejects where it cannot be carried out, such as a
 * terminal that ends by itself. Leaves no process behind.
 */
export async function crashTest(options: CrashTestOptions): Promise<CrashReport> {
  const run = new Run(options, await programScript('crash-terminal'));
  try {
    return await run.carryOut();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #options: CrashTestOptions;
  readonly #script: string;
  readonly #ledger = new Ledger();
  readonly #places = new Map<Place, number>();
  readonly #faults = new Map<string, number>();
  readonly #platform: CentralPlatform;
  readonly #lives = new Set<Life>();
  readonly #terminalFolder: string;
  #line: ChaosProxy | undefined;
  #lines = 0;
  #platformKills = 0;
  #platformBack: Promise<void> = Promise.resolve();

  constructor(options: CrashTestOptions, script: string) {
    this.#options = options;
    this.#script = script;
    this.#terminalFolder = join(options.folder, 'terminal');
    this.#platform = new CentralPlatform(join(options.folder, 'platform.db'), randomUUID());
  }

  async carryOut(): Promise<CrashReport> {
    const { kills: most, seed, until } = this.#options;
    const startedAt = performance.now();
    mkdirSync(this.#terminalFolder);
    await this.#platform.start();
    await this.#changeLine();
    let spare = this.#birth('accept');
    let kills = 0;
    let isFound = false;
    const misses = (): boolean =>
      until === undefined && kills < 2 * most && killsMiss({ kills, ledger: this.#ledger, places: this.#places });
    while ((kills < most || misses()) && !isFound) {
      kills += 1;
      const kill = kills;
      const life = spare;
      await life.go();
      spare = this.#birth('accept'); // loads while its forerunner works
      if (kill % PLATFORM_LASTS === 0) this.#killPlatform(kill);
      await killAt(life, drawMoment(seed, kill));
      this.#buried(await life.ended);
      this.#options.onProgress?.({
        kills: kill,
        accepted: this.#ledger.accepted.size,
        answered: this.#ledger.answered,
      });
      isFound = await this.#isFoundAt(kill);
      if (kill % LINE_LASTS === 0) await this.#changeLine();
    }
    spare.kill();
    await spare.ended;
    if (!isFound) await this.#drain();
    await this.#platform.end('SIGTERM');
    const platform = readPlatformRecords(this.#platform.file);
    const terminal = readTerminalRecords(this.#terminalFolder);
    const found = { kills, platform, ledger: this.#ledger, places: this.#places };
    return {
      ...{ ...found, seed, terminal, faults: this.#faults },
      verdict: withDoubts(judge(this.#ledger, platform, terminal), doubtsOfKills(found)),
      platformKills: this.#platformKills,
      tookMs: performance.now() - startedAt,
    };
  }

  /** Where a look is due: it drains, as only then a case that is not at the platform is lost, and ends the platform, which is read. */
  async #isFoundAt(kill: number): Promise<boolean> {
    const { until } = this.#options;
    if (until === undefined || kill % LOOKS_EVERY !== 0) return false;
    await this.#drain();
    await this.#platform.end('SIGTERM');
    const [platform, terminal] = [readPlatformRecords(this.#platform.file), readTerminalRecords(this.#terminalFolder)];
    if (judge(this.#ledger, platform, terminal)[until].length > 0) return true;
    await this.#platform.start();
    await this.#changeLine();
    return false;
  }

  async close(): Promise<void> {
    for (const life of this.#lives) life.kill();
    await Promise.allSettled([...this.#lives].map(({ ended }) => ended));
    await this.#line?.close();
    await this.#platformBack.catch(() => undefined);
    await this.#platform.end('SIGKILL');
  }

  #birth(task: TerminalOptions['task']): Life {
    const { sabotage } = this.#options;
    const life = new Life({
      script: this.#script,
      compiled: join(this.#options.folder, 'compiled'),
      options: {
        ...{ folder: this.#terminalFolder, platformUrl: this.#line?.url ?? '', token: this.#platform.token },
        ...{ task, pauseMs: PAUSE_MS, copies: true, ...(sabotage && { sabotage }) },
      },
    });
    life.onSaying((saying) => this.#ledger.note(saying));
    this.#lives.add(life);
    void life.ended.finally(() => this.#lives.delete(life)).catch(() => undefined);
    return life;
  }

  #buried({ killed, code, place }: Awaited<Life['ended']>): void {
    if (!killed) throw new Error(`The terminal under test ended by itself with code ${code} while ${place}.`);
    this.#places.set(place, (this.#places.get(place) ?? 0) + 1);
  }

  /** The next weather on the same port, as a terminal knows one address. */
  async #changeLine(): Promise<void> {
    const plan = plans[weather[this.#lines % weather.length] ?? 'storm'];
    await this.#openLine(plan);
  }

  async #openLine(plan: (typeof plans)[PlanName]): Promise<void> {
    const port = this.#line?.port ?? 0;
    await this.#line?.close();
    this.#lines += 1;
    this.#line = await startChaosProxy({
      ...{ upstream: this.#platform.url, port, plan, seed: this.#options.seed + this.#lines },
      onFault: ({ what }) => {
        const kind = /^[a-z-]+/.exec(what)?.[0] ?? what;
        this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
      },
    });
  }

  /** In the midst of what it does; the terminals go on dying meanwhile. */
  #killPlatform(kill: number): void {
    const chance = new Chance(this.#options.seed, `platform ${kill}`);
    this.#platformKills += 1;
    this.#platformBack = this.#platformBack.then(async () => {
      await setTimeout(chance.upTo(PLATFORM_AWAY_MS));
      await this.#platform.end('SIGKILL');
      await setTimeout(chance.upTo(PLATFORM_AWAY_MS));
      await this.#platform.start();
    });
    this.#platformBack.catch(() => undefined); // seen when the drain waits for it
  }

  async #drain(): Promise<void> {
    await this.#platformBack;
    await this.#openLine(plans.calm);
    const life = this.#birth('drain');
    let heardAt = performance.now();
    life.onSaying(() => {
      heardAt = performance.now();
    });
    await life.go();
    const over = life.ended.then(({ code }) => ({ code }));
    for (;;) {
      const ended = await Promise.race([over, setTimeout(LOOK_MS, undefined, { ref: false })]);
      if (ended?.code === 0) return;
      if (ended) throw new Error(`The terminal under test ended by itself with code ${ended.code} while draining.`);
      if (performance.now() - heardAt > STUCK_MS) break; // what is left shows in its records
    }
    life.kill();
    await life.ended;
  }
}
