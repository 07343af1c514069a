import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { loadResidents } from '../../scripts/platform/residents.ts';
import { peopleDir } from '../../scripts/prepare/main.ts';
import { portraitOnChip } from '../../scripts/simulators/chip-portrait.ts';

/** What would give a resident away. */
export interface Traces {
  readonly name: string;
  readonly idNumber: string;
  readonly address: string;
  /** What they type in themselves. */
  readonly phone?: string;
  /** The chip's bytes and the picture that they decode to. */
  readonly pictures: readonly Uint8Array[];
}

export function traces(personId: string): Traces {
  const person = [...loadResidents().values()].find((resident) => resident.person.id === personId)?.person;
  if (!person) throw new Error(`There is no resident "${personId}".`);
  const portrait = readFileSync(join(peopleDir, `${person.portrait}-portrait.jpg`));
  const { name, idNumber, address } = person;
  return { name, idNumber, address, pictures: [portrait, portraitOnChip(person.portrait)] };
}

/** Files below `dir` that hold any of the traces in the clear, in any of the ways in which texts and bytes are written. */
export async function findTraces(dir: string, wanted: Traces): Promise<string[]> {
  const needles = needlesOf(wanted);
  const found: string[] = [];
  for await (const path of filesBelow(dir)) {
    const bytes = await readFile(path).catch(nothingOfWhatWent(Buffer.alloc(0)));
    for (const [what, needle] of needles) {
      if (bytes.includes(needle)) found.push(`${path.slice(dir.length)}: ${what}`);
    }
  }
  return found;
}

async function* filesBelow(dir: string): AsyncGenerator<string> {
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(nothingOfWhatWent([]))) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** A browser's files and folders come and go. */
const nothingOfWhatWent =
  <T>(nothing: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return nothing;
    throw error;
  };

export function needlesOf({ pictures, ...told }: Traces): [string, Buffer][] {
  const texts = Object.entries(told).flatMap(([what, text]): [string, Buffer][] => [
    [`${what}, UTF-8`, Buffer.from(text)],
    [`${what}, UTF-16LE`, Buffer.from(text, 'utf16le')],
    [`${what}, GB 18030`, iconv.encode(text, 'gb18030')],
    ...inBase64(what, Buffer.from(text)),
    [
      `${what}, escaped`,
      Buffer.from(
        JSON.stringify(text)
          .replace(/[^ -~]/g, escaped)
          .slice(1, -1),
      ),
    ],
  ]);
  const parts = pictures.flatMap((picture, index): [string, Buffer][] => {
    const middle = Buffer.from(picture.subarray(picture.length / 2, picture.length / 2 + 48));
    // The chip's filler is spaces, which stand in any file: its head is what nothing else begins with.
    const part = index === 0 ? middle : Buffer.from(picture.subarray(0, 16));
    return [
      [`picture ${index}`, part],
      ...inBase64(`picture ${index}`, part),
      [`picture ${index}, hex`, Buffer.from(part.toString('hex'))],
    ];
  });
  return [...texts, ...parts];
}

/**
 * What stays the same of base64 whatever stands before and after. Three bytes are four letters, so that there are three ways,
 * by how many bytes of the first three belong to what stands before.
 */
function inBase64(what: string, bytes: Buffer): [string, Buffer][] {
  return [0, 1, 2].map((from) => {
    const whole = bytes.subarray(from, bytes.length - ((bytes.length - from) % 3));
    return [`${what}, base64 from byte ${from}`, Buffer.from(whole.toString('base64'))];
  });
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
