import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readCommandLine } from '../../command-line.ts';
import { newSeed } from '../chance.ts';
import { type PowerCutReport, powerCutTest, whyNoTrace } from '../power-cut/run.ts';
import { figuresOf } from './figures.ts';
import { crashTest, type Progress } from './run.ts';
import { tableOf } from './table.ts';
import { isKept } from './verdict.ts';
import { killSabotages, powerCutSabotages } from './words.ts';

const USAGE = `npm run crash-test -- [--kills N | --power-cuts N] [--seed N] [--sabotage NAME] [--json]

Kills a terminal (production store, outbox and platform client) with SIGKILL again and again while it accepts and delivers
through a chaos proxy to a stand-in platform that is killed, too; lets it drain; then compares what was said to be accepted
with what the platform has. Prints a table, and ends with 1 where something was lost, came twice or out of order.

  --kills N        200
  --power-cuts N   instead: traces the terminal's writes and syncs (needs strace), makes the files as a disk may have them
                   after a power cut at N drawn moments, and looks for all that had been said to be accepted
  --seed N         moments of the kills and faults of the line; else one is made up and printed
  --sabotage NAME  breaks a promise in the terminal, which must be found: by kills ${killSabotages.join(', ')};
                   by power cuts ${powerCutSabotages.join(', ')}
  --json           one object in place of the table`;

const number = (option: string) => z.coerce.number(`${option} must be a number`).int().min(1).max(1_000_000);
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, `--sabotage must be one of ${names.join(', ')}`).optional();
const seed = z.coerce.number('--seed must be a number').int().min(0).max(Number.MAX_SAFE_INTEGER);
const killing = z.object({ kills: number('--kills'), seed, sabotage: oneOf(killSabotages) });
const cutting = z.object({ 'power-cuts': number('--power-cuts'), seed, sabotage: oneOf(powerCutSabotages) });
const PROGRESS_MS = 2_000;

const { values } = readCommandLine(USAGE, {
  options: {
    kills: { type: 'string', default: '200' },
    'power-cuts': { type: 'string' },
    seed: { type: 'string', default: String(newSeed()) },
    sabotage: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else if (values['power-cuts'] === undefined) await run(killing.safeParse(values), kill);
else await run(cutting.safeParse(values), cutPower);

/** `carryOut` in a folder of its own says whether every promise was kept; else the folder stays. */
async function run<Words extends { readonly seed: number }>(
  parsed: z.ZodSafeParseResult<Words>,
  carryOut: (folder: string, words: Words) => Promise<boolean>,
): Promise<void> {
  if (!parsed.success) {
    refuse('bad-option', `${z.prettifyError(parsed.error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'jiujin-crash-'));
  const kept = await carryOut(folder, parsed.data).catch((error: unknown) => {
    refuse('failed', error instanceof Error ? error.message : String(error));
    return false;
  });
  if (kept) rmSync(folder, { recursive: true });
  else {
    console.error(`Seed ${parsed.data.seed}; the databases are kept in ${folder}`);
    process.exitCode = 1;
  }
}

function refuse(code: 'bad-option' | 'failed', message: string): void {
  if (values.json) console.log(JSON.stringify({ error: { code, message } }));
  else console.error(message);
}

async function kill(folder: string, { kills, seed, sabotage }: z.infer<typeof killing>): Promise<boolean> {
  const onProgress = progressOf(kills);
  const report = await crashTest({ kills, seed, folder, onProgress, ...(sabotage && { sabotage }) });
  console.log(values.json ? JSON.stringify(figuresOf(report)) : tableOf(report));
  return isKept(report.verdict);
}

async function cutPower(folder: string, words: z.infer<typeof cutting>): Promise<boolean> {
  const why = whyNoTrace();
  if (why) throw new Error(`No power can be cut here: ${why}.`);
  const { 'power-cuts': cuts, seed, sabotage } = words;
  const report = await powerCutTest({ cuts, seed, folder, ...(sabotage && { sabotage }) });
  if (values.json) console.log(JSON.stringify({ ...report, seed }));
  else tellOfCuts(report);
  return report.broken.length === 0;
}

function tellOfCuts({ cuts, acts, unsynced, accepted, pages, copies, broken }: PowerCutReport): void {
  for (const sentence of broken) console.log(sentence);
  console.log(
    `${cuts} power cuts in ${acts} writes, syncs and words, ${unsynced} of them with unsynced writes; ` +
      `${accepted} cases accepted, ${pages} pages and ${copies} copies looked at; ${broken.length} promises broken`,
  );
}

function progressOf(kills: number): (progress: Progress) => void {
  let toldAt = 0;
  return ({ kills: done, accepted, answered }) => {
    if (performance.now() - toldAt < PROGRESS_MS && done < kills) return;
    toldAt = performance.now();
    console.error(`${done} of ${kills} kills, ${accepted} cases accepted, ${answered} answered`);
  };
}
