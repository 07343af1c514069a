import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deviceErrorCodes } from '../../../drivers/core/index.ts';
import { faults } from '../../../main/contracts/faults.ts';
import { createLanguages } from '../../../renderer/i18n/i18n.ts';

const codes = deviceErrorCodes.map((code) => ({ code }));

test.each(codes)('$code tells the technician what it means and what to do next, in both languages', ({ code }) => {
  const { what, next } = faults[code];
  expect(what['zh-CN']).toMatch(/\p{Script=Han}/u);
  expect(next['zh-CN']).toMatch(/\p{Script=Han}.*。$/u);
  expect(what.en).toMatch(/^[a-z].*[^.]$/);
  expect(next.en).toMatch(/^[A-Z].*\.$/);
  expect(next.en.length, 'more than what').toBeGreaterThan(20);
});

test.each(codes)('$code tells the resident what is wrong and what to do, and of nothing technical', ({ code }) => {
  for (const [language, { t }] of Object.entries(createLanguages())) {
    const [what, todo] = (['what', 'todo'] as const).map((part) =>
      t(`fault.${code}.${part}`, { device: t('device.receipt-printer') }),
    );
    const sentence = language === 'en' ? /^[A-Z].*\.$/ : /^\p{Script=Han}.*。$/u;
    expect(`${what!.charAt(0).toUpperCase()}${what!.slice(1)}`).toMatch(sentence);
    expect(todo).toMatch(sentence);
    expect(`${what}${todo}`).not.toMatch(/USB|serial|baud|timeout|protocol|driver|串口|波特|协议|驱动/i);
  }
});

test('the table in the README says the same', () => {
  const readme = readFileSync(new URL('../../../main/devices/README.md', import.meta.url), 'utf8');
  const rows = readme.split('\n').flatMap((row) => {
    const [, code, repair, what, next] = row.split('|').map((cell) => cell.trim());
    return next && /^`[a-z-]+`$/.test(code ?? '') ? [[code, repair, what, next]] : [];
  });
  expect(rows).toEqual(
    deviceErrorCodes.map((code) => [`\`${code}\``, faults[code].repair, faults[code].what.en, faults[code].next.en]),
  );
});
