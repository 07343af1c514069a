import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { entryText } from '../../../main/audit/entry.ts';
import { checkExport } from '../../../main/audit/export-file.ts';

const ENTRIES = 12;

function exported(): string[] {
  let before: Uint8Array = Buffer.alloc(32);
  const lines = Array.from({ length: ENTRIES }, (_, index) => {
    const seq = index + 1;
    const entry = entryText(seq, 'sha256', { kind: 'case-accepted', subject: { caseId: `case-${seq}` } }, instant);
    before = createHash('sha256').update(before).update(entry).digest();
    const hash = Buffer.from(before).toString('hex');
    return JSON.stringify({ seq, entry, hash, seal: '0'.repeat(32) });
  });
  return [header({ hash: Buffer.from(before).toString('hex') }), ...lines];
}

const instant = '2026-11-21T08:00:00.000Z';
const header = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    ...{ format: 'jiujin-audit', version: 1, terminal: 't-1', suite: 'aes-256-gcm', exportedAt: instant },
    ...{ first: 1, last: ENTRIES, hash: '' },
    ...changes,
  });

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

const wrongIn = async (lines: readonly string[]) => (await checkExport(each(lines)))?.wrong;

test('the text of an entry is pinned: it is hashed by programs that are not ours', () => {
  const act = { kind: 'delivered', subject: { caseId: 'c' }, detail: { part: 'case', attempts: 2 } } as const;
  expect(entryText(3, 'sm3', act, instant)).toBe(
    `{"at":"${instant}","detail":{"attempts":2,"part":"case"},"digest":"sm3","kind":"delivered","seq":3,"subject":{"caseId":"c"}}`,
  );
});

test('an export that nobody touched hangs together, and an empty one too', async () => {
  expect(await checkExport(each(exported()))).toMatchObject({ entries: ENTRIES, wrong: undefined });
  expect(await checkExport(each([header({ last: 0 })]))).toMatchObject({ entries: 0, wrong: undefined });
});

test.each<[string, (lines: string[]) => string[], number, string]>([
  ['a changed word', (l) => l.map((line) => line.replace('case-5', 'case-6')), 5, 'changed'],
  ['a changed hash', (l) => l.with(5, l[5]!.replace(/"hash":"./, '"hash":"z')), 5, 'changed'],
  ['a deleted line', (l) => l.toSpliced(5, 1), 5, 'missing'],
  ['a line twice', (l) => l.toSpliced(5, 0, l[5]!), 6, 'missing'],
  ['two lines exchanged', (l) => l.with(5, l[6]!).with(6, l[5]!), 5, 'missing'],
  ['the last line gone', (l) => l.slice(0, -1), 12, 'cut'],
  ['all lines gone', (l) => l.slice(0, 1), 1, 'cut'],
  ['half a line', (l) => l.with(12, l[12]!.slice(0, 60)), 12, 'unreadable'],
  ['a line of nonsense', (l) => l.with(5, '\0\u{fffd}'), 5, 'unreadable'],
  [
    'text that says the same in another way',
    (l) => l.with(5, l[5]!.replace('"entry":"{', '"entry":"{ ')),
    5,
    'unreadable',
  ],
  ['a header that promises more', (l) => l.with(0, l[0]!.replace('"last":12', '"last":13')), 13, 'cut'],
])('of %s the first wrong entry is named', async (_, tamper, seq, why) => {
  expect(await wrongIn(tamper(exported()))).toEqual({ seq, why });
});

test.each([
  ['nothing', []],
  ['another file', ['PNG', 'IHDR']],
  ['a header of a later format', [header({ version: 2 })]],
  ['a header with more in it', [header({ note: 'x' })]],
])('%s is no export', async (_, lines) => {
  expect(await checkExport(each(lines))).toBeUndefined();
});

test('whatever a file says, it is judged and nothing thrown; one changed character anywhere is noticed', async () => {
  const lines = exported();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json(), fc.constantFrom(...lines))), async (hostile) => {
      await checkExport(each(hostile));
      await checkExport(each([lines[0]!, ...hostile]));
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: ENTRIES }), fc.nat(), async (at, place) => {
      const line = lines[at]!;
      const index = place % line.indexOf('"seal"'); // which needs the key
      const changed = `${line.slice(0, index)}${line[index] === '1' ? '2' : '1'}${line.slice(index + 1)}`;
      expect(await wrongIn(lines.with(at, changed))).toBeDefined();
    }),
  );
});
