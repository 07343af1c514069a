import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { Resident } from '../../scripts/demo/resident.ts';
import { eventually } from '../support/eventually.ts';
import { facesOnRecord } from '../support/faces-on-record.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { TERMINAL, tool } from '../support/management-tool.ts';
import {
  type Answers,
  doesAnother,
  doesIt,
  doesNothing,
  type Poses,
  posesOf,
  standBefore,
} from '../support/person-before-camera.ts';

const CATALOGUE = 3;
const ACTS = new RegExp(Object.values(zhCn.faceChallenge).join('|'));
const triesLeft = (attempts: number) => zhCn.face.attemptsLeft.replace('{{attempts}}', `${attempts}`);

let lobby: Lobby;
let wei: Poses;
beforeEach(async () => {
  lobby = await openLobby();
  wei = await posesOf('wei');
});
afterEach(() => lobby.close());

/** The city publishes S01 anew, as a service that asks for so many acts. */
async function askForActs(challenges: number): Promise<void> {
  const shipped = JSON.parse(readFileSync(join(import.meta.dirname, '../../main/flows/catalogue/S01.json'), 'utf8'));
  const steps = shipped.steps.map((step: { kind: string }) =>
    step.kind === 'verify-face' ? { ...step, challenges } : step,
  );
  await tool(lobby, 'catalogue', {
    version: CATALOGUE,
    files: { 'S01.json': JSON.stringify({ ...shipped, version: 2, steps }) },
  });
  const document = { version: 2, settings: { catalogueVersion: CATALOGUE } };
  await tool(lobby, 'desired', { terminalId: TERMINAL, document });
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'report-now' });
  const reported = () => lobby.world.platform.inspect().devices[TERMINAL];
  await eventually(reported, (found) => found?.versions.catalogue === CATALOGUE);
}

async function toTheFace(answers: Answers): Promise<void> {
  const { resident, world } = lobby;
  await standBefore(resident.page, wei, answers);
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('verify-face');
}

/** The terminal waits for an act twice 8 s, and longer where frames come slowly. */
const LIMIT_MS = 240_000;

test('acts that a service asks for: not done as asked they are told, done as asked they are on record', {
  timeout: LIMIT_MS,
}, async () => {
  const { resident, terminal } = lobby;
  const patient = new Resident(() => terminal.shell.page, 60_000);
  await askForActs(2);

  // Not at all is 16 s, half of them for reading and doing.
  const refusals = [doesAnother, doesNothing];
  for (const [before, answers] of refusals.entries()) {
    if (before > 0) {
      await resident.touches(zhCn.action.withoutFace);
      await resident.sees('without-face');
      await resident.touches(zhCn.action.done);
    }
    await toTheFace(answers);
    await resident.page.getByRole('heading', { name: ACTS }).waitFor();
    await patient.reads(zhCn.face.refused['not-done']);
    await patient.reads(triesLeft(2 - before));
  }
  await resident.page.getByRole('button', { name: zhCn.action.withoutFace }).waitFor();
  await standBefore(resident.page, wei, doesIt);
  await resident.touches(zhCn.action.retry);
  await patient.sees('form');

  const acts = { challenges: 0, how: 'passive' };
  expect(await facesOnRecord(lobby)).toMatchObject([
    ...refusals.map(() => ({ verdict: 'refused', reason: 'act-not-seen', ...acts })),
    { verdict: 'matched', reason: 'same-person', challenges: 2, how: 'challenged' },
  ]);
});
