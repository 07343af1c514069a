import { join } from 'node:path';
import process from 'node:process';
import { DeviceError } from '../../../drivers/core/index.ts';
import type { PreparedPrint, PrintPort } from '../../../main/printing/print-port.ts';
import { Printing } from '../../../main/printing/printing.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import type { PaperOutcome } from '../../../printers/core/outcome.ts';
import type { Sheet } from './sheet-printer.ts';
import {
  type FromTerminal,
  KEY,
  type Order,
  PRINTER_ID,
  SERIES,
  type Sight,
  type ToTerminal,
  toTerminal,
} from './words.ts';

/**
 * The terminal under test: the production store and `Printing`, with a printer that lives in the parent process, as a real one
 * lives on its own. It does what it is told, and says when it is done. The folder is its one parameter.
 */
const store = openStore(join(process.argv[2] ?? '', 'jiujin.db'), { cipher: aesGcmCipher(KEY) });
const never = new AbortController().signal;
const calls = new Map<number, (answer: ToTerminal) => void>();
let lastCall = 0;

const say = (what: FromTerminal): unknown => process.send?.(what);
const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Says `what` under a new number, and hears all that is said to that number. */
function call(what: (number: number) => FromTerminal, hear: (answer: ToTerminal) => void): void {
  lastCall += 1;
  calls.set(lastCall, hear);
  say(what(lastCall));
}

/** What the printer says of a job; `undefined` where it cannot say. */
function ask(word: 'ask' | 'withdraw', jobName: string): Promise<PrintOutcome | 'unheard-of' | undefined> {
  return new Promise((resolve, reject) =>
    call(
      (number) => ({ word, call: number, jobName }),
      (said) => {
        if (said.word !== 'became') return;
        if (said.answer === 'cut-off') reject(new DeviceError('not-connected', 'the line is cut'));
        else resolve(said.answer === 'cannot-say' ? undefined : said.answer);
      },
    ),
  );
}

const printers: PrintPort<Sheet> = {
  prepare: ({ text }, { jobName }) =>
    new Promise((resolve) => {
      const prepared: PreparedPrint = {
        printerId: PRINTER_ID,
        run: (_signal, onStage) =>
          new Promise((ended) =>
            call(
              (number) => ({ word: 'run', call: number, jobName, text }),
              (answer) => {
                if (answer.word === 'stage') onStage(answer.stage);
                if (answer.word !== 'ran') return;
                const { outcome, sheetUsed } = answer;
                ended({ ...outcome, ...(sheetUsed !== undefined && { sheetUsed }) });
              },
            ),
          ),
        discard: ignore,
      };
      call(
        (number) => ({ word: 'prepare', call: number, jobName }),
        () => resolve(prepared),
      );
    }),
  whatBecameOf: (_printerId, { name }) => ask('ask', name),
  withdraw: async (_printerId, { name }) => {
    const answer = await ask('withdraw', name);
    return answer === 'unheard-of' ? undefined : answer;
  },
};
const printing = new Printing<Sheet>({ store, printers, log });

function look(): Sight {
  const cassettes = store.blanks.list();
  const [first] = cassettes;
  const isKnown = first?.state === 'loaded' && !first.held;
  return {
    problem: printing.problem(SERIES) ?? 'none',
    ...(isKnown && first.next !== undefined && { top: first.next }),
    uncertain: cassettes.flatMap(({ held }) => (held ? [held.number] : [])),
  };
}

async function carryOut(order: Order): Promise<PaperOutcome | undefined> {
  if (order.word === 'recover') await printing.recover(never);
  if (order.word === 'taken') printing.taken(order.jobId);
  if (order.word === 'load') {
    store.blanks.load({ series: SERIES, printerId: PRINTER_ID, tray: 'tray-2', first: order.first, last: order.last });
  }
  if (order.word === 'settle') store.spool.settleBlank(order.number, order.as, order.reason);
  if (order.word !== 'print') return undefined;
  const { jobId, text } = order;
  const document: Sheet = { kind: 'certificate', text };
  return await printing.print({ jobId, document, copies: 1, blank: { series: SERIES } }, never);
}

process.on('message', (raw) => {
  const message = toTerminal.parse(raw);
  if ('call' in message) {
    calls.get(message.call)?.(message);
    return;
  }
  carryOut(message).then(
    (outcome) => say({ word: 'done', ...(outcome && { outcome }), sight: look() }),
    (error: unknown) => say({ word: 'refused', message: String(error) }),
  );
});
say({ word: 'ready' });
