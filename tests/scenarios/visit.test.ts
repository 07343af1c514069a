import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ERROR_OUTPUT, lobbyOfFile } from '../support/lobby.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { findTraces, traces } from '../support/traces.ts';

const shared = lobbyOfFile();

test('the search looks into standard error, and finds base64 whatever stands before it', async () => {
  const folder = temporaryFolder();
  const personal = traces('lin');
  const file = join(folder, ERROR_OUTPUT);
  for (const before of ['', 'a', 'ab']) {
    await writeFile(file, Buffer.from(`${before}${personal.idNumber} and more`).toString('base64'));
    expect(await findTraces(folder, personal), before).toEqual([expect.stringContaining('idNumber, base64')]);
  }
});

test('a queue ticket is printed for who lays down a card, in English and with large type', async () => {
  const { world, resident } = shared.lobby;
  const upright = resident.page.viewportSize();
  await resident.page.setViewportSize({ width: 1920, height: 1080 });
  await resident.sees('attract');
  await resident.touches('English');
  await resident.touches('Large text');
  await resident.chooses('Take a number');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches(/Housing/);
  await resident.touches('Next');
  await resident.sees('result');
  await resident.reads('B001');
  await resident.touches('Finish and clear my data');
  await resident.sees('attract');
  await resident.reads('就近办');
  await resident.page.setViewportSize(upright!); // a test that fails leaves the next one another lobby
});

test('a resident walks away with certificate and receipt, and leaves nothing behind', async () => {
  const { world, resident, terminalDir } = shared.lobby;
  const before = world.platform.inspect();
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('verify-face');
  await resident.sees('form');
  await resident.page.getByRole('radio', { name: '1 年', checked: true }).waitFor(); // the platform knows what most people choose
  await resident.touches('3 年');
  await resident.touches('下一步');
  await resident.sees('review');
  await resident.reads('3 年');
  await resident.touches('确认提交');
  await resident.sees('result');
  await resident.touches(/^非常满意/);
  await resident.reads('谢谢您的评价');
  const inTheMiddle = await findTraces(terminalDir, traces('lin'));
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');

  const {
    cases: all,
    duplicates,
    outOfOrder,
  } = await eventually(
    () => world.platform.inspect(),
    ({ ratings }) => ratings > before.ratings,
  );
  expect({ duplicates, outOfOrder }).toEqual({ duplicates: 0, outOfOrder: 0 });
  const cases = all.slice(before.cases.length);
  expect(cases).toMatchObject([{ serviceId: 'S01', deliveries: 1 }]);
  const document = world.licencePrinter.documents().at(-1);
  expect(Buffer.from(document!.pdf).subarray(0, 5).toString()).toBe('%PDF-');
  const receipt = world.receiptPrinter.receipts().at(-1);
  const text = receipt!.events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('\n');
  expect(text).toContain(cases[0]!.caseNumber);
  expect(text).not.toContain(traces('lin').idNumber);

  await resident.page.context().close(); // a browser that ends writes what it has in memory; another one is opened
  expect(inTheMiddle, 'in the clear while the visit was on').toEqual([]);
  await resident.patiently((impatient) => impatient.sees('attract'));
  await expect(findTraces(terminalDir, traces('lin'))).resolves.toEqual([]);
  await shared.switchOff();
  expect(await findTraces(terminalDir, traces('lin')), 'once it is switched off').toEqual([]);
});
