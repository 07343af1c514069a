import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Delivery } from '../../../main/outbox/delivery.ts';
import type { NewCase } from '../../../main/outbox/outbox.ts';
import { endsAtFirstFailure, isLong } from '../../support/long-form.ts';
import { nameOf, newTerminal, partOf } from '../../support/named-deliveries.ts';
import { type OutboxTerminal, pass, ScriptedPlatform, type Step, visitId } from '../../support/outbox-terminal.ts';
import { paper } from '../../support/papers.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const HOUR_MS = 3_600_000;
/** The part that is the case itself. */
const CASE = 'case 0';

type Act =
  | { readonly act: 'restart' | 'crash' | 'wake' }
  | { readonly act: 'accept'; readonly papers: number }
  /** `damage`: the `which`th delivery that waits; the others: the `which`th case. */
  | { readonly act: 'rate' | 'accept-again' | 'leave' | 'requeue' | 'damage'; readonly which: number }
  | { readonly act: 'pass'; readonly ms: number }
  | { readonly act: 'set-clock'; readonly byHours: number };

const which = fc.nat(20);
const YEAR_HOURS = 365 * 24;
const byHours = fc.integer({ min: -YEAR_HOURS, max: YEAR_HOURS });
const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constant('accept' as const), papers: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('rate' as const), which }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  { weight: 4, arbitrary: fc.constantFrom<Act>({ act: 'restart' }, { act: 'crash' }, { act: 'wake' }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constantFrom('accept-again', 'leave', 'requeue'), which }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('damage' as const), which }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('set-clock' as const), byHours }) },
);

/** The platform has had each delivery whole when one of these befalls its answer, but for a refusal, which has no effect. */
const mishap = fc.constantFrom<Step>(
  { outcome: 'retry', cause: 'unreachable' },
  { outcome: 'retry', cause: 'platform-busy', retryAfterMs: 30_000 },
  { outcome: 'unauthorised' },
  'hang',
  'throw',
  { outcome: 'delivered', result: {} },
  { outcome: 'rejected', reason: 'bad-request' },
  { outcome: 'rejected', reason: 'no-record' },
);

/** So few schedules may by chance hold neither. */
const REFUSED: [Act[], Step[]] = [
  [
    { act: 'accept', papers: 1 },
    { act: 'pass', ms: 1_000 },
  ],
  [{ outcome: 'rejected', reason: 'bad-request' }],
];
const DAMAGED: [Act[], Step[]] = [
  [
    { act: 'accept', papers: 1 },
    { act: 'damage', which: 0 },
  ],
  [],
];

test('under any schedule of failures, refusals, damage, crashes and set clocks nothing is lost, changed, doubled or out of order', async () => {
  const met = { refused: 0, damaged: 0 };
  const schedule = fc.asyncProperty(
    fc.array(anAct, { maxLength: 30 }),
    fc.array(mishap, { maxLength: 30 }),
    async (acts, mishaps) => {
      const platform = new ScriptedPlatform();
      platform.script.push(...mishaps);
      const terminal = newTerminal(platform);
      const places = keepPlaces(platform);
      const refusals = refuseHonestly(platform, places.refuse);
      const day = await follow(terminal, acts);
      refusals.end();
      await pass(HOUR_MS, 20); // what was being refused has been
      for (const { caseId } of day.cases) terminal.outbox.requeue({ caseId });
      const isQuiet = (): boolean => {
        const { waiting, sending } = terminal.outbox.stats();
        return sending === 0 && waiting === leftOver(day).waiting;
      };
      for (let hours = 0; hours < 11 && (isLong || !isQuiet()); hours += 1) await pass(HOUR_MS, 8);
      await pass(HOUR_MS, 8); // in which nothing goes once more
      const stats = terminal.outbox.stats();
      await terminal.switchOff();

      const arrived = arrivals(platform.received.filter((delivery) => !refusals.refused.has(delivery)));
      for (const [name, parts] of day.parts) {
        expectAllOf(parts, arrived.get(name) ?? [], day.damaged.get(name), refusals.partsOf(name));
      }
      expect(stats).toMatchObject({ sending: 0, ...leftOver(day) });
      expect(places.wrong).toEqual([]);
      expect(platform.mostUnderWay).toBeLessThanOrEqual(4);
      expect(mostOfOneCase(platform)).toBeLessThanOrEqual(1);
      expect(vi.getTimerCount()).toBe(0);
      met.refused += refusals.refused.size;
      met.damaged += day.damaged.size;
    },
  );
  await fc.assert(schedule, { ...endsAtFirstFailure, numRuns: isLong ? 100 : 25, examples: [REFUSED, DAMAGED] });
  expect(Math.min(met.refused, met.damaged)).toBeGreaterThan(0); // or it has shown nothing of them
});

test('a case that is stuck at any of its deliveries blocks itself, and no other', async () => {
  const schedule = fc.asyncProperty(
    fc.array(fc.nat(3), { minLength: 2, maxLength: 8 }),
    fc.nat(7),
    fc.nat(4),
    async (papersOfCases, which, from) => {
      const platform = new ScriptedPlatform();
      const terminal = newTerminal(platform);
      const { parts: wanted } = await follow(
        terminal,
        papersOfCases.flatMap((papers, index): Act[] => [
          { act: 'accept', papers },
          { act: 'rate', which: index },
        ]),
      );
      const name = `A${which % papersOfCases.length}`;
      const held = wanted.get(name)!.slice(from);
      platform.stuck = (delivery) => nameOf(delivery) === name && held.includes(partOf(delivery));
      await pass(HOUR_MS, 150); // a step that outlasts a lease would outrun the answers
      const arrived = arrivals(platform.received.filter((delivery) => platform.stuck?.(delivery) !== true));
      for (const [other, parts] of wanted) {
        expect(arrived.get(other) ?? []).toEqual(other === name ? parts.slice(0, from) : parts);
      }
      const tried = new Set(platform.received.filter((delivery) => nameOf(delivery) === name).map(partOf));
      expect(tried.size).toBeLessThanOrEqual(from + 1); // nothing behind what is stuck has been sent
      platform.stuck = undefined;
      await pass(HOUR_MS, 150);
      await terminal.switchOff();
      expect(arrivals(platform.received)).toEqual(wanted);
    },
  );
  await fc.assert(schedule, { ...endsAtFirstFailure, numRuns: 10 });
});

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

/**
 * Every upload gets an address and some bytes across; each must be given back what was kept for it last. One that was refused goes from
 * its start when it is sent again, unless the terminal was switched off before it heard of that: then it goes on where it was.
 */
function keepPlaces(platform: ScriptedPlatform) {
  const kept = new Map<string, string>();
  /** Of those whose refusal is on its way: where they were. */
  const refusedAt = new Map<string, string>();
  const wrong: string[] = [];
  platform.onUpload = ({ idempotencyKey, location, save }) => {
    if (kept.get(idempotencyKey) !== location) wrong.push(idempotencyKey);
    const address = location ?? `https://platform.example/v1/uploads/${platform.received.length}`;
    save({ location: address, uploadedBytes: 100 });
    kept.set(idempotencyKey, address);
    refusedAt.delete(idempotencyKey);
  };
  platform.onUnheard = ({ idempotencyKey: key }) => {
    const address = refusedAt.get(key);
    if (address !== undefined) kept.set(key, address);
  };
  const refuse = (key: string): void => {
    const address = kept.get(key);
    if (address !== undefined) refusedAt.set(key, address);
    kept.delete(key);
  };
  return { wrong, refuse };
}

/** How many deliveries of one case were under way together at the most. */
function mostOfOneCase({ spans }: ScriptedPlatform): number {
  const together = spans.map((one) => {
    const others = spans.filter((other) => other !== one && nameOf(other.delivery) === nameOf(one.delivery));
    return 1 + others.filter((other) => other.from < one.to && one.from < other.to).length;
  });
  return Math.max(0, ...together);
}

/**
 * A platform that refuses as the script says, with no effect: a message that it has done is done, and one that it has refused is
 * refused as long as it comes under that key.
 */
function refuseHonestly(platform: ScriptedPlatform, refuseUpload: (key: string) => void) {
  const [refused, done, keys] = [new Set<Delivery>(), new Set<string>(), new Set<string>()];
  let isOver = false;
  platform.decide = (delivery, step) => {
    const { idempotencyKey: key, kind } = delivery;
    const saysNo = typeof step === 'object' && step.outcome === 'rejected';
    if (!keys.has(key) && (!saysNo || isOver || done.has(key))) {
      done.add(key);
      return saysNo ? { outcome: 'delivered', result: {} } : step;
    }
    refused.add(delivery);
    if (kind !== 'material') keys.add(key);
    refuseUpload(key);
    return { outcome: 'rejected', reason: 'bad-request' };
  };
  return {
    refused,
    partsOf: (name: string) => new Set([...refused].filter((delivery) => nameOf(delivery) === name).map(partOf)),
    end: () => {
      isOver = true;
    },
  };
}

/** Of a case: what arrived is all of it, once, the case first, and in its order but for what was refused in between. */
function expectAllOf(
  parts: readonly string[],
  arrived: readonly string[],
  damaged: ReadonlySet<string> = new Set(),
  refused: ReadonlySet<string>,
): void {
  const isHeld = damaged.has(CASE);
  // It may have been at the platform before it was damaged here.
  const wanted = parts.filter((part) => arrived.includes(part) || !(isHeld || damaged.has(part)));
  expect([...arrived].sort()).toEqual([...wanted].sort());
  const inOrder = (all: readonly string[]) => all.filter((part) => part === CASE || !refused.has(part));
  expect(inOrder(arrived)).toEqual(inOrder(wanted));
}

/** What is damaged stays, as a dead letter; and behind a damaged case, waiting, all that follows it. */
function leftOver({ parts, damaged }: Day): { waiting: number; rejected: number } {
  const left = { waiting: 0, rejected: 0 };
  for (const [name, of] of damaged) {
    left.rejected += of.has(CASE) ? 1 : of.size;
    left.waiting += of.has(CASE) ? parts.get(name)!.length - 1 : 0;
  }
  return left;
}

/** What residents, technicians and the world have done. */
interface Day {
  readonly cases: NewCase[];
  /** Case → its parts in the order in which they must arrive: itself, its papers, its ratings. */
  readonly parts: Map<string, string[]>;
  /** Case → those whose row does not open any more. */
  readonly damaged: Map<string, Set<string>>;
}

async function follow(terminal: OutboxTerminal, acts: readonly Act[]): Promise<Day> {
  const day: Day = { cases: [], parts: new Map(), damaged: new Map() };
  terminal.run();
  for (const item of acts) {
    if (item.act === 'pass') await pass(item.ms, 3);
    else if (item.act === 'restart' || item.act === 'crash' || item.act === 'damage') {
      if (item.act === 'crash') await terminal.crash();
      else await terminal.switchOff();
      if (item.act === 'damage') damageOne(terminal.file, item.which, day);
      if (item.act !== 'crash') terminal.switchOn();
      terminal.run();
    } else take(terminal, item, day);
  }
  return day;
}

/** What is done in a moment: nothing is delivered meanwhile. */
function take(terminal: OutboxTerminal, item: Act, day: Day): void {
  const { outbox } = terminal;
  const chosen = 'which' in item ? day.cases[item.which % day.cases.length] : undefined;
  if (item.act === 'accept') acceptNext(terminal, item.papers, day);
  if (item.act === 'set-clock') vi.setSystemTime(Date.now() + item.byHours * HOUR_MS);
  if (item.act === 'wake') outbox.wake();
  if (item.act === 'rate' && chosen) {
    const parts = day.parts.get(chosen.caseNumber)!;
    const body = { name: chosen.caseNumber, part: parts.length };
    outbox.add({ caseId: chosen.caseId, kind: 'rating', body });
    parts.push(`rating ${body.part}`);
  }
  if (item.act === 'accept-again' && chosen) outbox.accept(chosen);
  if (item.act === 'leave' && chosen) outbox.removeDelivered(chosen.caseId);
  if (item.act === 'requeue' && chosen) outbox.requeue({ caseId: chosen.caseId });
}

function acceptNext(terminal: OutboxTerminal, papers: number, { cases, parts }: Day): void {
  const name = `A${cases.length}`;
  const materials = Array.from({ length: papers }, () => paper(terminal.store, visitId, 200));
  cases.push(terminal.accept(name, { name, part: 0 }, { materials }));
  parts.set(name, [CASE, ...materials.map(({ materialId }) => materialId)]);
}

const waitingRow = z.object({ jobId: z.int(), name: z.string(), place: z.int() });

/** Of the deliveries that wait the `which`th is one that does not open. */
function damageOne(file: string, index: number, { parts, damaged }: Day): void {
  const raw = new Database(file);
  const rows = raw
    .prepare(
      `SELECT job_id AS jobId, case_number AS name,
         (SELECT count(*) FROM jobs AS earlier WHERE earlier.case_id = job.case_id AND earlier.job_id < job.job_id) AS place
       FROM jobs AS job JOIN cases USING (case_id) WHERE state = 'waiting' ORDER BY job_id`,
    )
    .all();
  const row = waitingRow.optional().parse(rows[index % rows.length]);
  if (row) {
    raw.prepare(`UPDATE jobs SET sealed_body = x'01' WHERE job_id = ?`).run(row.jobId);
    damaged.set(row.name, (damaged.get(row.name) ?? new Set()).add(parts.get(row.name)![row.place]!));
  }
  raw.close();
}
