import { expect, test, vi } from 'vitest';
import { OverdueWatch } from '../../../main/outbox/overdue.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { type OutboxTerminal, outboxTerminalForEach } from '../../support/outbox-terminal.ts';

let terminal: OutboxTerminal;
outboxTerminalForEach((started) => {
  terminal = started;
});

const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`);

test('overdue cases are counted once a minute, and told of when there are more of them', () => {
  const log = memoryLog();
  const watch = new OverdueWatch(terminal.store, log);
  const counts: number[] = [];
  watch.count.subscribe((count) => counts.push(count));
  terminal.accept('A1', {}, { deliverBy: '2026-11-21T09:00:00.000Z' });
  terminal.accept('A2', {}, { deliverBy: '2026-11-21T09:30:00.000Z' });
  expect(terminal.outbox.stats().waiting).toBe(2);
  const look = (time: string): [number, object[]] => {
    watch.look(at(time));
    return [watch.count.value, log.entries.map(({ level, fields }) => ({ level, ...fields }))];
  };
  const one = { level: 'error', overdue: 1 };
  const two = { level: 'error', overdue: 2 };
  expect(look('08:00:00')).toEqual([0, []]);
  vi.advanceTimersByTime(59_999);
  expect(look('09:10:00')).toEqual([0, []]);
  vi.advanceTimersByTime(1);
  expect(look('09:10:00')).toEqual([1, [one]]);
  vi.advanceTimersByTime(60_000);
  expect(look('09:10:00')).toEqual([1, [one]]);
  vi.advanceTimersByTime(60_000);
  expect(look('09:40:00')).toEqual([2, [one, two]]);
  vi.advanceTimersByTime(60_000);
  expect(look('08:00:00')).toEqual([0, [one, two]]);
  expect(counts.filter((count, index) => count === counts[index - 1])).toEqual([]);
});
