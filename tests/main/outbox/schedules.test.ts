import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Delivery, DeliveryOutcome } from '../../../main/outbox/delivery.ts';
import { OutboxTerminal, pass, ScriptedPlatform, visitId } from '../../support/outbox-terminal.ts';
import { paper } from '../../support/papers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const HOUR_MS = 3_600_000;

type Step =
  | { readonly act: 'restart' | 'crash' | 'wake' }
  | { readonly act: 'accept'; readonly papers: number }
  | { readonly act: 'rate'; readonly which: number }
  | { readonly act: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('accept' as const), papers: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('rate' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ act: 'restart' }, { act: 'crash' }, { act: 'wake' }) },
);

/** The platform has had each delivery whole when one of these befalls its answer. */
const mishap = fc.constantFrom<DeliveryOutcome | 'hang' | 'throw'>(
  { outcome: 'retry', cause: 'unreachable' },
  { outcome: 'retry', cause: 'platform-busy', retryAfterMs: 30_000 },
  { outcome: 'unauthorised' },
  'hang',
  'throw',
  { outcome: 'delivered', result: {} },
);

test('under any schedule of failures, lost answers, restarts and crashes nothing is lost, changed, doubled or out of order', async () => {
  const schedule = fc.asyncProperty(
    fc.array(step, { maxLength: 30 }),
    fc.array(mishap, { maxLength: 30 }),
    async (steps, mishaps) => {
      const platform = new ScriptedPlatform();
      platform.script.push(...mishaps);
      const terminal = newTerminal(platform);
      const places = keepPlaces(platform);
      const wanted = await follow(terminal, steps);
      await pass(12 * HOUR_MS, 100);
      const stats = terminal.outbox.stats();
      await terminal.switchOff();

      expect(stats).toMatchObject({ waiting: 0, sending: 0, rejected: 0 });
      expect(arrivals(platform.received)).toEqual(wanted);
      expect(places.wrong).toEqual([]);
      expect(platform.mostUnderWay).toBeLessThanOrEqual(4);
      expect(mostOfOneCase(platform)).toBeLessThanOrEqual(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );
  await fc.assert(schedule, { numRuns: 20 });
});

test('a case that is stuck at any of its deliveries blocks itself, and no other', async () => {
  const schedule = fc.asyncProperty(
    fc.array(fc.nat(3), { minLength: 2, maxLength: 8 }),
    fc.nat(7),
    fc.nat(4),
    async (papersOfCases, which, from) => {
      const platform = new ScriptedPlatform();
      const terminal = newTerminal(platform);
      const wanted = await follow(
        terminal,
        papersOfCases.flatMap((papers, index): Step[] => [
          { act: 'accept', papers },
          { act: 'rate', which: index },
        ]),
      );
      const name = `A${which % papersOfCases.length}`;
      const held = wanted.get(name)!.slice(from);
      platform.stuck = (delivery) => nameOf(delivery) === name && held.includes(partOf(delivery));
      await pass(HOUR_MS, 60);
      const arrived = arrivals(platform.received.filter((delivery) => platform.stuck?.(delivery) !== true));
      for (const [other, parts] of wanted) {
        expect(arrived.get(other) ?? []).toEqual(other === name ? parts.slice(0, from) : parts);
      }
      const tried = new Set(platform.received.filter((delivery) => nameOf(delivery) === name).map(partOf));
      expect(tried.size).toBeLessThanOrEqual(from + 1); // nothing behind what is stuck has been sent
      platform.stuck = undefined;
      await pass(HOUR_MS, 40);
      await terminal.switchOff();
      expect(arrivals(platform.received)).toEqual(wanted);
    },
  );
  await fc.assert(schedule, { numRuns: 10 });
});

function newTerminal(platform: ScriptedPlatform): OutboxTerminal {
  const terminal = new OutboxTerminal(join(temporaryFolder(), 'store.db'), platform);
  terminal.store.visits.save(visitId, {});
  return terminal;
}

const bodyOf = ({ body }: Delivery): { name?: string; caseNumber?: string; part?: number } =>
  JSON.parse(Buffer.from(body).toString('utf8'));
const nameOf = (delivery: Delivery): string => bodyOf(delivery).name ?? bodyOf(delivery).caseNumber ?? '';
const partOf = (delivery: Delivery): string =>
  delivery.kind === 'material' ? delivery.idempotencyKey : `${delivery.kind} ${bodyOf(delivery).part}`;

/** Case → its parts in the order in which they first arrived. Under one key there is always the same. */
function arrivals(received: readonly Delivery[]): Map<string, string[]> {
  const byKey = new Map<string, string>();
  const arrived = new Map<string, string[]>();
  for (const delivery of received) {
    const content = delivery.kind === 'material' ? Buffer.from(delivery.content ?? []).toString('base64') : '';
    const text = Buffer.from(delivery.body).toString('utf8') + content;
    expect(byKey.get(delivery.idempotencyKey) ?? text).toBe(text);
    if (byKey.has(delivery.idempotencyKey)) continue;
    byKey.set(delivery.idempotencyKey, text);
    const name = nameOf(delivery);
    arrived.set(name, [...(arrived.get(name) ?? []), partOf(delivery)]);
  }
  return arrived;
}

/** Every upload gets an address and some bytes across; each must be given back what was kept for it last. */
function keepPlaces(platform: ScriptedPlatform): { readonly wrong: string[] } {
  const kept = new Map<string, string>();
  const wrong: string[] = [];
  platform.onUpload = ({ idempotencyKey, location, save }) => {
    if (kept.get(idempotencyKey) !== location) wrong.push(idempotencyKey);
    const address = location ?? `https://platform.example/v1/uploads/${kept.size}`;
    save({ location: address, uploadedBytes: 100 });
    kept.set(idempotencyKey, address);
  };
  return { wrong };
}

/** How many deliveries of one case were under way together at the most. */
function mostOfOneCase({ spans }: ScriptedPlatform): number {
  const together = spans.map((one) => {
    const others = spans.filter((other) => other !== one && nameOf(other.delivery) === nameOf(one.delivery));
    return 1 + others.filter((other) => other.from < one.to && one.from < other.to).length;
  });
  return Math.max(0, ...together);
}

/** Case → its parts in the order in which they must arrive: itself, its papers, its ratings. */
async function follow(terminal: OutboxTerminal, steps: readonly Step[]): Promise<Map<string, string[]>> {
  const parts = new Map<string, string[]>();
  const ids: string[] = [];
  terminal.run();
  for (const item of steps) {
    if (item.act === 'accept') {
      const name = `A${ids.length}`;
      const materials = Array.from({ length: item.papers }, () => paper(terminal.store, visitId, 200));
      ids.push(terminal.accept(name, { name, part: 0 }, { materials }).caseId);
      parts.set(name, ['case 0', ...materials.map(({ materialId }) => materialId)]);
    } else if (item.act === 'rate' && ids.length > 0) {
      const index = item.which % ids.length;
      const name = `A${index}`;
      const part = parts.get(name)!.length;
      terminal.outbox.add({ caseId: ids[index]!, kind: 'rating', body: { name, part } });
      parts.get(name)!.push(`rating ${part}`);
    } else if (item.act === 'pass') {
      await pass(item.ms, 3);
    } else if (item.act === 'wake') {
      terminal.outbox.wake();
    } else if (item.act === 'restart') {
      await terminal.switchOff();
      terminal.switchOn();
      terminal.run();
    } else if (item.act === 'crash') {
      await terminal.crash();
      terminal.run();
    }
  }
  return parts;
}
