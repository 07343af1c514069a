import { basename } from 'node:path';
import { readFileUpTo } from '../../main/cli/read-file.ts';
import { createFaceEngine } from '../../models/face/engine.ts';
import { readManifest } from '../../models/face/manifest.ts';
import { faceNetworks } from '../../models/face/networks.ts';
import { loadRuntime } from '../../models/face/runtime.ts';
import { readCommandLine } from '../command-line.ts';
import { defaultWeightsDir, prepareWeights } from '../prepare/weights.ts';
import { MAX_TABLE_BYTES } from './csv.ts';
import { evaluateLiveness, evaluatePairs, type Progress } from './evaluate.ts';
import { openPictures } from './pictures.ts';
import { liveLine, livenessText, matchLine, pairsText } from './report.ts';
import { type ChipSide, InputError, parseLiveness, parsePairs } from './tables.ts';

const USAGE = `npm run evaluate-face -- [--pairs FILE.csv] [--liveness FILE.csv] --images DIR [--chip a|b|both] [--far 1e-4] [--json]

--pairs     heading a,b,same[,person_a,person_b]; a and b are pictures below DIR, same is 1 or 0
--images    the folder of the pictures
--chip      reduces this side, or both, to a chip photo, 102 × 126, first
--liveness  heading file,species; species is "live" or names an attack
--far       the false accept rate for which a threshold is wanted`;

const { values } = readCommandLine(USAGE, {
  options: {
    pairs: { type: 'string' },
    images: { type: 'string' },
    chip: { type: 'string', default: 'none' },
    liveness: { type: 'string' },
    far: { type: 'string', default: '1e-4' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else {
  await evaluate().catch((error: unknown) => {
    const problems =
      error instanceof InputError ? error.problems : [error instanceof Error ? error.message : String(error)];
    if (values.json)
      console.log(JSON.stringify({ error: { code: error instanceof InputError ? 'input' : 'failed', problems } }));
    else console.error(problems.join('\n'));
    process.exitCode = error instanceof InputError ? 2 : 1;
  });
}

async function evaluate(): Promise<void> {
  const { pairs: pairsFile, images, chip, liveness: livenessFile, json } = values;
  if (images === undefined || (pairsFile ?? livenessFile) === undefined) throw new InputError([USAGE]);
  if (!isChipSide(chip)) throw new InputError([`--chip ${chip}: a, b or both`]);
  const far = Number(values.far);
  if (!(far > 0 && far < 1)) throw new InputError([`--far ${values.far}: more than 0, less than 1`]);

  const pairs = pairsFile === undefined ? [] : parsePairs(pairsFile, await readTable(pairsFile), chip);
  const liveness = livenessFile === undefined ? [] : parseLiveness(livenessFile, await readTable(livenessFile));
  const files = new Set([...pairs.flatMap(({ a, b }) => [a, b]), ...liveness.map(({ file }) => file)]);
  const folder = await openPictures(images, files);

  await prepareWeights({ log: (line) => console.error(line) });
  const manifest = readManifest();
  const runtime = await loadRuntime(defaultWeightsDir, manifest, ['detect']);
  const engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  try {
    const subject = { engine, networks: faceNetworks(runtime, manifest) };
    const match =
      pairsFile === undefined
        ? undefined
        : await evaluatePairs(subject, pairs, folder, { chip, far, progress: telling('pictures embedded') });
    const live =
      livenessFile === undefined
        ? undefined
        : await evaluateLiveness(subject, liveness, folder, telling('pictures judged'));
    const lines = [
      ...(match ? [matchLine(manifest, basename(pairsFile ?? ''), match)] : []),
      ...(live ? [liveLine(manifest, basename(livenessFile ?? ''), live)] : []),
    ];
    if (json) {
      console.log(JSON.stringify({ ...(match && { match }), ...(live && { liveness: live }), manifest: lines }));
      return;
    }
    if (match) console.log(`${pairsText(match).join('\n')}\n`);
    if (live) console.log(`${livenessText(live).join('\n')}\n`);
    console.log(`for "thresholds" in models/face/manifest.json:\n${lines.join(',\n')}`);
  } finally {
    await engine.close();
    await runtime.close();
  }
}

function isChipSide(word: string): word is ChipSide {
  return word === 'none' || word === 'a' || word === 'b' || word === 'both';
}

async function readTable(path: string): Promise<Uint8Array> {
  const found = await readFileUpTo(path, MAX_TABLE_BYTES);
  if (found.state === 'read') return found.bytes;
  throw new InputError([`${path}: ${found.state === 'unreadable' ? `cannot be read (${found.reason})` : found.state}`]);
}

/** A line on standard error every hundred pictures. */
function telling(what: string): Progress {
  return (done, of) => {
    if (done % 100 === 0 || done === of) console.error(`${done} of ${of} ${what}`);
  };
}
