import { type Handlers, RemoteError } from '../processes/rpc.ts';
import type { Store } from '../storage/open.ts';
import type { blanksMethods } from './blanks-protocol.ts';
import { boundsOfDay, dayOf } from './local-day.ts';
import { telling } from './telling.ts';

type BlanksHandlers = Handlers<{ methods: typeof blanksMethods; events: Record<string, never> }>;

export interface BlanksPorts {
  readonly store: Pick<Store, 'blanks' | 'spool'>;
  /** The ids of this terminal's licence printers. */
  readonly printers: () => readonly string[];
  readonly timeZone: string;
  readonly now: () => Date;
  /** What lies in the trays is another now. */
  readonly onChange: () => void;
}

/** What clerks ask and say of numbered blanks. */
export function blanksHandlers({
  store: { blanks, spool },
  printers,
  timeZone,
  now,
  onChange,
}: BlanksPorts): BlanksHandlers {
  const changing = <T>(work: () => T): T => {
    const result = telling(work);
    onChange();
    return result;
  };
  const assertPrinter = (printerId: string): void => {
    const known = printers();
    if (known.includes(printerId)) return;
    const those = known.length === 0 ? 'there is none' : `there is ${known.join(', ')}`;
    throw new RemoteError('no-such-printer', `there is no licence printer "${printerId}"; ${those}`);
  };
  return {
    blanks: async () => ({ cassettes: telling(() => blanks.list()) }),
    blanksCheck: async (loading) => {
      assertPrinter(loading.printerId);
      return telling(() => blanks.check(loading));
    },
    blanksLoad: async (loading) => {
      assertPrinter(loading.printerId);
      return changing(() => blanks.load(loading));
    },
    blanksUnload: async ({ cassetteId }) => changing(() => blanks.unload(cassetteId)),
    blanksCorrect: async ({ cassetteId, next, reason }) => changing(() => blanks.correct(cassetteId, next, reason)),
    blanksVoid: async ({ number, reason }) => changing(() => blanks.void(number, reason)),
    blanksSettle: async ({ number, as, reason }) => {
      changing(() => spool.settleBlank(number, as, reason));
      return null;
    },
    blanksBalance: async ({ day: asked }) => {
      const today = dayOf(now(), timeZone);
      const day = asked ?? today;
      const { from, to } = boundsOfDay(day, timeZone);
      const balances = telling(() => blanks.balance(from, to)).map(({ counted, uncertain, ...sums }) => ({
        ...sums,
        uncertain: [...uncertain],
        ...(day >= today && { counted }), // what is in the machine now says nothing of a day that has gone
      }));
      return { day, balances };
    },
    blanksHistory: async ({ number }) => ({ events: telling(() => blanks.history(number)) }),
  };
}
