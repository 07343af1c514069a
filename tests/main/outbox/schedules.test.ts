import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeliveryOutcome } from '../../../main/outbox/delivery.ts';
import { OutboxTerminal, pass, ScriptedPlatform } from '../../support/outbox-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Step =
  | { readonly act: 'accept' | 'restart' | 'wake' }
  | { readonly act: 'rate'; readonly which: number }
  | { readonly act: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ act: 'accept' }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('rate' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ act: 'restart' }, { act: 'wake' }) },
);

const mishap = fc.constantFrom<DeliveryOutcome | 'hang' | 'throw'>(
  { outcome: 'retry', cause: 'unreachable' },
  { outcome: 'retry', cause: 'platform-busy', retryAfterMs: 30_000 },
  { outcome: 'unauthorised' },
  'hang',
  'throw',
  { outcome: 'delivered', result: {} },
);

test('under any schedule of failures and restarts nothing is lost, changed, sent twice over, or out of order', async () => {
  const schedule = fc.asyncProperty(
    fc.array(step, { maxLength: 30 }),
    fc.array(mishap, { maxLength: 30 }),
    async (steps, mishaps) => {
      const platform = new ScriptedPlatform();
      platform.script.push(...mishaps);
      const terminal = new OutboxTerminal(join(temporaryFolder(), 'store.db'), platform);
      const wanted = await follow(terminal, steps);
      await pass(12 * 3_600_000, 100);
      await terminal.switchOff();

      // What arrived first under each key, in order of arrival; and under one key always the same.
      const byKey = new Map<string, string>();
      for (const { idempotencyKey, body } of platform.received) {
        const text = Buffer.from(body).toString('utf8');
        expect(byKey.get(idempotencyKey) ?? text).toBe(text);
        byKey.set(idempotencyKey, text);
      }
      const arrived = [...byKey.values()].map((text) => JSON.parse(text) as { name: string; part: number });
      for (const [name, parts] of wanted) {
        const partsOfCase = arrived.filter((item) => item.name === name).map((item) => item.part);
        expect(partsOfCase).toEqual([...Array(parts).keys()]);
      }
      expect(arrived).toHaveLength([...wanted.values()].reduce((sum, parts) => sum + parts, 0));
      expect(platform.mostUnderWay).toBeLessThanOrEqual(4);
      expect(vi.getTimerCount()).toBe(0);
    },
  );
  await fc.assert(schedule, { numRuns: 30 });
});

/** Case → how many deliveries it has: itself and its ratings. */
async function follow(terminal: OutboxTerminal, steps: readonly Step[]): Promise<Map<string, number>> {
  const parts = new Map<string, number>();
  const ids: string[] = [];
  terminal.run();
  for (const item of steps) {
    if (item.act === 'accept') {
      const name = `A${ids.length}`;
      ids.push(terminal.accept(name, { name, part: 0 }).caseId);
      parts.set(name, 1);
    } else if (item.act === 'rate' && ids.length > 0) {
      const index = item.which % ids.length;
      const name = `A${index}`;
      const part = parts.get(name)!;
      terminal.outbox.add({ caseId: ids[index]!, kind: 'rating', body: { name, part } });
      parts.set(name, part + 1);
    } else if (item.act === 'pass') {
      await pass(item.ms, 3);
    } else if (item.act === 'wake') {
      terminal.outbox.wake();
    } else if (item.act === 'restart') {
      await terminal.switchOff();
      terminal.switchOn();
      terminal.run();
    }
  }
  return parts;
}
