import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import type { WrongEntry } from '../audit/chain.ts';
import { readEntry } from '../audit/entry.ts';
import { checkExport } from '../audit/export-file.ts';
import { controlContract } from '../control/protocol.ts';
import { exportAudit, exportLines } from './audit-file.ts';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';
import { terminalHelp, terminalOption, withTerminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

interface Verdict {
  readonly terminal: string;
  readonly intact: boolean;
  readonly entries: number;
  readonly wrong?: WrongEntry;
  /** How much of it was checked: with the terminal's key, the chain alone, or the chain and the terminal's own last hash. */
  readonly checked: 'sealed' | 'chain' | 'chain-and-terminal';
}

const forever = new AbortController().signal;
const ignore = (): void => undefined;

const sentences: Readonly<Record<WrongEntry['why'], string>> = {
  unreadable: 'is not the text of an entry',
  missing: 'is missing, or entries changed places',
  changed: 'was changed, or the one before it was',
  'not-sealed': 'was not written by this terminal',
  told: 'is where the terminal itself found that the record had been tampered with',
  cut: 'and whatever came after it was cut off',
};

/** `audit export --to FILE`, `audit verify [FILE]` and `audit open NUMBER`: the record of acts, for auditors. */
export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('the record of what this terminal and its technicians did');
  audit
    .command('export')
    .description('write the whole record to a file, one JSON object a line')
    .requiredOption('--to <file>', 'where it goes; a file that is there is not replaced')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(async ({ to, json, terminal }: Options & { to: string }) => {
      const header = await withTerminal(controlContract, terminal, ignore, (core) => exportAudit(core, to));
      print(json ? JSON.stringify({ file: to, ...header }) : `${to}: ${header.last} entries of ${header.terminal}`);
    });
  audit
    .command('verify')
    .description('say whether the record is whole and unchanged, and which entry is the first that is not')
    .argument('[file]', 'an export; left out: the running terminal’s own record, with its key')
    .option('--against-terminal', 'with a file: also ask the running terminal whether it is a part of its record')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(async (file: string | undefined, options: Options & { againstTerminal?: boolean }) => {
      const verdict = file === undefined ? await ofTerminal(options) : await ofFile(file, options);
      print(options.json ? JSON.stringify(verdict) : sentenceOf(verdict));
      if (!verdict.intact) process.exitCode = 1;
    });
  audit
    .command('open')
    .description(
      'show what is sealed in one entry, such as the scores of a face check in thousandths; this goes on record',
    )
    .argument('<number>', 'of the entry: "seq" of its line in an export', entryNumber)
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(async (seq: number, { json, terminal }: Options) => {
      const opened = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('auditOpen', { seq }, forever),
      );
      const entry = readEntry(opened.entry);
      if (!entry) throw new CliError('bad-message', `the terminal's entry ${seq} is not the text of an entry`);
      const { sealed: _, ...detail } = entry.detail;
      const { at, kind, subject } = entry;
      const { secret } = opened;
      print(
        json
          ? JSON.stringify({ seq, at, kind, subject, detail, secret })
          : [`entry ${seq}, ${at}: ${kind}`, wordsOf({ ...subject, ...detail }), `sealed: ${wordsOf(secret)}`].join(
              '\n',
            ),
      );
    });
}

function entryNumber(given: string): number {
  const seq = Number(given);
  if (/^\d+$/.test(given) && Number.isSafeInteger(seq) && seq > 0) return seq;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

function wordsOf(values: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${printable(String(value))}`)
    .join(', ');
}

async function ofTerminal({ terminal: named }: Options): Promise<Verdict> {
  const found = await withTerminal(controlContract, named, ignore, (core) => core.call('auditCheck', null, forever));
  return { ...found, intact: !found.wrong, checked: 'sealed' };
}

async function ofFile(file: string, options: Options & { againstTerminal?: boolean }): Promise<Verdict> {
  const found = await checkExport(exportLines(file));
  if (!found) throw new CliError('not-an-export', `${file} does not begin as an exported record does`);
  const { header, entries, wrong } = found;
  const verdict = { terminal: header.terminal, entries };
  if (wrong) return { ...verdict, intact: false, wrong, checked: 'chain' };
  if (!options.againstTerminal) return { ...verdict, intact: true, checked: 'chain' };
  // The hash of the last entry stands for all before it.
  const { lines } = await withTerminal(controlContract, options.terminal, ignore, (core) =>
    core.call('auditPage', { after: Math.max(0, header.last - 1), limit: 1 }, forever),
  );
  const isPart = header.last === 0 || (lines[0]?.seq === header.last && lines[0].hash === header.hash);
  const checked = 'chain-and-terminal';
  if (isPart) return { ...verdict, intact: true, checked };
  return { ...verdict, intact: false, wrong: { seq: header.last, why: 'not-sealed' }, checked };
}

const extents: Readonly<Record<Verdict['checked'], string>> = {
  sealed: 'chain and seals',
  chain: 'the chain alone: who wrote it, and whether it goes on, only the terminal can say (--against-terminal)',
  'chain-and-terminal': 'chain, and the same last entry in the running terminal',
};

function sentenceOf({ terminal, entries, wrong, checked }: Verdict): string {
  const head = `${printable(terminal)}: ${entries} entries sound`;
  const told = wrong ? `, and entry ${wrong.seq} ${sentences[wrong.why]}` : '';
  return `${wrong ? 'NOT INTACT' : 'intact'}: ${head}${told}\nchecked: ${extents[checked]}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
