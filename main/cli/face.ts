import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runProgram } from '../../drivers/transport/program.ts';
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

const weightsDir = fileURLToPath(new URL('../../models/weights/', import.meta.url));

/** On a fresh checkout the weights are fetched first. Rejects with CliError. */
export async function openEngine(dir = weightsDir, fetch = fetchWeights): Promise<FaceEngine> {
  const open = (): Promise<FaceEngine> =>
    createFaceEngine({ weightsDir: dir }).catch((error: unknown) => {
      throw error instanceof FaceError ? new CliError(error.code, error.message) : error;
    });
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'weights-missing') throw error;
  }
  await fetch();
  return await open();
}

const weightsScript = fileURLToPath(new URL('../../scripts/prepare/weights.ts', import.meta.url));
const endings = ['SIGINT', 'SIGTERM'] as const;

/**
 * In a process of its own, as nothing imports scripts/; its lines go to standard error. A terminal's Ctrl-C does not reach that
 * process, so it is ended here, and this one after it with the exit code that a shell gives a signal. Rejects with CliError.
 */
export async function fetchWeights(script = weightsScript): Promise<void> {
  let asked: NodeJS.Signals | undefined;
  const stop = new AbortController();
  const onEnding = (signal: NodeJS.Signals): void => {
    asked ??= signal;
    stop.abort();
  };
  for (const ending of endings) process.once(ending, onEnding);
  try {
    const exitCode = await runProgram(
      {
        command: [process.execPath, script],
        onOutput: () => undefined,
        onComplaint: (chunk) => process.stderr.write(chunk),
      },
      stop.signal,
    );
    if (exitCode !== 0) throw new CliError('weights-missing', 'the face weights are missing and could not be fetched');
  } catch (error) {
    if (asked) process.exit(128 + constants.signals[asked]);
    throw error;
  } finally {
    for (const ending of endings) process.off(ending, onEnding);
  }
}
