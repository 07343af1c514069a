import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { damaged, databaseOf, PAGE_BYTES, quarantined, terminalWithCopy } from '../../support/damaged-terminal.ts';
import { isLong, oneIn } from '../../support/long-form.ts';
import { Noise } from '../../support/noise.ts';
import { acceptCases, cipher, deliverAll, openIn, SERIES } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('every page in turn', () => {
  test.each<[string, (page: Buffer) => void, number]>([
    ['overwritten', (page) => page.fill(0xa5), 0],
    ['zeroed', (page) => page.fill(0), 1],
    ['damaged at its head', (page) => page.fill(0xa5, 0, 16), 2],
    ['damaged in its midst', (page) => page.fill(0xa5, 2_000, 2_064), 3],
    ['damaged at its end', (page) => page.fill(0xa5, PAGE_BYTES - 64), 4],
  ])('%s: nothing is lost in silence, nothing is delivered twice, no number is given twice', async (_, harm, first) => {
    const { folder, inCopy, later } = await terminalWithCopy();
    const pages = readFileSync(databaseOf(folder)).length / PAGE_BYTES;
    const found = { restored: 0, lost: 0 };
    for (let page = first % oneIn(10); page < pages; page += oneIn(10)) {
      const harmed = damaged(folder, page, harm);
      const before = readFileSync(databaseOf(harmed));
      const store = openIn(harmed);
      const incident = store.incidents.untold();
      const next = store.counters.nextNumber(SERIES);
      const { arrived, setAside } = await deliverAll(store);
      store.close();
      const where = `page ${page}`;
      for (const number of arrived.keys()) expect(arrived.get(number)?.size, where).toBe(1);
      const missing = [...inCopy, ...later].filter((number) => !arrived.has(number));
      if (incident) {
        found.restored += 1;
        found.lost += missing.length;
        // What is missing is of the time that is told, and the file that may still hold it is kept as it was.
        expect(
          missing.filter((number) => inCopy.includes(number)),
          where,
        ).toEqual([]);
        const [name = ''] = quarantined(harmed);
        expect(readFileSync(join(harmed, 'quarantine', name, 'jiujin.db')).equals(before), where).toBe(true);
      } else expect(setAside, where).toBe(missing.length); // dead letters, in sight of whoever looks
      expect(next, where).toBeGreaterThan(20);
    }
    console.log(
      `of ${pages} pages: ${found.restored} restored, ${found.lost} of ${found.restored * 10} younger cases lost`,
    );
    expect(found.restored).toBeGreaterThan(0);
    expect(found.lost).toBeLessThan(found.restored * 4);
  });
});

/** Delivers what the terminal in `folder` has, with the start anew that follows where the engine meets damage meanwhile. */
async function deliverIn(folder: string) {
  const arrived = new Map<string, Set<string>>();
  const onDamage = vi.fn();
  let store = openOrRecover(databaseOf(folder), { cipher, onDamage });
  const next = store.counters.nextNumber(SERIES);
  for (let starts = 1; ; starts += 1) {
    const delivered = await deliverAll(store);
    for (const [number, keys] of delivered.arrived) {
      arrived.set(number, new Set([...(arrived.get(number) ?? []), ...keys]));
    }
    const told = store.incidents.untold() !== undefined;
    store.close();
    if (starts > 1 || onDamage.mock.calls.length === 0) return { arrived, told, next, setAside: delivered.setAside };
    store = openIn(folder);
  }
}

test('a single bit that has changed, wherever it is: nothing is lost in silence, and no terminal stays closed', async () => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const pages = readFileSync(databaseOf(folder)).length / PAGE_BYTES;
  const flips = Math.ceil(isLong ? pages * 4 : pages / 2);
  const noise = new Noise();
  const found = { restored: 0, lost: 0, setAside: 0 };
  for (let flip = 0; flip < flips; flip += 1) {
    const [page, at, bit] = [isLong ? flip % pages : noise.number(pages), noise.number(PAGE_BYTES), noise.number(8)];
    const where = `page ${page}, byte ${at}, bit ${bit}`;
    const harmed = damaged(folder, page, (bytes) => {
      bytes[at]! ^= 1 << bit;
    });
    const { arrived, told, next, setAside } = await deliverIn(harmed).catch((error: unknown) => {
      throw new Error(where, { cause: error });
    });
    const missing = [...inCopy, ...later].filter((number) => !arrived.has(number));
    const early = missing.filter((number) => inCopy.includes(number));
    if (told) expect(early, where).toEqual([]);
    else expect(setAside, where).toBe(missing.length);
    for (const keys of arrived.values()) expect(keys.size, where).toBe(1);
    expect(next, where).toBeGreaterThan(20);
    found.restored += told ? 1 : 0;
    found.lost += told ? missing.length : 0;
    found.setAside += setAside;
    rmSync(harmed, { recursive: true });
  }
  console.log(
    `${flips} bits: ${found.restored} restored, ${found.lost} younger cases lost, ${found.setAside} set aside`,
  );
  expect([found.restored > 0, found.setAside > 0]).toEqual([true, true]);
});

test('of a log that is damaged in its midst, every commit behind the damage is lost, and that is told', async () => {
  const { folder, inCopy, later } = await terminalWithCopy();
  const store = openIn(folder);
  const young = acceptCases(store, 6, 30);
  const found = { told: 0, unseen: 0 };
  const log = readFileSync(`${databaseOf(folder)}-wal`);
  const frames = Math.floor((log.length - 32) / (PAGE_BYTES + 24));
  const standing = temporaryFolder();
  cpSync(folder, standing, { recursive: true }); // as a power cut would leave it
  store.close();
  for (let frame = 0; frame < frames; frame += oneIn(10)) {
    const harmed = temporaryFolder();
    cpSync(standing, harmed, { recursive: true });
    const bytes = Buffer.from(log);
    bytes[32 + frame * (PAGE_BYTES + 24) + 24 + 3_000]! ^= 0x10;
    writeFileSync(`${databaseOf(harmed)}-wal`, bytes);
    const restored = openIn(harmed);
    const told = restored.incidents.untold() !== undefined;
    const next = restored.counters.nextNumber(SERIES);
    const { arrived } = await deliverAll(restored);
    restored.close();
    const missing = [...inCopy, ...later, ...young].filter((number) => !arrived.has(number));
    if (told) found.told += 1;
    else {
      found.unseen += missing.length;
      expect(
        missing.filter((number) => number !== young.at(-1)),
        `frame ${frame}`,
      ).toEqual([]);
    }
    if (told) expect(next).toBeGreaterThan(26);
  }
  console.log(
    `${frames} frames: ${found.told} told; unseen, as after a power cut: ${found.unseen} times the last case`,
  );
  expect(found.told).toBeGreaterThan(frames / 2 / oneIn(10));
});
