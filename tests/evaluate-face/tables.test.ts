import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPictures } from '../../scripts/evaluate-face/pictures.ts';
import { type ChipSide, InputError, parseLiveness, parsePairs } from '../../scripts/evaluate-face/tables.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pairs = (text: string, chip: ChipSide = 'none') => parsePairs('p.csv', bytes(text), chip);

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
}

describe('a table of pairs', () => {
  test('is read with a byte order mark, CRLF, quotes, blank lines and columns in any order', () => {
    const table = '\ufeffsame,"b",a\r\n1,"x, ""y"".jpg",张/1.jpg\r\n\r\nno,c.jpg,"d\n.jpg"';
    expect(pairs(table)).toEqual([
      { a: '张/1.jpg', b: 'x, "y".jpg', same: true },
      { a: 'd\n.jpg', b: 'c.jpg', same: false },
    ]);
  });

  test('may say who the persons are', () => {
    expect(pairs('a,b,same,person_a,person_b\n1.jpg,2.jpg,0,p1,p2\n')).toEqual([
      { a: '1.jpg', b: '2.jpg', same: false, personA: 'p1', personB: 'p2' },
    ]);
  });

  test.each([
    ['a,b,same\n1.jpg,2.jpg,1\n1.jpg,3.jpg,maybe\n', 'p.csv:3: same is one of 1, 0, true, false, yes, no'],
    ['a,b,same\n1.jpg,2.jpg\n', 'p.csv:2: 2 fields under a heading of 3'],
    ['a,b,same\n"1.jpg,2.jpg,1\n', 'p.csv:2: a quote that is not closed'],
    ['a,b,same\n"1.jpg"x,2.jpg,1\n', 'p.csv:2: text behind a closing quote'],
    ['a,b,same\n,2.jpg,1\n', 'p.csv:2: the name of a picture is missing'],
    ['a,b,same\n"x\n",2.jpg,1\n../2.jpg,2.jpg,1\n', 'p.csv:4: not a path below the folder of pictures'],
    ['a,b,same\n/etc/x.jpg,2.jpg,1\n', 'p.csv:2: not a path below the folder of pictures'],
    ['a,b,same\nx\\..\\y.jpg,2.jpg,1\n', 'p.csv:2: not a path below the folder of pictures'],
    ['a,b,same\n1.jpg,2.jpg,1\n1.jpg,2.jpg,1\n', 'p.csv:3: the same pair as line 2, which would count twice'],
    ['a,b,same\n1.jpg,2.jpg,1\n2.jpg,1.jpg,1\n', 'p.csv:3: the same pair as line 2, which would count twice'],
    ['a,b,same\n1.jpg,2.jpg,1\n./1.jpg,x//../2.jpg,1\n', 'p.csv:3: not a path below the folder of pictures'],
    ['a,b,same\n1.jpg,x/2.jpg,1\n./1.jpg,x//2.jpg,1\n', 'p.csv:3: the same pair as line 2, which would count twice'],
    ['a,b,same\n1.jpg,./1.jpg,1\n', 'p.csv:2: a picture with itself, which is alike by any measure'],
    ['a,b\n1.jpg,2.jpg\n', 'p.csv:1: the heading is not a,b,same[,person_a,person_b]: same missing'],
    [
      'a,b,same,age\n1.jpg,2.jpg,1,7\n',
      'p.csv:1: the heading is not a,b,same[,person_a,person_b]: "age" unknown or repeated',
    ],
    ['a,b,same,person_a,person_b\n1.jpg,2.jpg,1,p,q\n', 'p.csv:2: person_a, person_b and same contradict each other'],
    ['a,b,same\n', 'p.csv: no row below the heading'],
    [`a,b,same\n${'x'.repeat(2_000)},2.jpg,1\n`, 'p.csv:2: a field of 2000 characters, at most 1024'],
  ])('%j is refused with its line', (table, problem) => {
    expect(problemsOf(() => pairs(table))).toEqual([problem]);
  });

  test('may show a picture beside its own chip photo, and both pictures of a pair as one', () => {
    const table = 'a,b,same\n1.jpg,1.jpg,1\n1.jpg,2.jpg,1\n2.jpg,1.jpg,1\n';
    expect(pairs(table, 'b')).toHaveLength(3);
  });

  test('tells of each wrong line at once, but not of more than twenty', () => {
    expect(problemsOf(() => pairs(`a,b,same\n${'1.jpg,2.jpg,?\n'.repeat(50)}`))).toHaveLength(20);
  });

  test('is refused when it is not UTF-8', () => {
    expect(problemsOf(() => parsePairs('p.csv', Uint8Array.of(0x61, 0xff, 0xfe), 'none'))).toEqual([
      'p.csv: not UTF-8',
    ]);
  });

  test('of more than 10,000 pictures is refused', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `${i + 1}.jpg,0.jpg,0\n`).join('');
    expect(problemsOf(() => pairs(`a,b,same\n${rows}`))).toEqual(['p.csv: 10001 pictures, at most 10000']);
  });
});

test('a table of attacks names each picture once', () => {
  expect(parseLiveness('l.csv', bytes('file,species\n1.jpg,live\n2.jpg,photo on a screen\n'))).toEqual([
    { file: '1.jpg', species: 'live' },
    { file: '2.jpg', species: 'photo on a screen' },
  ]);
  expect(problemsOf(() => parseLiveness('l.csv', bytes('file,species\n1.jpg,live\n1.jpg,mask\n')))).toEqual([
    'l.csv:3: the same picture as line 2, which would count twice',
  ]);
});

describe('the folder of pictures', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jiujin-evaluate-'));
    await mkdir(join(dir, 'in', 'deep'), { recursive: true });
    await writeFile(join(dir, 'in', 'deep', '1.jpg'), 'one');
    await writeFile(join(dir, 'secret.jpg'), 'not yours');
    await symlink(join(dir, 'secret.jpg'), join(dir, 'in', 'link.jpg'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('gives what lies in it', async () => {
    const folder = await openPictures(join(dir, 'in'), ['deep/1.jpg']);
    expect(new TextDecoder().decode(await folder.read('deep/1.jpg'))).toBe('one');
    await expect(folder.read('link.jpg')).rejects.toThrow('not looked at first');
  });

  test('lists all that it lacks, and follows no link out of it', async () => {
    const problems = await openPictures(join(dir, 'in'), ['2.jpg', 'deep', 'link.jpg', 'deep/1.jpg']).catch(
      (error: InputError) => error.problems,
    );
    expect(problems).toEqual([
      '2.jpg: no such picture',
      'deep: not a file',
      'link.jpg: lies outside the folder of pictures',
    ]);
  });
});
