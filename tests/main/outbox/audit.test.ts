import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type AuditEntry, readEntry } from '../../../main/audit/entry.ts';
import { type OutboxTerminal, outboxTerminalForEach, pass } from '../../support/outbox-terminal.ts';

let terminal: OutboxTerminal;
outboxTerminalForEach((started) => {
  terminal = started;
});

const recorded = (): (AuditEntry | undefined)[] =>
  terminal.store.audit.page(0, 100).map(({ entry }) => readEntry(entry));

async function withDatabase(work: (database: Database.Database) => void): Promise<void> {
  await terminal.switchOff();
  const database = new Database(terminal.file);
  work(database);
  database.close();
  terminal.switchOn();
}

test('acceptance and every delivery are on record, with ids and counts and nothing of the person', async () => {
  const body = { person: { name: '林晓岚', idNumber: '11010519491231002X' } };
  const { caseId } = terminal.accept('A1', body);
  terminal.outbox.add({ caseId, kind: 'rating', body: { stars: 5 } });
  terminal.platform.script.push({ outcome: 'retry', cause: 'unreachable' });
  terminal.run();
  await pass(60_000, 10);
  const subject = { caseId };
  expect(recorded()).toMatchObject([
    { at: '2026-11-21T08:00:00.000Z', kind: 'case-accepted', subject, detail: { caseNumber: 'A1', serviceId: 'S10' } },
    { kind: 'delivered', subject, detail: { part: 'case', attempts: 2 } },
    { kind: 'delivered', subject, detail: { part: 'rating', attempts: 1 } },
  ]);
  expect(JSON.stringify(recorded())).not.toMatch(/林晓岚|11010519491231002X/);
});

test('a case that is accepted again after a crash is on record once', () => {
  const item = terminal.accept('A1');
  terminal.outbox.accept(item);
  expect(() => terminal.outbox.accept({ ...item, body: { another: true } })).toThrow('another content');
  expect(recorded()).toHaveLength(1);
});

const refusal = (event: string): string => `CREATE TRIGGER refusal ${event} BEGIN SELECT RAISE(ABORT, 'no'); END`;

test.each(['BEFORE INSERT ON audit', 'AFTER INSERT ON jobs'])(
  'a case is never sent without its entry, nor on record without its delivery: %s refused',
  async (event) => {
    const { promise: damaged, resolve } = Promise.withResolvers<void>();
    terminal.onDamage = resolve;
    await withDatabase((database) => database.exec(refusal(event)));
    terminal.accept('A1');
    const corrupt = expect.objectContaining({ code: 'corrupt' });
    expect(() => terminal.outbox.stats()).toThrow(corrupt);
    await damaged;
    terminal.run();
    await pass(60_000, 3);
    expect(terminal.platform.received).toEqual([]);
    await terminal.stop();
    expect(() => terminal.store.close()).toThrow(corrupt);
    const database = new Database(terminal.file);
    const counts = database.prepare('SELECT count(*) FROM audit UNION ALL SELECT count(*) FROM jobs').pluck().all();
    expect(counts).toEqual([0, 0]);
    database.exec('DROP TRIGGER refusal');
    database.close();
    terminal.switchOn();
    expect(recorded()).toMatchObject([{ kind: 'case-accepted', detail: { caseNumber: 'A1' } }]);
    expect(terminal.outbox.stats()).toMatchObject({ waiting: 1 });
  },
);

test('of dead letters that are made together and cannot all be recorded, nobody is told', async () => {
  const ids = ['A1', 'A2'].map((name) => terminal.accept(name).caseId);
  await withDatabase((database) => {
    database.exec("UPDATE jobs SET sealed_body = x'00'");
    database.exec(`CREATE TRIGGER refusal BEFORE INSERT ON audit
      WHEN EXISTS (SELECT 1 FROM audit WHERE entry LIKE '%dead-letter-made%') BEGIN SELECT RAISE(ABORT, 'no'); END`);
  });
  terminal.run();
  await pass(10);
  expect(terminal.outbox.alarm.value).toBe('storage-failing');
  expect(ids.map((caseId) => terminal.outbox.status(caseId)?.state)).toEqual(['waiting', 'waiting']);
  expect(terminal.outbox.setAside.value).toBe(0);
});

test('a dead letter is on record with its reason, refused or unreadable', async () => {
  const { caseId: refused } = terminal.accept('A1');
  const { caseId: unreadable } = terminal.accept('A2');
  await withDatabase((database) =>
    database.prepare("UPDATE jobs SET sealed_body = x'00' WHERE case_id = ?").run(unreadable),
  );
  terminal.platform.script.push({ outcome: 'rejected', reason: 'no-record' });
  terminal.run();
  await pass(10);
  expect(recorded().slice(2)).toMatchObject([
    { kind: 'dead-letter-made', subject: { caseId: unreadable }, detail: { reason: 'unreadable' } },
    {
      kind: 'dead-letter-made',
      subject: { caseId: refused },
      detail: { reason: 'no-record', part: 'case', attempts: 1 },
    },
  ]);
});
