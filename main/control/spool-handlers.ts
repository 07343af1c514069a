import type { Handlers } from '../processes/rpc.ts';
import type { Store } from '../storage/open.ts';
import type { SpoolJob } from '../storage/spool.ts';
import type { SpoolJobMessage, spoolMethods } from './spool-protocol.ts';
import { telling } from './telling.ts';

type SpoolHandlers = Handlers<{ methods: typeof spoolMethods; events: Record<string, never> }>;

/** What technicians ask of the papers that went to a printer. */
export function spoolHandlers({ spool }: Pick<Store, 'spool'>): SpoolHandlers {
  return {
    spool: async ({ which, limit }) => ({
      jobs: telling(() => (which === 'recent' ? spool.recent(limit) : spool.unsettled().slice(0, limit))).map(
        messageOf,
      ),
    }),
    spoolSettle: async ({ jobId, as }) => messageOf(telling(() => spool.settle(jobId, as))),
  };
}

function messageOf({ state: { state, ...why }, ...job }: SpoolJob): SpoolJobMessage {
  return { ...job, state, ...why };
}
