import type { Desk } from '../outbox/desk.ts';
import type { Handlers } from '../processes/rpc.ts';
import { type outboxMethods, pagePartBytes } from './outbox-protocol.ts';
import { telling } from './telling.ts';

type OutboxHandlers = Handlers<{ methods: typeof outboxMethods; events: Record<string, never> }>;

/** What technicians ask of the queue of deliveries. */
export function outboxHandlers(desk: Desk): OutboxHandlers {
  return {
    outbox: async () => {
      const { oldestWaitingAt, nextDeliverBy, ...report } = telling(() => desk.report());
      return { ...report, ...(oldestWaitingAt && { oldestWaitingAt }), ...(nextDeliverBy && { nextDeliverBy }) };
    },
    outboxList: async (options) => ({
      at: desk.at,
      deliveries: telling(() => desk.list(options)).map(({ dueAtMs, caseId: _id, ...delivery }) => ({
        ...delivery,
        ...(dueAtMs !== undefined && { nextTryAt: new Date(dueAtMs).toISOString() }),
      })),
    }),
    outboxRequeue: async ({ what }) => telling(() => desk.requeue(what)),
    outboxClose: async ({ what, reason }) => telling(() => desk.close(what, reason)),
    outboxExport: async ({ caseNumber }) => {
      const { deliverBy, deliveries, materials, ...found } = telling(() => desk.export(caseNumber));
      return {
        ...found,
        ...(deliverBy && { deliverBy }),
        deliveries: deliveries.map(({ body, ...delivery }) => ({ ...delivery, body })),
        materials: [...materials],
      };
    },
    outboxPage: async ({ caseNumber, materialId, offset }) => {
      const bytes = telling(() => desk.readPage(caseNumber, materialId, offset, pagePartBytes));
      return { base64: Buffer.from(bytes).toString('base64') };
    },
    outboxWake: async () => desk.wake(),
  };
}
