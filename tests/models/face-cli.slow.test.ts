import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { CliError } from '../../main/cli/cli-error.ts';
import { faceCommand, openEngine } from '../../main/cli/face.ts';
import { readManifest } from '../../models/face/manifest.ts';
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

/** Where a file may stand: the first, the second, the only one. */
const places = (path: string) => [
  ['compare', path, lin.live],
  ['compare', lin.live, path],
  ['liveness', path],
];
const ANYWHERE = [0, 1, 2];
/** Both commands, of which each looks for the face in its own way; how a file is named in its place is told by others. */
const EITHER_COMMAND = [0, 2];
/** Of files that are refused alike, one is enough to be tried in all places. */
const FIRST = [0];

test.each<[code: string, name: string, where: number[], make: () => Promise<string>]>([
  ['file-missing', 'nowhere.jpg', ANYWHERE, async () => join(dir, 'nowhere.jpg')],
  ['file-unreadable', 'jiujin-face-cli', ANYWHERE, async () => dir],
  ['not-a-picture', 'letter.txt', ANYWHERE, () => file('letter.txt', '不是照片')],
  ['not-a-picture', 'empty.jpg', FIRST, () => file('empty.jpg', '')],
  ['not-a-picture', 'half.jpg', FIRST, async () => file('half.jpg', (await readFile(lin.live)).subarray(0, 9_000))],
  ['no-face', 'pixel.jpg', FIRST, async () => file('pixel.jpg', await jpeg(flat(1, 1, [0, 0, 0])))],
  ['no-face', 'wall.jpg', EITHER_COMMAND, async () => file('wall.jpg', await jpeg(flat(400, 400, [90, 90, 90])))],
  ['several-faces', 'sample3.jpg', EITHER_COMMAND, async () => samplePhoto(3)],
  [
    'too-large',
    'huge.png',
    FIRST,
    async () => {
      const canvas = { width: 5_000, height: 5_000, channels: 3, background: '#456' } as const;
      return file('huge.png', await sharp({ create: canvas }).png({ compressionLevel: 1 }).toBuffer());
    },
  ],
])('%s: %s is named in one line, and the exit code is 2', async (code, name, where, make) => {
  const path = await make();
  for (const place of where) {
    const error: unknown = await run('face', ...places(path)[place]!, '--json').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CliError);
    expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringContaining(name) });
    expect(String(error)).not.toContain('\n');
  }
});

test('weights that are damaged on their way are told as such', async () => {
  const weightsDir = await mkdtemp(join(dir, 'fetched-'));
  const { weights } = readManifest();
  const fetch = async (): Promise<void> => {
    for (const { file: name } of Object.values(weights)) await writeFile(join(weightsDir, name), 'half of it');
  };
  const error: unknown = await openEngine(weightsDir, fetch).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({
    code: 'weights-changed',
    message: expect.stringContaining(weights.detect.file),
  });
});

if (process.platform === 'win32') console.info('not tried with a signal: Windows ends a process without a word to it');
test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a fetch of the weights, and then the command with %i', async (signal, code) => {
  const hanging = await file(
    `hanging-${signal}.mjs`,
    "setTimeout(() => {}, 60_000); process.stderr.write(process.pid + '\\n');",
  );
  const face = new URL('../../main/cli/face.ts', import.meta.url).href;
  const source = `import(${JSON.stringify(face)}).then(({ fetchWeights }) => fetchWeights(${JSON.stringify(hanging)}))`;
  const command = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', source], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const pid = await new Promise<number>((resolve) => {
    let said = '';
    command.stderr.on('data', (chunk) => {
      said += String(chunk);
      const [, found] = /^(\d+)\n/m.exec(said) ?? [];
      if (found) resolve(Number(found));
    });
  });
  command.kill(signal);
  expect(await once(command, 'exit')).toEqual([code, null]);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
