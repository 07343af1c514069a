import { z } from 'zod';

const share = z.number().min(0).max(1).default(0);
const durationMs = (usual: number) => z.int().min(0).max(60_000).default(usual);

/** How bad a line is. Shares are of all connections or of all exchanges; times and sizes are the most that is drawn. */
export const plan = z
  .strictObject({
    /** Of connections, at most one of the two: ends at any byte; stops half way through a chunk, and ends later. */
    cut: share,
    halve: share,
    /** Of connections, at most one of the two: every chunk comes late; so many bytes a second. */
    delay: share,
    throttle: share,
    /** Of exchanges, at most one of all: the request goes out twice. */
    duplicate: share,
    /** The request, or its answer, waits until a later one has overtaken it. */
    holdRequest: share,
    holdAnswer: share,
    /** The work is done, and the connection ends without an answer. */
    dropAnswer: share,
    /** 502, 503, or a portal's page with 200 in place of the answer, before or after the work. */
    badGateway: share,
    unavailable: share,
    portal: share,
    /** A connection that is to be cut or halved, is so within its first bytes. */
    reachBytes: z.int().min(1).max(1_000_000_000).default(8_000),
    delayMs: durationMs(60),
    bytesPerSecond: z.int().min(1).max(1_000_000_000).default(20_000),
    stallMs: durationMs(200),
    holdMs: durationMs(200),
    retryAfterS: z.int().min(0).max(60).default(1),
  })
  .refine((it) => it.cut + it.halve <= 1, 'cut and halve are of the same connections: together at most 1')
  .refine((it) => it.delay + it.throttle <= 1, 'delay and throttle are of the same connections: together at most 1')
  .refine(
    (it) => exchangeShares(it).reduce((sum, [, each]) => sum + each, 0) <= 1,
    'the shares of exchanges are together at most 1',
  );
export type Plan = z.infer<typeof plan>;

type ExchangeShares = Readonly<
  Record<'duplicate' | 'holdRequest' | 'holdAnswer' | 'dropAnswer' | 'badGateway' | 'unavailable' | 'portal', number>
>;

export function exchangeShares({
  duplicate,
  holdRequest,
  holdAnswer,
  dropAnswer,
  badGateway,
  unavailable,
  portal,
}: ExchangeShares) {
  return [
    ['duplicate', duplicate],
    ['hold-request', holdRequest],
    ['hold-answer', holdAnswer],
    ['drop-answer', dropAnswer],
    ['bad-gateway', badGateway],
    ['unavailable', unavailable],
    ['portal', portal],
  ] as const;
}

/** Lines as terminals have them. */
export const plans = {
  calm: plan.parse({}),
  /** A mobile line at the edge of its cell. */
  village: plan.parse({ cut: 0.2, halve: 0.1, delay: 0.4, throttle: 0.4, dropAnswer: 0.05, duplicate: 0.05 }),
  /** A gateway that is being replaced. */
  gateway: plan.parse({
    ...{ duplicate: 0.15, holdRequest: 0.1, holdAnswer: 0.1, dropAnswer: 0.15 },
    ...{ badGateway: 0.1, unavailable: 0.1, portal: 0.05 },
  }),
  /** Everything at once; about every third exchange comes through unhurt. */
  storm: plan.parse({
    ...{ cut: 0.25, halve: 0.15, delay: 0.2, throttle: 0.1 },
    ...{ duplicate: 0.15, holdRequest: 0.08, holdAnswer: 0.08, dropAnswer: 0.15 },
    ...{ badGateway: 0.05, unavailable: 0.05, portal: 0.05 },
  }),
} as const satisfies Readonly<Record<string, Plan>>;
export type PlanName = keyof typeof plans;

/** A plan by its name, or as JSON. Throws an Error that says what is wrong with it. */
export function readPlan(text: string): Plan {
  const named = Object.entries(plans).find(([name]) => name === text)?.[1];
  if (named) return named;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`There is no plan of this name: it is ${Object.keys(plans).join(', ')}, or a plan as JSON.`);
  }
  const parsed = plan.safeParse(value);
  if (!parsed.success) throw new Error(`This is no plan.\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
