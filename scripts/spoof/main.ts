import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import sharp from 'sharp';
import { FaceError } from '../../models/face/errors.ts';
import { readManifest } from '../../models/face/manifest.ts';
import { faceNetworks } from '../../models/face/networks.ts';
import { decodePicture, type Picture } from '../../models/face/picture.ts';
import { loadRuntime } from '../../models/face/runtime.ts';
import { readCommandLine } from '../command-line.ts';
import { randomNumbers } from '../evaluate-face/bootstrap.ts';
import { defaultWeightsDir, prepareWeights } from '../prepare/weights.ts';
import { type PastedSpecies, pasted, pastedControls, pastedSpecies } from './pasted.ts';
import { portraitsOf } from './portraits.ts';
import { presented, type Species, species } from './species.ts';

const USAGE = `npm run spoof-pictures -- --images DIR --out DIR [--seed N]

Each face of the photos in --images, printed, cut out, bent and on screens, as the terminal's camera would see it, and
pasted onto borders or crossed by waves, as simple programs draw such attacks ("pasted-nothing" and "pasted-room" are controls
that show a living person, and "live" in the table): JPEG files and species.csv (file,species) for npm run evaluate-face, and sources.csv, which says what each was made of.`;

const MAX_PHOTOS = 1_000;
const BROWSER_QUALITY = 88; // as a browser compresses a camera's frame

const { values } = readCommandLine(USAGE, {
  options: {
    images: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const { images, out, seed } = values;
if (values.help || images === undefined || out === undefined || !/^\d{1,9}$/.test(seed)) {
  console.error(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  await make(images, out, Number(seed));
}

async function make(imagesDir: string, outDir: string, baseSeed: number): Promise<void> {
  const photos = (await readdir(imagesDir)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (photos.length > MAX_PHOTOS) throw new RangeError(`${photos.length} photos, at most ${MAX_PHOTOS}`);
  await prepareWeights({ log: (line) => console.error(line) });
  await mkdir(outDir, { recursive: true });
  const manifest = readManifest();
  const runtime = await loadRuntime(defaultWeightsDir, manifest, ['detect']);
  const networks = faceNetworks(runtime, manifest);
  const [speciesRows, sourceRows] = [['file,species'], ['file,species,source,face,seed']];
  try {
    for (const [photoNumber, name] of photos.entries()) {
      const photo = await decodePicture(await readFile(join(imagesDir, name))).catch((error: unknown) => {
        if (error instanceof FaceError) return undefined;
        throw error;
      });
      const portraits = photo ? portraitsOf(photo, await networks.detect(photo)) : [];
      for (const [face, portrait] of portraits.entries()) {
        for (const [kindNumber, kind] of [...species, ...pastedSpecies].entries()) {
          const ownSeed = baseSeed + photoNumber * 7_919 + face * 104_729 + kindNumber * 1_299_709;
          const random = randomNumbers(ownSeed);
          const { picture, quality } = isPasted(kind)
            ? pasted(kind, portrait, random)
            : { picture: presented(kind, portrait, random), quality: BROWSER_QUALITY };
          const file = `${parse(name).name.replace(/[^\w-]/g, '_')}-${face}-${kind}.jpg`;
          await writeFile(join(outDir, file), await jpeg(picture, quality));
          speciesRows.push(`${file},${pastedControls.has(kind) ? 'live' : kind}`);
          sourceRows.push(`${file},${kind},"${name.replaceAll('"', '""')}",${face},${ownSeed}`);
        }
      }
      console.error(`${name}: ${portraits.length} faces`);
    }
  } finally {
    await runtime.close();
  }
  await writeFile(join(outDir, 'species.csv'), `${speciesRows.join('\n')}\n`);
  await writeFile(join(outDir, 'sources.csv'), `${sourceRows.join('\n')}\n`);
  console.log(`${speciesRows.length - 1} pictures in ${outDir}`);
}

function isPasted(kind: Species | PastedSpecies): kind is PastedSpecies {
  return pastedSpecies.some((pastedKind) => pastedKind === kind);
}

async function jpeg({ width, height, rgb }: Picture, quality: number): Promise<Buffer> {
  return await sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}
