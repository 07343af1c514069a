import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { CliError } from '../../main/cli/cli-error.ts';
import { faceCommand } from '../../main/cli/face.ts';
import { type PersonPictures, preparePeople } from '../../scripts/prepare/people.ts';
import { flat, jpeg, samplePhoto } from './face/pictures.ts';

let dir: string;
let lin: PersonPictures;
let wei: PersonPictures;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiujin-face-cli-'));
  ({ lin, wei } = await preparePeople({ dir }));
}, 120_000);

afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** What `kioskctl ARGS` writes to standard output. */
async function run(...args: string[]): Promise<string> {
  let written = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
  const program = new Command().exitOverride();
  faceCommand(program);
  await program.parseAsync(args, { from: 'user' });
  return written;
}

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, bytes);
  return path;
}

test('compare prints one JSON object and nothing else', async () => {
  const result: unknown = JSON.parse(await run('face', 'compare', lin.portrait, lin.live, '--json'));
  expect(result).toMatchObject({ matched: true, quality: { a: {}, b: {} } });
  expect(result).toMatchObject({ similarity: expect.any(Number), ms: expect.any(Number) });
});

test('compare tells two persons apart, in words for people', async () => {
  expect(await run('face', 'compare', lin.portrait, wei.live)).toMatch(/^not the same person, similarity -?0\.\d+/);
});

test('liveness prints one JSON object and nothing else', async () => {
  const result: unknown = JSON.parse(await run('face', 'liveness', lin.live, '--json'));
  expect(result).toMatchObject({ live: true, score: expect.any(Number), ms: expect.any(Number) });
});

test.each<[code: string, name: string, make: () => Promise<string>]>([
  ['file-missing', 'nowhere.jpg', async () => join(dir, 'nowhere.jpg')],
  ['file-unreadable', 'jiujin-face-cli', async () => dir],
  ['not-a-picture', 'letter.txt', () => file('letter.txt', '不是照片')],
  ['not-a-picture', 'empty.jpg', () => file('empty.jpg', '')],
  ['not-a-picture', 'half.jpg', async () => file('half.jpg', (await sharp(lin.live).toBuffer()).subarray(0, 9_000))],
  ['no-face', 'pixel.jpg', async () => file('pixel.jpg', await jpeg(flat(1, 1, [0, 0, 0])))],
  ['no-face', 'wall.jpg', async () => file('wall.jpg', await jpeg(flat(400, 400, [90, 90, 90])))],
  ['several-faces', 'sample3.jpg', async () => samplePhoto(3)],
  [
    'too-large',
    'huge.png',
    async () => {
      const canvas = { width: 6_000, height: 6_000, channels: 3, background: '#456' } as const;
      return file('huge.png', await sharp({ create: canvas }).png().toBuffer());
    },
  ],
])('%s: %s is named in one line, and the exit code is 2', async (code, name, make) => {
  const path = await make();
  for (const args of [
    ['compare', path, lin.live],
    ['compare', lin.live, path],
    ['liveness', path],
  ]) {
    const error: unknown = await run('face', ...args, '--json').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringContaining(name) });
    expect(String(error)).not.toContain('\n');
  }
});
