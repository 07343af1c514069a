import { z } from 'zod';
import { readCommandLine } from '../../command-line.ts';
import { newSeed } from '../chance.ts';
import { plans, readPlan } from './plan.ts';
import { startChaosProxy } from './proxy.ts';

const USAGE = `npm run chaos-proxy -- --upstream URL [--port N] [--seed N] [--plan PLAN]

A bad line to a platform: listens on 127.0.0.1, passes everything on to URL, and hurts it on the way. Prints
{"listening": "http://127.0.0.1:…", "seed": …}, then a line for each fault; ends on SIGTERM or Ctrl-C.

  --upstream URL   http://host:port of the platform
  --port N         0, the default, is any free one
  --seed N         the same number hurts the same connections and exchanges in the same way; else one is made up
  --plan PLAN      ${Object.keys(plans).join(', ')}, or JSON such as '{"dropAnswer": 0.5, "throttle": 1, "bytesPerSecond": 900}'`;

const words = z.object({
  upstream: z.url({ protocol: /^http$/, error: '--upstream must be http://host:port' }),
  port: z.coerce.number('--port must be a number').int().min(0).max(65_535),
  seed: z.coerce.number('--seed must be a number').int().min(0).max(Number.MAX_SAFE_INTEGER),
  plan: z.string(),
});

const { values } = readCommandLine(USAGE, {
  options: {
    upstream: { type: 'string' },
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(newSeed()) },
    plan: { type: 'string', default: 'storm' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
} else {
  await run().catch((error: unknown) => {
    console.error(
      `${error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error}\n\n${USAGE}`,
    );
    process.exitCode = 2;
  });
}

async function run(): Promise<void> {
  const { upstream, port, seed, plan } = words.parse(values);
  const proxy = await startChaosProxy({
    ...{ upstream, port, seed, plan: readPlan(plan) },
    onFault: ({ where, number, what }) => console.log(`${where} ${number}: ${what}`),
  });
  console.log(JSON.stringify({ listening: proxy.url, seed }));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => proxy.close());
}
