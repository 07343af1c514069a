import { z } from 'zod';
import { nothing } from '../../main/processes/rpc.ts';
import { ping } from '../../main/processes/supervised-process.ts';

/** What a child of tests/support/supervised-child.ts does when it is told to. */
export const childContract = {
  methods: {
    configure: {
      params: z.object({ refuse: z.boolean(), greeting: z.string() }),
      result: z.object({ greeting: z.string() }),
      deadlineMs: 15_000,
    },
    ping,
    echo: {
      params: z.object({ bytes: z.instanceof(Uint8Array) }),
      result: z.instanceof(Uint8Array),
      deadlineMs: 5_000,
    },
    print: { params: z.object({ text: z.string() }), result: nothing, deadlineMs: 5_000 },
    /** Answers never. */
    wait: { params: nothing, result: nothing, deadlineMs: 60_000 },
    exit: { params: z.object({ code: z.number() }), result: nothing, deadlineMs: 5_000 },
    /** Blocks the child for good. */
    hang: { params: nothing, result: nothing, deadlineMs: 60_000 },
  },
  events: { configured: z.object({ greeting: z.string() }) },
} as const;
