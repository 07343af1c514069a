import { z } from 'zod';
import { nothing } from '../processes/rpc.ts';

/** Something that a hand can do to a simulated device, or time to a line. */
export const simulatedAct = z.object({
  device: z.string(),
  act: z.string(),
  what: z.string(),
  /** What may stand behind the act; absent where nothing does, `…` in it where anything may. */
  values: z.array(z.string()).exactOptional(),
});
export type SimulatedAct = z.infer<typeof simulatedAct>;

/** `kioskctl simulate` ↔ whoever runs the simulated devices beside a terminal. The terminal itself knows nothing of it. */
export const simulationContract = {
  methods: {
    acts: { params: nothing, result: z.object({ acts: z.array(simulatedAct) }), deadlineMs: 5_000 },
    perform: {
      params: z.object({
        device: z.string().max(60),
        act: z.string().max(60),
        value: z.string().max(8_192).exactOptional(),
      }),
      result: z.object({ done: z.string() }),
      deadlineMs: 15_000,
    },
  },
  events: {},
} as const;
