import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readCommandLine } from '../../command-line.ts';
import { newSeed } from '../chance.ts';
import { moments, type SpoolReport, spoolTest } from './run.ts';

const USAGE = `npm run crash-test:spool -- [--kills N] [--seed N] [--json]

Kills a terminal (production store and printing) with SIGKILL at every state of a job in turn, while it prints licences on
numbered sheets. The printer is a process of its own, goes on, and knows what is on each sheet; a clerk settles what the
terminal says it does not know. Then each sheet is compared with its row. Ends with 1 where a licence is on two sheets, or a
sheet is not accounted for.

  --kills N   200
  --seed N    moments of the kills and faults of the printer; else one is made up and printed
  --json      one object in place of the table`;

const words = z.object({
  kills: z.coerce.number('--kills must be a number').int().min(1).max(1_000_000),
  seed: z.coerce.number('--seed must be a number').int().min(0).max(Number.MAX_SAFE_INTEGER),
});
const PROGRESS_MS = 2_000;

const { values } = readCommandLine(USAGE, {
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(newSeed()) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const parsed = words.safeParse(values);
if (values.help) console.log(USAGE);
else if (parsed.success) await run(parsed.data);
else {
  refuse('bad-option', `${z.prettifyError(parsed.error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

async function run({ kills, seed }: z.infer<typeof words>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'jiujin-spool-'));
  const report = await spoolTest({ kills, seed, folder, onProgress: progressOf(kills) }).catch((error: unknown) => {
    refuse('failed', error instanceof Error ? error.message : String(error));
    return undefined;
  });
  if (report) console.log(values.json ? JSON.stringify(figuresOf(report)) : tableOf(report));
  if (report && isKept(report)) rmSync(folder, { recursive: true });
  else {
    console.error(`Seed ${seed}; the database is kept in ${folder}`);
    process.exitCode = 1;
  }
}

function isKept({ verdict }: SpoolReport): boolean {
  return Object.values(verdict).every((broken) => broken.length === 0);
}

function figuresOf(report: SpoolReport): object {
  const { kills, licences, sheets, settled, seed, tookMs, verdict } = report;
  const { twice, unaccounted, mixedUp, lost, wrong } = verdict;
  const broken = { twice: twice.length, unaccounted: unaccounted.length, mixedUp: mixedUp.length, lost: lost.length };
  const at = Object.fromEntries(report.moments);
  return {
    kills,
    licences,
    sheets,
    settled,
    ...broken,
    wrong,
    kept: isKept(report),
    at,
    seed,
    seconds: tookMs / 1_000,
  };
}

function tableOf(report: SpoolReport): string {
  const { kills, licences, sheets, settled, seed, tookMs, verdict } = report;
  const at = moments.map((moment) => `${moment} ${report.moments.get(moment) ?? 0}`).join(', ');
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['licences on two sheets', verdict.twice],
    ['sheets not accounted for', verdict.unaccounted],
    ['sheets with another licence', verdict.mixedUp],
    ['licences said to be printed that are not', verdict.lost],
  ];
  return [
    `${kills} kills in ${Math.round(tookMs / 1_000)} s, seed ${seed}: ${at}`,
    `${licences} licences; sheets: ${sheets.printed} printed, ${sheets.spoiled} spoiled, ${sheets.inTray} in the tray`,
    `${settled} numbers were uncertain, said to be so, and settled by a clerk`,
    ...rows.map(([what, broken]) => `${what.padEnd(42)}${broken.length}  ${broken.slice(0, 10).join(' ')}`.trimEnd()),
    ...verdict.wrong,
  ].join('\n');
}

function refuse(code: 'bad-option' | 'failed', message: string): void {
  if (values.json) console.log(JSON.stringify({ error: { code, message } }));
  else console.error(message);
}

function progressOf(kills: number): (progress: { readonly kills: number; readonly printed: number }) => void {
  let toldAt = 0;
  return ({ kills: done, printed }) => {
    if (performance.now() - toldAt < PROGRESS_MS && done < kills) return;
    toldAt = performance.now();
    console.error(`${done} of ${kills} kills, ${printed} sheets printed`);
  };
}
