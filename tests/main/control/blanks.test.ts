import { connect } from 'node:net';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { boundsOfDay, dayOf } from '../../../main/control/local-day.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { claimPaper } from '../../support/claim-paper.ts';
import {
  type ControlledTerminal,
  controlledDevices,
  startControlledTerminal,
} from '../../support/controlled-terminal.ts';
import { kioskctl, kioskctlHere } from '../../support/kioskctl.ts';

const devices = controlledDevices(['licences', 'licence-printer']);
afterAll(() => devices.stop());
let terminal: ControlledTerminal;
beforeEach(async () => {
  terminal = await startControlledTerminal(devices);
});
afterEach(() => terminal.stop());

const ask = (...parameters: string[]) => kioskctlHere([...parameters, '--terminal', terminal.configurationFile]);
const blanks = (...parameters: string[]) => ask('blanks', ...parameters);
const pack = ['--printer', 'licences', '--tray', 'tray-2', '--from', 'A001', '--to', 'A010'];
const load = (...more: string[]) => blanks('load', 'food-licence', ...pack, ...more);
const refusal = async (answer: ReturnType<typeof ask>) => JSON.parse((await answer).stdout).error.code;

function print(jobId: string, outcome: PrintOutcome, sheetUsed?: boolean): void {
  const { store } = terminal;
  store.spool.accept({ jobId, document: 'certificate', series: 'food-licence' });
  store.spool.rendering(jobId);
  store.spool.sending(jobId, 'licences', store.blanks.usable('food-licence')?.cassetteId);
  store.spool.finish(jobId, outcome, sheetUsed);
}
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'the line was lost' };

test('loading says what it is about to do, and does it only when somebody has said yes', async () => {
  expect(await load()).toMatchObject({
    exitCode: 2,
    stderr: 'kioskctl: 10 blanks of food-licence, A001 to A010, lie in tray-2 of licences; say so with --yes\n',
  });
  expect((await blanks('list')).stdout).toBe('no blanks are loaded\n');
  const loaded = await load('--yes');
  expect(loaded.stdout).toMatch(/^loaded: #1 +food-licence +licences\/tray-2 +A001 to A010 +10 left +next A001\n$/);
  const { cassettes } = JSON.parse((await blanks('list', '--json')).stdout);
  expect(cassettes).toMatchObject([{ cassetteId: 1, series: 'food-licence', next: 'A001', left: 10, state: 'loaded' }]);
});

test('a loading that cannot be is refused before anybody is asked', async () => {
  await load('--yes');
  const [again, elsewhere, noPrinter, reader] = await Promise.all([
    refusal(load('--yes', '--json')),
    refusal(blanks('load', 'food-licence', ...pack, '--tray', 'tray-3', '--json')),
    refusal(blanks('load', 'food-licence', ...pack, '--printer', 'nowhere', '--json')),
    ask('blanks', 'load', 'food-licence', ...pack, '--printer', 'reader'),
  ]);
  expect([again, elsewhere, noPrinter]).toEqual(['overlap', 'overlap', 'no-such-printer']);
  expect(reader.stderr).toContain('there is no licence printer "reader"; there is licences');
});

test('a wrong loading is taken back, and the right one takes its numbers', async () => {
  await blanks('load', 'drain-permit', ...pack, '--yes');
  expect((await blanks('unload', '1')).stdout).toBe('cassette 1 is out; 10 blanks returned\n');
  expect(await load('--yes')).toMatchObject({ exitCode: 0 });
  expect(await blanks('unload', '1')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no longer in') });
});

test('a number of which nobody knows stops its tray, is listed, and is settled by whoever has looked', async () => {
  await load('--yes');
  print('case-1:0:1', lost);
  const [list, spool] = await Promise.all([blanks('list'), ask('spool', 'list', '--unknown')]);
  expect(list.stdout).toContain('UNCERTAIN: what became of A001? settle it');
  expect(spool.stdout).toMatch(
    /case-1:0:1 +certificate +UNKNOWN +licences +blank A001 +outcome-unknown: the line was lost/,
  );
  const wrongWay = await ask('spool', 'settle', 'case-1:0:1', '--as', 'printed');
  expect(wrongWay).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it is on blank A001') });
  expect(await refusal(blanks('void', 'A002', '--reason', 'missing', '--json'))).toBe('uncertain');
  const settled = await blanks('settle', 'A001', '--as', 'printed', '--reason', 'seen');
  expect(settled.stdout).toBe('A001 is settled: printed\n');
  const [history, jobs] = await Promise.all([blanks('history', 'A001'), ask('spool', 'list', '--json')]);
  expect(history.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/ loaded +food-licence +cassette 1$/),
    expect.stringMatching(/ reserved +food-licence +cassette 1 +job case-1:0:1$/),
    expect.stringMatching(/ uncertain +food-licence +cassette 1 +job case-1:0:1$/),
    expect.stringMatching(/ printed +food-licence +cassette 1 +seen +job case-1:0:1$/),
  ]);
  expect(JSON.parse(jobs.stdout).jobs).toMatchObject([
    { jobId: 'case-1:0:1', state: 'presented', blankNumber: 'A001' },
  ]);
});

test('a paper without a number is settled by itself', async () => {
  claimPaper(terminal.store, 'case-2:0:1');
  terminal.store.spool.finish('case-2:0:1', lost);
  const words = ['spool', 'settle', 'case-2:0:1', '--as', 'not-printed', '--json'];
  const settled = await kioskctl([...words, '--terminal', terminal.configurationFile]); // a process, which ends by itself
  expect(JSON.parse(settled.stdout)).toMatchObject({ state: 'failed', code: 'outcome-unknown' });
  const again = await ask('spool', 'settle', 'case-2:0:1', '--as', 'printed', '--json');
  expect(JSON.parse(again.stdout).error.code).toBe('not-uncertain');
});

test('correct and void say what they have made of the pack, and the day adds up', async () => {
  await load('--yes');
  print('case-1:0:1', { outcome: 'printed' });
  print('case-2:0:1', { outcome: 'not-printed', code: 'media-jammed', detail: 'jam' });
  const corrected = await blanks('correct', '1', '--next', 'A005', '--reason', 'taken-out');
  expect(corrected.stdout).toContain('6 left  next A005');
  const undone = await blanks('correct', '1', '--next', 'A004', '--reason', 'mistake');
  expect(undone.stdout).toContain('7 left  next A004');
  expect((await blanks('void', 'A009', '--reason', 'damaged')).stdout).toMatch(/^A009 is void; .*6 left/);
  print('case-3:0:1', lost);
  const today = dayOf(new Date(), 'Asia/Shanghai');
  const [balance, later, json] = await Promise.all([
    blanks('balance'),
    blanks('balance', '--day', '2020-01-01'),
    blanks('balance', '--json', '--day', today),
  ]);
  expect(balance).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: [
      today,
      'food-licence: opening 0 + loaded 10 + found 1 - printed 1 - spoiled 1 - void 3 - returned 0 = closing 6',
      '  of these uncertain: A004',
      '',
    ].join('\n'),
  });
  expect(later.stdout).toBe('2020-01-01: no blanks were ever loaded\n');
  expect(JSON.parse(json.stdout).balances).toMatchObject([{ closing: 6, counted: 6 }]);
});

test.each([
  ['a reason of its own', ['void', 'A001', '--reason', '林晓岚 tore it'], /Allowed choices are seen, missing/],
  ['no reason', ['void', 'A001'], /required option '--reason/],
  ['no number of a pack', ['unload', 'A001'], /whole number/],
  ['a day that is none', ['balance', '--day', '2026-13-40'], /day/],
  ['a number that is none', ['history', 'x'.repeat(500)], /number/],
  ['a series that is a sentence', ['load', 'food licence; rm', ...pack], /series/],
])('%s is refused in one line', async (_, parameters, why) => {
  const { exitCode, stdout, stderr } = await blanks(...parameters);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(why);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('help says what to do in which situation', async () => {
  const { stdout } = await kioskctlHere(['blanks', '--help']);
  for (const words of ['loaded wrongly', 'a sheet was taken out', 'nobody knows of A042'])
    expect(stdout).toContain(words);
});

test.each([
  ['blanksLoad', { series: 'x', printerId: 'licences', tray: '../../etc', first: 'A1', last: 'A2' }],
  ['blanksLoad', { series: 'x', printerId: 'licences', tray: 'Tray-2', first: 'A1', last: 'A2' }],
  ['blanksLoad', { series: 'x', printerId: 'licences', tray: 't', first: 'A1', last: 'A2', state: 'printed' }],
  ['blanksUnload', { cassetteId: -1 }],
  ['blanksCorrect', { cassetteId: 1, next: 'A1', reason: 'because I say so' }],
  ['blanksSettle', { number: 'A1', as: 'reserved', reason: 'seen' }],
  ['spool', { which: 'recent', limit: 1e9 }],
])('a message to %s that is not as agreed changes nothing: %o', async (method, params) => {
  terminal.store.blanks.load({ series: 'x', printerId: 'licences', tray: 'tray-9', first: 'Z1', last: 'Z9' });
  const before = terminal.store.audit.head()?.seq;
  const answer = await raw(terminal.socket, { jsonrpc: '2.0', id: 1, method, params });
  expect(answer).toMatchObject({ error: { message: expect.any(String) } });
  expect(terminal.store.audit.head()?.seq).toBe(before);
});

/** One request as it is, past the client that would not send it. */
async function raw(socket: string, message: object): Promise<unknown> {
  const line = connect(socket);
  const body = JSON.stringify(message);
  line.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  try {
    let text = '';
    for await (const chunk of line) {
      text += String(chunk);
      const found = /\r\n\r\n(\{.*\})$/s.exec(text)?.[1];
      if (found) return JSON.parse(found);
    }
    return undefined;
  } finally {
    line.destroy();
  }
}

test('a day is that of the terminal’s time zone, also where clocks are changed on it', () => {
  expect(boundsOfDay('2026-11-30', 'Asia/Shanghai')).toEqual({
    from: '2026-11-29T16:00:00.000Z',
    to: '2026-11-30T16:00:00.000Z',
  });
  expect(boundsOfDay('2026-03-29', 'Europe/Berlin')).toEqual({
    from: '2026-03-28T23:00:00.000Z',
    to: '2026-03-29T22:00:00.000Z',
  });
  expect(dayOf(new Date('2026-11-29T15:59:59.999Z'), 'Asia/Shanghai')).toBe('2026-11-29');
  expect(dayOf(new Date('2026-11-29T16:00:00.000Z'), 'Asia/Shanghai')).toBe('2026-11-30');
});
