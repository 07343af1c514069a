import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { bundledChromium } from '../browser/bundled-chromium.ts';
import { readCommandLine } from '../command-line.ts';
import { peopleDir, prepare } from '../prepare/main.ts';
import { servePty } from '../simulators/pty-far-end.ts';
import { type RunningTerminal, startTerminal } from '../simulators/terminal.ts';
import { startWorld, type World } from '../simulators/world.ts';
import { Resident } from './resident.ts';

const USAGE = `npm run demo [-- --wrong-face] [--landscape] [--pictures] [--out FOLDER]

Walks service S01 as a resident would, in a headless browser with real models: card bytes over a wire, a face before the
camera, form, submission, certificate and receipt. Leaves numbered screenshots, receipt.png and certificate.pdf in .demo/, or in FOLDER.

  --wrong-face   another person stands before the camera: the walk must end at the face step, in words
  --landscape    on a screen of 1920 × 1080 instead of 1080 × 1920
  --out FOLDER   leaves them there; what it held is deleted
  --pictures     puts the README's two pictures in their place`;

const README_PICTURES = fileURLToPath(new URL('./pictures', import.meta.url));
/** Pages of the walk that one picture shows side by side. */
const IN_WALK_PICTURE = ['attract', 'place-card', 'form', 'result'];
const PORTRAIT = { width: 1080, height: 1920 };
const LANDSCAPE = { width: 1920, height: 1080 };

const { values } = readCommandLine(USAGE, {
  options: {
    'wrong-face': { type: 'boolean', default: false },
    landscape: { type: 'boolean', default: false },
    pictures: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../../.demo', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const out = resolve(values.out);
const startedAt = performance.now();
let step = 'preparing';
let world: Promise<World> | undefined;
let terminal: Promise<RunningTerminal> | undefined;
const dir = await mkdtemp(join(tmpdir(), 'jiujin-demo-'));
try {
  await Promise.race([demonstrate(), interruption()]);
} catch (error) {
  console.error(`The demo failed at "${step}" after ${seconds()} s: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  // Waited for even where they are still starting: nothing of them stays behind.
  await terminal?.then(
    ({ stop }) => stop(),
    () => undefined,
  );
  await world?.then(
    ({ close }) => close(),
    () => undefined,
  );
  await rm(dir, { recursive: true, force: true });
}

async function demonstrate(): Promise<void> {
  await prepare(say);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  // The real serial code where this system has pseudo-terminals, the same bytes over TCP elsewhere.
  const serial = process.platform === 'win32' ? {} : { serveSerial: servePty };
  world = startWorld({ dir, peopleDir, ...serial });
  const { configurationFile } = await world;
  const fakeCamera = join(peopleDir, values['wrong-face'] ? 'wei.mjpeg' : 'lin.mjpeg');
  const viewport = values.landscape ? LANDSCAPE : PORTRAIT;
  const chromium = await bundledChromium({ fakeCamera });
  // The pictures show the page at rest, and without a graphics card whatever moves costs the processor.
  const args = [...chromium.args, '--force-prefers-reduced-motion'];
  const browser = { ...chromium, args, headless: true, viewport };
  step = 'opening the page';
  terminal = startTerminal({ configurationFile, dir, browser, onNote: say });
  await walk(await world, await terminal);
  if (!values['wrong-face']) await composeWalk();
  if (values.pictures) await placeReadmePictures();
  say(`Done in ${seconds()} s. Look into ${out}`);
}

/** Rejects on Ctrl-C; a second one ends the process as it is. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('interrupted')));
  });
}

async function walk(around: World, standing: RunningTerminal): Promise<void> {
  try {
    await visit(around, standing);
  } catch (error) {
    await photograph(standing).catch(() => undefined); // the page may be what failed
    throw error;
  }
}

async function photograph({ shell }: RunningTerminal): Promise<void> {
  await shell.page.screenshot({ path: join(out, 'failed.png') });
}

async function visit({ placeCard, receiptPrinter, licencePrinter }: World, { shell }: RunningTerminal): Promise<void> {
  let picture = 0;
  const resident = new Resident(() => shell.page);
  const shows = async (name: string): Promise<void> => {
    picture += 1;
    step = name;
    say(`${String(picture).padStart(2)}  ${name}`);
    await shell.page.evaluate('document.fonts.ready');
    await shell.page.screenshot({
      path: join(out, `${String(picture).padStart(2, '0')}-${name}.png`),
      animations: 'disabled',
    });
  };

  await resident.sees('attract');
  await shows('attract');
  await resident.starts();
  await resident.reads('刷脸即打'); // once the devices are ready
  await shows('services');
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  await shows('place-card');
  placeCard('lin');
  await resident.sees('verify-face');
  await resident.reads('把脸放进');
  await shows('look-at-camera');
  if (values['wrong-face']) {
    await resident.reads('没有确认是您本人');
    await shows('face-refused');
    return;
  }
  await resident.sees('form');
  await resident.touches('3 年');
  await shows('form');
  await resident.touches('下一步');
  await resident.sees('review');
  await shows('review');
  await resident.touches('确认提交');
  await resident.sees('print');
  await shows('print');
  await resident.sees('result');
  await shows('result');
  await resident.touches(/^非常满意/);
  await resident.reads('谢谢您的评价');
  await shows('rated');

  step = 'receipt and certificate';
  const [certificate] = licencePrinter.documents();
  const receipt = await receiptPrinter.paperPng();
  if (!certificate || !receipt || receiptPrinter.receipts().length !== 1)
    throw new Error('The papers did not come out.');
  await writeFile(join(out, 'receipt.png'), receipt);
  await writeFile(join(out, 'certificate.pdf'), certificate.pdf);
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
}

async function composeWalk(): Promise<void> {
  step = 'picture of the walk';
  const files = (await readdir(out)).sort();
  const pages = IN_WALK_PICTURE.map((name) => files.find((file) => file.endsWith(`-${name}.png`)) ?? '');
  const [width, gap] = values.landscape ? [720, 16] : [420, 16];
  const small = await Promise.all(pages.map((file) => sharp(join(out, file)).resize({ width }).png().toBuffer()));
  const { height = 0 } = await sharp(small[0]).metadata();
  await sharp({ create: { width: pages.length * (width + gap) - gap, height, channels: 3, background: '#ffffff' } })
    .composite(small.map((input, index) => ({ input, left: index * (width + gap), top: 0 })))
    .png({ palette: true })
    .toFile(join(out, 'walk.png'));
}

async function placeReadmePictures(): Promise<void> {
  await mkdir(README_PICTURES, { recursive: true });
  await copyFile(join(out, 'walk.png'), join(README_PICTURES, 'walk.png'));
  await sharp(join(out, 'receipt.png'))
    .resize({ width: 420 })
    .png({ palette: true })
    .toFile(join(README_PICTURES, 'receipt.png'));
}

function say(line: string): void {
  console.log(line);
}

function seconds(): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
