import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { similarity } from '../../models/face/compare.ts';
import { createFaceEngine, type FaceEngine } from '../../models/face/engine.ts';
import { FaceError } from '../../models/face/errors.ts';
import { MAX_PICTURE_BYTES } from '../../models/face/picture.ts';
import { CliError } from './cli-error.ts';
import { readFileUpTo } from './read-file.ts';

/** Adds `face compare` and `face liveness`. Their actions reject with CliError, each naming the file that it is about. */
export function faceCommand(program: Command): void {
  const face = program.command('face').description('compare faces and judge liveness in picture files');

  face
    .command('compare')
    .description('are the faces of two pictures those of one person?')
    .argument('<a>', 'JPEG, PNG or BMP file')
    .argument('<b>', 'JPEG, PNG or BMP file')
    .option('--json', 'one JSON object on standard output')
    .action(async (a: string, b: string, { json }: { json?: true }) => {
      const pictures = [await readPicture(a), await readPicture(b)] as const;
      await withEngine(async (engine) => {
        const startedMs = performance.now();
        const first = await about(a, engine.embedFrame(pictures[0]));
        const second = await about(b, engine.embedFrame(pictures[1]));
        const cosine = similarity(first.embedding, second.embedding);
        const matched = cosine >= engine.thresholds.match;
        const ms = performance.now() - startedMs;
        const result = { similarity: cosine, matched, quality: { a: first.quality, b: second.quality }, ms };
        const text = `${matched ? 'the same person' : 'not the same person'}, similarity ${cosine.toFixed(3)}`;
        print(json ? JSON.stringify(result) : `${text}, ${ms.toFixed(0)} ms`);
      });
    });

  face
    .command('liveness')
    .description('is the face of a picture alive, or a picture of a picture?')
    .argument('<a>', 'JPEG, PNG or BMP file')
    .option('--json', 'one JSON object on standard output')
    .action(async (a: string, { json }: { json?: true }) => {
      const picture = await readPicture(a);
      await withEngine(async (engine) => {
        const startedMs = performance.now();
        const { live, score } = await about(a, engine.checkLiveness(picture));
        const ms = performance.now() - startedMs;
        const text = `${live ? 'live' : 'not live'}, score ${score.toFixed(3)}, ${ms.toFixed(0)} ms`;
        print(json ? JSON.stringify({ live, score, ms }) : text);
      });
    });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readPicture(path: string): Promise<Uint8Array> {
  const found = await readFileUpTo(path, MAX_PICTURE_BYTES);
  switch (found.state) {
    case 'read':
      return found.bytes;
    case 'missing':
      throw new CliError('file-missing', `${path}: no such file`);
    case 'unreadable':
      throw new CliError('file-unreadable', `${path}: cannot be read (${found.reason})`);
    case 'too-large':
      throw new CliError(
        'too-large',
        `${path}: ${found.sizeBytes} bytes, of which at most ${MAX_PICTURE_BYTES} are accepted`,
      );
  }
}

/** Puts the file's name before what is wrong with its picture. */
async function about<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FaceError) throw new CliError(error.code, `${path}: ${error.message}`);
    throw error;
  }
}

async function withEngine(work: (engine: FaceEngine) => Promise<void>): Promise<void> {
  const engine = await openEngine();
  try {
    await work(engine);
  } finally {
    await engine.close();
  }
}

/** On a fresh checkout the weights are fetched first. */
async function openEngine(): Promise<FaceEngine> {
  const weightsDir = fileURLToPath(new URL('../../models/weights/', import.meta.url));
  try {
    return await createFaceEngine({ weightsDir });
  } catch (error) {
    if (!(error instanceof FaceError)) throw error;
    if (error.code !== 'weights-missing') throw new CliError(error.code, error.message);
  }
  await fetchWeights();
  return await createFaceEngine({ weightsDir });
}

/** In a process of its own, as nothing imports scripts/; its lines go to standard error. */
function fetchWeights(): Promise<void> {
  const script = fileURLToPath(new URL('../../scripts/prepare/weights.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [script], (error) => {
      if (error) reject(new CliError('weights-missing', 'the face weights are missing and could not be fetched'));
      else resolve();
    });
    child.stderr?.pipe(process.stderr);
  });
}
