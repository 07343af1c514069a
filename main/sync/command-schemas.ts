import { z } from 'zod';
import { localTextUpTo } from '../contracts/common.ts';
import { commandOutcomes } from '../storage/commands.ts';

/** What the platform may tell a terminal to do. Nothing personal. */

const instant = z.iso.datetime();

/** The commands that this release knows, each with what it wants to be told. */
export const commandParams = {
  'report-now': z.strictObject({}),
  'reset-device': z.strictObject({ deviceId: z.string().min(1).max(60) }),
  /** Takes the place of the notice that an earlier command showed. */
  'show-notice': z.strictObject({ text: localTextUpTo(120), forS: z.int().min(10).max(86_400) }),
  'outbox-wake': z.strictObject({}),
  /** Between visits only; waits for that until it expires. */
  'restart-core': z.strictObject({}),
} as const;
export type CommandKind = keyof typeof commandParams;

/** A kind that this release does not know is answered, not choked on: a later platform has more of them. */
export const command = z.object({
  id: z.uuid(),
  kind: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  params: z.record(z.string().max(60), z.unknown()),
  expiresAt: instant,
});
export type Command = z.infer<typeof command>;

/** GET /v1/commands. */
export const commandsQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^([0-9]|[12][0-9]|30)$/)
    .describe('How long the platform may hold its answer back while there is nothing to do, in seconds.'),
});

/** Each is lent for two minutes: one of which no result has come by then is sent again. */
export const commandsAnswer = z.object({ commands: z.array(command).max(20) });
export type CommandsAnswer = z.infer<typeof commandsAnswer>;

/** POST /v1/commands/{commandId}/result. The same again changes nothing. */
export const commandResultBody = z.strictObject({
  outcome: z.enum(commandOutcomes),
  detail: z.string().max(300).exactOptional(),
});
export type CommandResultBody = z.infer<typeof commandResultBody>;

export const commandResultAnswer = z.object({ receivedAt: instant });
export type CommandResultAnswer = z.infer<typeof commandResultAnswer>;
