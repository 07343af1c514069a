import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { pcscTerminals } from '../../../drivers/transport/pcsc.ts';
import { patienceOfEachTest } from '../../support/patience.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patience = patienceOfEachTest();
const started: ChildProcess[] = [];

/** A process in the host's place that answers as the expression says, for each message `m`. */
function host(answer: string): () => ChildProcess {
  return () => {
    const program = join(temporaryFolder(), 'host.cjs');
    const script = `process.on('message', (m) => { ${answer} }); process.once('disconnect', () => process.exit());`;
    writeFileSync(program, `const send = (message) => process.send(message); ${script}`);
    const child = fork(program, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    started.push(child);
    return child;
  };
}

const gone = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (gone(child)) continue;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }
});

const obliging = `
  const values = { open: undefined, list: [{ name: 'A', card: 'present' }], connect: 7, disconnect: undefined };
  send({ id: m.id, value: m.ask === 'transmit' ? Uint8Array.of(...m.command, 0x90, 0) : values[m.ask] });
  if (m.ask === 'list') send({ event: 'change', terminals: [] });
`;

test('what is asked is carried to the process that speaks to PC/SC, and back', async () => {
  const service = await pcscTerminals(host(obliging)).open(patience());
  const changed = new Promise((resolve) => service.onChange(resolve));
  expect(await service.list(patience())).toEqual([{ name: 'A', card: 'present' }]);
  expect(await changed).toEqual([]);
  const card = await service.connect('A', patience());
  expect(await card.transmit(Uint8Array.of(1, 2), patience())).toEqual(Uint8Array.of(1, 2, 0x90, 0));
  await card.disconnect();
  await service.close();
  expect(service.lost.aborted).toBe(true);
});

test('the answer to a command that was given up on is not that to the next', async () => {
  const late = `
    const answer = () => send({ id: m.id, value: m.ask === 'transmit' ? m.command : 7 });
    if (m.ask === 'transmit' && m.command[0] === 1) setTimeout(answer, 300);
    else answer();`;
  const service = await pcscTerminals(host(late)).open(patience());
  const card = await service.connect('A', patience());
  const leaving = new AbortController();
  const first = card.transmit(Uint8Array.of(1), leaving.signal);
  leaving.abort(new Error('gave up'));
  await expect(first).rejects.toThrow('gave up');
  expect(await card.transmit(Uint8Array.of(2), patience())).toEqual(Uint8Array.of(2));
  await service.close();
});

test('a card that is powered after its caller has left is let go', async () => {
  const slow = `
    if (m.ask === 'connect') setTimeout(() => send({ id: m.id, value: 7 }), 100);
    else send({ id: m.id, value: undefined });
    if (m.ask === 'disconnect') send({ event: 'change', terminals: [{ name: String(m.connection), card: 'absent' }] });`;
  const service = await pcscTerminals(host(slow)).open(patience());
  const changed = new Promise((resolve) => service.onChange(resolve));
  const leaving = new AbortController();
  const connecting = service.connect('A', leaving.signal);
  leaving.abort(new Error('gave up'));
  await expect(connecting).rejects.toThrow('gave up');
  expect(await changed).toEqual([{ name: '7', card: 'absent' }]);
  await service.close();
});

test('a refusal keeps its code, and the process is asked again', async () => {
  const refusal = `send({ id: m.id, failure: { code: 'no-media', message: 'none' } })`;
  const terminals = pcscTerminals(host(refusal));
  await expect(terminals.open(patience())).rejects.toMatchObject({ code: 'no-media', message: 'none' });
  await expect(terminals.open(patience())).rejects.toMatchObject({ code: 'no-media' });
  expect(started).toHaveLength(1);
});

test('a process that dies takes its service along and nothing else, and another is started', async () => {
  const dies = `if (m.ask === 'list') process.abort(); send({ id: m.id, value: undefined });`;
  const terminals = pcscTerminals(host(dies));
  const service = await terminals.open(patience());
  await expect(service.list(patience())).rejects.toMatchObject({ code: 'not-connected' });
  expect(service.lost.reason).toMatchObject({ code: 'not-connected' });
  await service.close();
  await (await terminals.open(patience())).close();
  expect(started).toHaveLength(2);
});

test('a process that is held up does not hold up its caller, and is ended', async () => {
  const hangs = `if (m.ask === 'list') for (;;); send({ id: m.id, value: undefined });`;
  const service = await pcscTerminals(host(hangs)).open(patience());
  const leaving = AbortSignal.timeout(200);
  await expect(service.list(leaving)).rejects.toMatchObject({ name: 'TimeoutError' });
  const [child] = started;
  const exited = new Promise((resolve) => child?.once('exit', resolve));
  await service.close();
  await exited;
});

test('a caller who leaves while a process starts leaves none behind', async () => {
  const leaving = new AbortController();
  const opening = pcscTerminals(host('void 0')).open(leaving.signal);
  leaving.abort(new Error('gave up'));
  await expect(opening).rejects.toThrow('gave up');
  const [child] = started;
  if (child && !gone(child)) await new Promise((resolve) => child.once('exit', resolve));
});

test('the real host says what it lacks where something is missing, and lists its readers otherwise', async () => {
  const outcome = await pcscTerminals()
    .open(patience())
    .then(
      async (service) => {
        const list = await service.list(patience());
        await service.close();
        return list;
      },
      (error: unknown) => error,
    );
  if (outcome instanceof Error) {
    expect(outcome).toMatchObject({ code: 'not-connected', message: expect.stringMatching(/install|does not run/) });
  } else expect(outcome).toBeInstanceOf(Array);
});
