import { expect, test } from 'vitest';
import { sheetSetup, sheetSize } from '../../printers/core/sheet.ts';

test.each([
  ['iso_a4_210x297mm', { width: 21_000, height: 29_700 }],
  ['na_letter_8.5x11in', { width: 21_590, height: 27_940 }],
  ['na_number-10_4.125x9.5in', { width: 10_478, height: 24_130 }],
  ['iso_id-1_53.98x85.6mm', { width: 5_398, height: 8_560 }],
])('the size of %s is in its name', (media, size) => {
  expect(sheetSize(media)).toEqual(size);
  expect(sheetSetup.parse({ media })).toEqual({ media });
});

test.each([
  '',
  'a4',
  'iso_a4_210x297',
  'iso_a4_210x297pt',
  'iso_a4_-210x297mm',
  'iso_a4_1e9x297mm',
  'ISO_A4_210x297mm',
  'iso_a4_99999x297mm',
  'iso_a4_210x297mm\n',
  `iso_${'a'.repeat(80)}_210x297mm`,
])('%j is no size', (media) => {
  expect(sheetSetup.safeParse({ media }).success).toBe(false);
});

test.each(['', 'Tray 2', 'tray-2;drop', '2', `t${'r'.repeat(60)}`])('%j is no tray and no kind of paper', (keyword) => {
  const media = 'iso_a4_210x297mm';
  expect(sheetSetup.safeParse({ media, source: keyword }).success).toBe(false);
  expect(sheetSetup.safeParse({ media, type: keyword }).success).toBe(false);
});
