import { expect, onTestFinished, test } from 'vitest';
import { DRAFT_ALPHABET } from '../../main/contracts/draft-code.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, lobbyOfFile, openLobby } from '../support/lobby.ts';
import { oneIn } from '../support/long-form.ts';
import { findTraces, traces } from '../support/traces.ts';

const shared = lobbyOfFile();

const PHONE = '13900000102';

/** 魏长青 fills in all of S10 but the review, puts it aside, and reads the code on the page. */
async function putsAside({ resident, world }: Lobby): Promise<string> {
  await resident.starts();
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches('邮寄到家');
  await resident.touches(zhCn.action.next);
  await resident.touches(zhCn.form.clear);
  await resident.types(PHONE);
  await resident.typed('139 0000 0102');
  await saves({ resident });
  return await codeOn({ resident });
}

async function saves({ resident }: Pick<Lobby, 'resident'>): Promise<void> {
  await resident.touches(zhCn.draft.save);
  await resident.page.getByRole('alertdialog').getByRole('button', { name: zhCn.draft.askGo, exact: true }).click();
  await resident.sees('save-draft');
}

/** As it is read off the page, without the gap. */
async function codeOn({ resident }: Pick<Lobby, 'resident'>): Promise<string> {
  const code = await resident.page.locator('.code').innerText();
  return code.replace(' ', '');
}

async function typesCode({ resident }: Lobby, code: string): Promise<void> {
  await resident.sees('attract');
  await resident.touches(zhCn.draft.resume);
  await resident.sees('resume');
  await resident.types(code);
  await resident.touches(zhCn.action.next);
}

async function killsCore({ terminal, resident }: Lobby): Promise<void> {
  const opened = resident.page.waitForEvent('websocket');
  process.kill(terminal.core.pid!, 'SIGKILL');
  await (await opened).waitForEvent('framereceived');
}

test('with the platform away, and the core killed at its pages, it is put aside, continued and delivered once', async () => {
  const { lobby } = shared;
  const { resident, world } = lobby;
  let pages = 0;
  const killed = async (): Promise<void> => {
    pages += 1;
    if (pages % oneIn(2) === 1 % oneIn(2)) await killsCore(lobby);
  };
  const { cases: casesBefore } = world.platform.inspect();
  const receiptsBefore = world.receiptPrinter.receipts().length;
  await world.stopPlatform();
  const code = await putsAside(lobby);
  await killed();
  expect(await codeOn(lobby)).toBe(code);
  await resident.touches(zhCn.draft.done);
  await resident.sees('attract');
  await killed();
  world.reader.removeCard();
  await typesCode(lobby, code);
  await resident.sees('identify');
  await killed();
  world.placeCard('wei');
  await resident.reads('找到了');
  await killed();
  await resident.touches(zhCn.resume.go);
  await resident.sees('form');
  await resident.typed('139 0000 0102');
  await killed();
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await resident.touches(zhCn.action.submit);
  await resident.reads(zhCn.result.queued);
  await resident.touches(zhCn.action.finish);
  await resident.sees('attract');
  await world.startPlatform();
  const { cases, duplicates } = await eventually(
    () => world.platform.inspect(),
    (found) => found.cases.length > casesBefore.length,
  );
  expect([cases.length - casesBefore.length, duplicates]).toEqual([1, 0]);
  // The slip at the first visit, the receipt at the second: no paper twice.
  expect(world.receiptPrinter.receipts()).toHaveLength(receiptsBefore + 2);
});

test('what was put aside at one terminal is finished at another, by its owner alone, and once', async () => {
  const a = shared.lobby;
  const before = a.world.platform.inspect();
  const code = await putsAside(a);
  await a.resident.reads(zhCn.draft.printed.title.slice(0, 4));
  const slip = a.world.receiptPrinter.receipts().at(-1);
  const paper = a.world.receiptPrinter.textOf(slip!);
  expect(paper).toContain(`${code.slice(0, 4)} ${code.slice(4)}`);
  expect(paper).not.toContain(traces('wei').idNumber);
  await a.resident.touches(zhCn.draft.done);
  await a.resident.sees('attract');
  await eventually(
    () => a.world.platform.inspect().drafts,
    (drafts) => drafts === before.drafts + 1,
  );

  const b = await openLobby({ besides: a });
  onTestFinished(() => b.close());
  await typesCode(
    b,
    `${code.slice(0, 7)}${DRAFT_ALPHABET.charAt(DRAFT_ALPHABET.indexOf(code.slice(7)) === 0 ? 1 : 0)}`,
  );
  await b.resident.reads(zhCn.resume.wrong.slice(0, 8));
  await b.resident.touches(zhCn.form.delete);
  await b.resident.types(code.slice(7));
  await b.resident.touches(zhCn.action.next);
  await b.resident.sees('identify');
  b.world.placeCard('lin');
  await b.resident.reads(zhCn.resume.refused['not-found'].title);
  await b.resident.touches(zhCn.action.leave);
  b.world.reader.removeCard();

  await typesCode(b, code);
  await b.resident.sees('identify');
  b.world.placeCard('wei');
  await b.resident.reads('找到了');
  await b.resident.touches(zhCn.resume.go);
  await b.resident.sees('form');
  await b.resident.typed('139 0000 0102');
  await b.resident.touches(zhCn.action.next);
  await b.resident.sees('review');
  await b.resident.reads('邮寄到家');
  await b.resident.touches(zhCn.action.submit);
  await b.resident.sees('result');
  await b.resident.touches(zhCn.action.finish);
  await b.resident.sees('attract');
  const { cases, drafts, duplicates } = a.world.platform.inspect();
  expect(cases.slice(before.cases.length)).toMatchObject([{ serviceId: 'S10', terminalId: 'longsha-24h-04' }]);
  expect([drafts, duplicates]).toEqual([before.drafts, 0]);

  a.world.reader.removeCard();
  await a.resident.touches(zhCn.draft.resume);
  await a.resident.reads(zhCn.resume.code.scanLead.slice(0, 12));
  await a.world.perform('scanner', 'scan', `${code.slice(0, 4)} ${code.slice(4)}`);
  await a.resident.sees('identify');
  a.world.placeCard('wei');
  await a.resident.reads(zhCn.resume.refused.submitted.title);
  await a.resident.touches(zhCn.action.leave);
  await a.resident.sees('attract');
  await shared.switchOff();
  await b.terminal.stop();
  for (const lobby of [a, b]) {
    await expect(findTraces(lobby.terminalDir, { ...traces('wei'), phone: PHONE })).resolves.toEqual([]);
    await expect(
      findTraces(lobby.terminalDir, { ...nobody, name: code, idNumber: `${code.slice(0, 4)} ${code.slice(4)}` }),
    ).resolves.toEqual([]);
  }
});

const nobody = { name: '', idNumber: '', address: 'nowhere at all', pictures: [] };
