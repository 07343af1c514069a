import { join } from 'node:path';
import { checkAudit } from '../../../main/control/audit-check.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { SpoolError } from '../../../main/storage/spool-error.ts';
import type { Moment } from './run.ts';
import type { SheetPrinter } from './sheet-printer.ts';
import { KEY } from './words.ts';

/** Broken promises, by number of a sheet or by licence: all empty where each was kept. */
export interface Verdict {
  /** Licences on more than one sheet. */
  readonly twice: readonly string[];
  /** Sheets whose row says something else than the sheet. */
  readonly unaccounted: readonly string[];
  /** Sheets with another licence on them than the row says. */
  readonly mixedUp: readonly string[];
  /** Licences that were said to be printed, and are on no sheet. */
  readonly lost: readonly string[];
  /** Sentences. */
  readonly wrong: readonly string[];
}

export interface Evidence {
  readonly folder: string;
  readonly printer: SheetPrinter;
  /** Of all sheets that were ever in the tray. */
  readonly numbers: readonly string[];
  readonly told: ReadonlySet<string>;
}

const inTrayKinds: readonly string[] = ['loaded', 'released'];

/** Compares each sheet with what the store has of it. The terminal has ended. */
export async function judge({ folder, printer, numbers, told }: Evidence): Promise<Verdict> {
  const store = openStore(join(folder, 'jiujin.db'), { cipher: aesGcmCipher(KEY) });
  try {
    const onPaper = [...printer.printed.values()];
    const unaccounted = numbers.filter((number) => !agrees(store, printer, number));
    return {
      twice: [...new Set(onPaper.filter((text, index) => onPaper.indexOf(text) !== index))],
      unaccounted,
      mixedUp: numbers.filter((number) => !unaccounted.includes(number) && !isItsLicence(store, printer, number)),
      lost: [...told].filter((text) => !onPaper.includes(text)),
      wrong: [...wrongSums(store, printer), ...(await wrongRecord(store))],
    };
  } finally {
    store.close();
  }
}

/** Why a run of kills has shown nothing, a sentence each. */
export function doubtsOf(wanted: number, kills: ReadonlyMap<Moment, number>, settled: number): string[] {
  const met = [...kills.values()].reduce((sum, times) => sum + times, 0);
  const job: readonly Moment[] = ['ordered', 'rendering', 'sending-lost', 'sending', 'printing', 'presented', 'taken'];
  const unmet = wanted < 10 ? [] : job.filter((moment) => !kills.has(moment));
  return [
    ...(met === wanted ? [] : [`${met} kills in place of ${wanted}`]),
    ...unmet.map((moment) => `no kill came at "${moment}": the run has shown nothing of it`),
    ...(wanted < 10 || settled > 0 ? [] : ['no number was ever uncertain: the run has shown nothing of a clerk']),
  ];
}

function agrees(store: Store, printer: SheetPrinter, number: string): boolean {
  const kind = lastEvent(store, number)?.kind ?? '';
  if (printer.printed.has(number)) return kind === 'printed';
  if (printer.spoiled.has(number)) return kind === 'spoiled';
  return printer.tray.includes(number) && inTrayKinds.includes(kind);
}

/** The row of a printed sheet names the job of the licence that is on it. */
function isItsLicence(store: Store, printer: SheetPrinter, number: string): boolean {
  const text = printer.printed.get(number);
  if (text === undefined) return true;
  const jobId = lastEvent(store, number)?.jobId ?? '';
  return jobId.startsWith(`${text}:`) && store.spool.find(jobId)?.blankNumber === number;
}

function lastEvent(store: Store, number: string): ReturnType<Store['blanks']['history']>[number] | undefined {
  try {
    return store.blanks.history(number).at(-1);
  } catch (error) {
    if (error instanceof SpoolError) return undefined;
    throw error;
  }
}

function wrongSums(store: Store, printer: SheetPrinter): string[] {
  return store.blanks.balance('', '9999').flatMap((balance) => {
    const real = { printed: printer.printed.size, spoiled: printer.spoiled.size, closing: printer.tray.length };
    const { printed, spoiled, closing, counted, uncertain } = balance;
    const isSo = printed === real.printed && spoiled === real.spoiled && closing === real.closing;
    if (isSo && counted === closing && uncertain.length === 0) return [];
    return [`the balance is ${JSON.stringify(balance)}, of the sheets ${JSON.stringify(real)}`];
  });
}

async function wrongRecord(store: Store): Promise<string[]> {
  const { wrong } = await checkAudit(store.audit, new AbortController().signal);
  return wrong ? [`entry ${wrong.seq} of the record of acts: ${wrong.why}`] : [];
}
