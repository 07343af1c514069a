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
}

/** What clerks ask and say of numbered blanks. */
export function blanksHandlers({ store: { blanks, spool }, printers, timeZone }: BlanksPorts): BlanksHandlers {
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
      return telling(() => blanks.load(loading));
    },
    blanksUnload: async ({ cassetteId }) => telling(() => blanks.unload(cassetteId)),
    blanksCorrect: async ({ cassetteId, next, reason }) => telling(() => blanks.correct(cassetteId, next, reason)),
    blanksVoid: async ({ number, reason }) => telling(() => blanks.void(number, reason)),
    blanksSettle: async ({ number, as, reason }) => {
      telling(() => spool.settleBlank(number, as, reason));
      return null;
    },
    blanksBalance: async ({ day: asked }) => {
      const today = dayOf(new Date(), timeZone);
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
