import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type ControlledTerminal,
  controlledDevices,
  startControlledTerminal,
} from '../../support/controlled-terminal.ts';
import { kioskctl, kioskctlHere } from '../../support/kioskctl.ts';
import { paper } from '../../support/papers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const person = { person: { name: '林晓岚', idNumber: '230299197506180027' } };
const devices = controlledDevices();
afterAll(() => devices.stop());
let terminal: ControlledTerminal;

beforeEach(async () => {
  terminal = await startControlledTerminal(devices);
  terminal.store.visits.save('visit-1', {});
});
afterEach(() => terminal.stop());

const ask = (...parameters: string[]) =>
  kioskctlHere(['outbox', ...parameters, '--terminal', terminal.configurationFile]);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

/** One that waits and is overdue, one that is dead, both with a paper. */
function fillQueue(): void {
  for (const [caseNumber, deliverBy] of [
    ['LS03-1', inDays(-1.5)],
    ['LS03-2', inDays(2.5)],
  ] as const) {
    const caseId = `00000000-0000-4000-8000-00000000000${caseNumber.at(-1)}`;
    const materials = [paper(terminal.store, 'visit-1', 1_500_000)];
    terminal.outbox.accept({
      caseId,
      caseNumber,
      serviceId: 'S10',
      visitId: 'visit-1',
      body: person,
      deliverBy,
      materials,
    });
  }
  const { jobs } = terminal.store;
  const leased = jobs.lease('a test', Date.now(), 2).jobs.map(({ jobId }) => jobId);
  jobs.postpone(leased[0]!, 'a test', Date.now() + 600_000, false);
  jobs.reject(leased[1]!, 'a test', 'no-record', Date.now());
}

test('an empty queue says so', async () => {
  const [list, dead] = await Promise.all([ask('list'), ask('list', '--dead')]);
  const summary = await kioskctl(['outbox', '--terminal', terminal.configurationFile]); // a process, which ends by itself
  expect(summary).toEqual({ exitCode: 0, stderr: '', stdout: '0 waiting, 0 under way, 0 dead letters, 0 delivered\n' });
  expect([list.stdout, dead.stdout]).toEqual(['everything is delivered\n', 'there are no dead letters\n']);
});

test('outbox and outbox list say in words what waits, what is dead and what is overdue, and nothing of residents', async () => {
  fillQueue();
  const [summary, list, dead, json] = await Promise.all([
    ask(),
    ask('list'),
    ask('list', '--dead'),
    ask('list', '--json'),
  ]);
  expect(summary.stdout).toContain('3 waiting, 0 under way, 1 dead letter, 0 delivered');
  expect(summary.stdout).toMatch(/the next is to have arrived in 2 d 1[12] h/);
  expect(summary.stdout).toContain('1 case is OVERDUE');
  const [first, second, third] = list.stdout.split('\n');
  expect(first).toMatch(
    /^#1 +LS03-1 +S10 +case +waiting +1 try +\d+ s old +next try in 9 min +OVERDUE by 1 d 1[12] h$/,
  );
  expect(second).toMatch(/^#2 +LS03-1 +S10 +material +waiting +0 tries .*0 % of 1465 KB/);
  expect(third).toMatch(/^#3 +LS03-2 +S10 +case +DEAD +1 try .*reason: no-record +2 d 1[12] h left$/);
  expect(dead.stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(json.stdout).deliveries).toHaveLength(4);
  for (const { stdout } of [summary, list, dead, json]) expect(stdout).not.toMatch(/林|2302|visit/);
});

test('requeue takes a case or one delivery, and says when there is none', async () => {
  fillQueue();
  const [unknown, alive] = await Promise.all([ask('requeue', 'LS03-9'), ask('requeue', 'LS03-1', '--json')]);
  expect(unknown).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no case of this terminal has the number LS03-9'),
  });
  expect(JSON.parse(alive.stdout).error.code).toBe('nothing-to-requeue');
  expect(await ask('requeue', '3')).toMatchObject({ exitCode: 0, stdout: '1 delivery goes again\n' });
  expect(terminal.outbox.stats().rejected).toBe(0);
});

test('close ends a dead letter with what it holds back: content and pages go, the row stays and says why', async () => {
  fillQueue();
  const caseId = '00000000-0000-4000-8000-000000000002';
  const blobs = join(terminal.configurationFile, '..', 'data', 'blobs');
  expect(readdirSync(blobs)).toHaveLength(2);
  expect(await ask('close', 'LS03-2', '--reason', 'handed-to-counter')).toEqual({
    exitCode: 0,
    stdout: '2 deliveries are closed as handed-to-counter; the content is deleted here\n',
    stderr: '',
  });
  const [summary, dead, closed] = await Promise.all([ask(), ask('list', '--dead'), ask('list', '--closed')]);
  expect(summary.stdout).toContain('2 waiting, 0 under way, 0 dead letters, 0 delivered, 2 closed');
  expect(dead.stdout).toBe('there are no dead letters\n');
  expect(closed.stdout.trim().split('\n')).toMatchObject([
    expect.stringMatching(/^#3 +LS03-2 +S10 +case +closed +1 try +\d+ s old +reason: handed-to-counter$/),
    expect.stringMatching(/^#4 +LS03-2 +S10 +material +closed +0 tries +\d+ s old +reason: handed-to-counter$/),
  ]);
  for (const delivery of terminal.store.deliveries.open(caseId)) {
    expect(delivery).toMatchObject({ state: 'closed' });
    expect(delivery).not.toHaveProperty('body');
  }
  terminal.store.visits.remove();
  const stop = new AbortController();
  const running = terminal.outbox.run(stop.signal);
  await vi.waitFor(() => expect(readdirSync(blobs)).toHaveLength(1));
  stop.abort();
  await running;
});

test('close asks for a reason from its list, and refuses what is no dead letter', async () => {
  fillQueue();
  const why = ['--reason', 'made-anew'];
  const [unasked, sentence, unknown, waiting, heldBack] = await Promise.all([
    ask('close', 'LS03-2'),
    ask('close', 'LS03-2', '--reason', '林晓岚 came back'),
    ask('close', 'LS03-9', ...why),
    ask('close', 'LS03-1', ...why),
    ask('close', '4', ...why, '--json'),
  ]);
  for (const { exitCode } of [unasked, sentence, unknown, waiting, heldBack]) expect(exitCode).toBe(2);
  expect(unasked.stderr).toContain('--reason');
  expect(sentence.stderr).toContain('handed-to-counter, made-anew, withdrawn, test');
  expect(unknown.stderr).toContain('no case of this terminal has the number LS03-9');
  expect(waiting.stderr).toContain('LS03-1: there is no dead letter of it');
  expect(JSON.parse(heldBack.stdout).error.code).toBe('nothing-to-close');
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 3, rejected: 1, delivered: 0 });
});

test('a number that is another case’s at the platform is a dead letter, and outbox list says what to do about it', async () => {
  fillQueue();
  terminal.outbox.requeue({ jobId: 3 });
  terminal.store.jobs.lease('a test', Date.now(), 1);
  terminal.store.jobs.reject(3, 'a test', 'case-number-taken', Date.now());
  const { stdout } = await ask('list', '--dead');
  const [line, advice] = stdout.split('\n');
  expect(line).toMatch(/^#3 +LS03-2 +S10 +case +DEAD .*reason: case-number-taken/);
  expect(advice).toMatch(
    /^case-number-taken: .*sending it again cannot help.*Export it .*another terminal has the same code/,
  );
});

test('wake is passed on', async () => {
  expect(await ask('wake', '--json')).toEqual({ exitCode: 0, stderr: '', stdout: '{"woken":true}\n' });
});

test('export writes a ZIP for this user alone, with the case and its papers, and never over another file', async () => {
  fillQueue();
  const folder = temporaryFolder();
  const to = join(folder, 'case.zip');
  const exported = await ask('export', 'LS03-2', '--to', to);
  expect(exported.stdout).toContain('the case and 1 paper. It holds personal data in the clear');
  expect(statSync(to).mode & 0o777).toBe(0o600);
  const zip = readFileSync(to);
  const [material] = terminal.store.deliveries
    .open('00000000-0000-4000-8000-000000000002')
    .filter(({ blobId }) => blobId);
  expect(zip.includes(Buffer.from(terminal.store.blobs.read(material!.blobId!)))).toBe(true);
  for (const name of ['case.json', 'materials/001-household-register.jpg']) expect(zip.includes(name)).toBe(true);
  const again = await ask('export', 'LS03-2', '--to', to);
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is there already') });
  expect(readFileSync(to).equals(zip)).toBe(true);
});

test('export of a case with a damaged paper writes the rest and says so; of an unknown one it writes nothing', async () => {
  fillQueue();
  const [material] = terminal.store.deliveries
    .open('00000000-0000-4000-8000-000000000002')
    .filter(({ blobId }) => blobId);
  writeFileSync(join(terminal.configurationFile, '..', 'data', 'blobs', material!.blobId!), 'noise');
  const folder = temporaryFolder();
  const [damaged, unknown] = await Promise.all([
    ask('export', 'LS03-2', '--to', join(folder, 'a.zip')),
    ask('export', 'LS03-9', '--to', join(folder, 'b.zip')),
  ]);
  expect(damaged).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('1 paper could not be read') });
  expect(readFileSync(join(folder, 'a.zip')).includes('unreadable.txt')).toBe(true);
  expect(unknown.exitCode).toBe(2);
  expect(existsSync(join(folder, 'b.zip'))).toBe(false);
});
