import { afterEach, expect, test } from 'vitest';
import { DRAFT_ALPHABET } from '../../main/contracts/draft-code.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { findTraces, traces } from '../support/traces.ts';

const lobbies: Lobby[] = [];
afterEach(async () => {
  for (const lobby of lobbies.splice(0).reverse()) await lobby.close();
});

async function opens(...options: Parameters<typeof openLobby>): Promise<Lobby> {
  const lobby = await openLobby(...options);
  lobbies.push(lobby);
  return lobby;
}

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

test('what was put aside at one terminal is finished at another, by its owner alone, and once', async () => {
  const a = await opens();
  const code = await putsAside(a);
  await a.resident.reads(zhCn.draft.printed.title.slice(0, 4));
  const [slip] = a.world.receiptPrinter.receipts();
  const paper = a.world.receiptPrinter.textOf(slip!);
  expect(paper).toContain(`${code.slice(0, 4)} ${code.slice(4)}`);
  expect(paper).not.toContain(traces('wei').idNumber);
  await a.resident.touches(zhCn.draft.done);
  await a.resident.sees('attract');
  await eventually(
    () => a.world.platform.inspect().drafts,
    (drafts) => drafts === 1,
  );

  const b = await opens({ besides: a });
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
  expect(cases).toMatchObject([{ serviceId: 'S10', terminalId: 'longsha-24h-04' }]);
  expect([drafts, duplicates]).toEqual([0, 0]);

  a.world.reader.removeCard();
  await a.resident.touches(zhCn.draft.resume);
  await a.resident.reads(zhCn.resume.code.scanLead.slice(0, 12));
  await a.world.perform('scanner', 'scan', `${code.slice(0, 4)} ${code.slice(4)}`);
  await a.resident.sees('identify');
  a.world.placeCard('wei');
  await a.resident.reads(zhCn.resume.refused.submitted.title);
  await a.resident.touches(zhCn.action.leave);
  await a.resident.sees('attract');
  for (const lobby of [a, b]) {
    await lobby.terminal.stop();
    await expect(findTraces(lobby.terminalDir, { ...traces('wei'), phone: PHONE })).resolves.toEqual([]);
    await expect(
      findTraces(lobby.terminalDir, { ...nobody, name: code, idNumber: `${code.slice(0, 4)} ${code.slice(4)}` }),
    ).resolves.toEqual([]);
  }
});

const nobody = { name: '', idNumber: '', address: 'nowhere at all', pictures: [] };

test('with the platform away, and the core killed at every page of it, it is put aside, continued and delivered once', async () => {
  const lobby = await opens();
  const { resident, world } = lobby;
  await world.stopPlatform();
  const code = await putsAside(lobby);
  await killsCore(lobby);
  expect(await codeOn(lobby)).toBe(code);
  await resident.touches(zhCn.draft.done);
  await resident.sees('attract');
  await killsCore(lobby);
  world.reader.removeCard();
  await typesCode(lobby, code);
  await resident.sees('identify');
  await killsCore(lobby);
  world.placeCard('wei');
  await resident.reads('找到了');
  await killsCore(lobby);
  await resident.touches(zhCn.resume.go);
  await resident.sees('form');
  await resident.typed('139 0000 0102');
  await killsCore(lobby);
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await resident.touches(zhCn.action.submit);
  await resident.reads(zhCn.result.queued);
  await resident.touches(zhCn.action.finish);
  await resident.sees('attract');
  await world.startPlatform();
  const { cases, duplicates } = await eventually(
    () => world.platform.inspect(),
    (found) => found.cases.length > 0,
  );
  expect([cases.length, duplicates]).toEqual([1, 0]);
  // The slip at the first visit, the receipt at the second: no paper twice.
  expect(world.receiptPrinter.receipts()).toHaveLength(2);
});
