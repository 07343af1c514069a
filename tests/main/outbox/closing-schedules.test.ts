import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Deliver, DeliveryOutcome } from '../../../main/outbox/delivery.ts';
import { endsAtFirstFailure, isLong } from '../../support/long-form.ts';
import { nameOf, newTerminal, partOf } from '../../support/named-deliveries.ts';
import { type OutboxTerminal, pass, ScriptedPlatform, visitId } from '../../support/outbox-terminal.ts';
import { paper } from '../../support/papers.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const HOUR_MS = 3_600_000;

type Step =
  | { readonly act: 'restart' | 'crash' | 'wake' }
  | { readonly act: 'accept'; readonly papers: number }
  | { readonly act: 'rate' | 'requeue' | 'close'; readonly which: number }
  | { readonly act: 'clock'; readonly days: number }
  | { readonly act: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant('accept' as const), papers: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('rate' as const), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ act: 'restart' }, { act: 'crash' }, { act: 'wake' }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant('clock' as const), days: fc.integer({ min: -900, max: 900 }) }),
  },
);
const deskStep = fc.record({ act: fc.constantFrom('requeue' as const, 'close' as const), which: fc.nat(20) });

/** The platform has had each delivery whole when one of these befalls its answer. */
const mishap = fc.constantFrom<DeliveryOutcome | 'hang' | 'throw'>(
  { outcome: 'retry', cause: 'unreachable' },
  { outcome: 'retry', cause: 'platform-busy', retryAfterMs: 30_000 },
  { outcome: 'unauthorised' },
  'hang',
  'throw',
  { outcome: 'delivered', result: {} },
);

test('what is refused arrives once when it is sent again, and never when it is closed; nothing else is touched by either', async () => {
  const refusal: DeliveryOutcome = { outcome: 'rejected', reason: 'no-record' };
  const schedule = fc.asyncProperty(
    fc.array(fc.oneof({ weight: 2, arbitrary: step }, deskStep), { minLength: 20, maxLength: 30, size: 'max' }),
    fc.array(fc.oneof(mishap, { weight: 2, arbitrary: fc.constant(refusal) }), {
      minLength: 10,
      maxLength: 30,
      size: 'max',
    }),
    async (steps, mishaps) => {
      const platform = new ScriptedPlatform();
      platform.script.push(...mishaps);
      const effects = rememberAnswers(platform);
      const terminal = newTerminal(platform);
      const closed = new Map<string, number>();
      const wanted = await follow(terminal, steps, closed);
      platform.script.length = 0;
      await pass(1.25 * HOUR_MS, 300); // a step of more than a minute would outrun the answers
      for (const { jobId } of deadOf(terminal)) terminal.outbox.requeue({ jobId });
      await pass(HOUR_MS / 60, 40);
      const stats = terminal.outbox.stats();
      const left = [...wanted.keys()].flatMap((name) => {
        const { caseId = '' } = terminal.store.deliveries.findByNumber(name) ?? {};
        terminal.outbox.removeDelivered(caseId);
        return terminal.store.deliveries.open(caseId).filter(({ body, blobId }) => body ?? blobId);
      });
      await terminal.switchOff();

      const done = [...wanted.values()].flat().length;
      expect([stats, left]).toMatchObject([{ waiting: 0, sending: 0, rejected: 0, delivered: done }, []]);
      for (const [name, parts] of wanted) {
        const arrived = effects.filter((effect) => effect.startsWith(`${name}: `));
        const sent = parts.map((part) => `${name}: ${part}`).filter((part) => !closed.has(part));
        expect([...arrived].sort()).toEqual([...sent].sort());
        expect(arrived[0]).toBe(sent[0]);
      }
      for (const [part, after] of closed) {
        const later = platform.received.slice(after);
        expect(later.map((delivery) => `${nameOf(delivery)}: ${partOf(delivery)}`)).not.toContain(part);
      }
      expect(vi.getTimerCount()).toBe(0);
    },
  );
  await fc.assert(schedule, { ...endsAtFirstFailure, numRuns: isLong ? 50 : 12 });
});

const deadOf = ({ store }: OutboxTerminal) => store.deliveries.list({ which: 'dead', limit: 1_000 });

/**
 * Under one key the platform gives one answer for good, but that what was refused of a paper is looked at again. What took
 * effect, in its order.
 */
function rememberAnswers(platform: ScriptedPlatform): string[] {
  const answers = new Map<string, DeliveryOutcome>();
  const effects: string[] = [];
  const scripted = platform.deliver;
  const deliver: Deliver = async (delivery, signal) => {
    const outcome = await scripted(delivery, signal);
    const before = answers.get(delivery.idempotencyKey);
    if (outcome.outcome !== 'delivered' && outcome.outcome !== 'rejected') return outcome;
    if (before && !(before.outcome === 'rejected' && delivery.kind === 'material')) return before;
    answers.set(delivery.idempotencyKey, outcome);
    if (outcome.outcome === 'delivered') effects.push(`${nameOf(delivery)}: ${partOf(delivery)}`);
    return outcome;
  };
  Object.assign(platform, { deliver });
  return effects;
}

/**
 * Case → its parts in the order in which they must arrive: itself, its papers, its ratings. `closed` gets parts, as in
 * `A1: case 0`, with how many deliveries the platform had seen when they were closed.
 */
async function follow(
  terminal: OutboxTerminal,
  steps: readonly Step[],
  closed = new Map<string, number>(),
): Promise<Map<string, string[]>> {
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
      if (!closed.has(`${name}: case 0`)) parts.get(name)!.push(`rating ${part}`);
    } else if (item.act === 'requeue' && ids.length > 0) {
      terminal.outbox.requeue({ caseId: ids[item.which % ids.length]! });
    } else if (item.act === 'close' && ids.length > 0) {
      const index = item.which % ids.length;
      const [caseId, name] = [ids[index]!, `A${index}`];
      terminal.outbox.close({ caseId }, 'test');
      const states = terminal.store.deliveries.open(caseId).map(({ state }) => state);
      if (states[0] === 'closed') expect(new Set(states).size).toBe(1); // nothing can follow
      for (const [place, state] of states.entries()) {
        const part = `${name}: ${parts.get(name)![place]}`;
        if (state === 'closed' && !closed.has(part)) closed.set(part, terminal.platform.received.length);
      }
    } else if (item.act === 'clock') {
      vi.setSystemTime(Date.now() + item.days * 24 * HOUR_MS);
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
