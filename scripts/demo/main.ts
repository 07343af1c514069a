import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundledChromium } from '../browser/bundled-chromium.ts';
import { peopleDir, prepare } from '../prepare/main.ts';
import { servePty } from '../simulators/pty-far-end.ts';
import { type RunningTerminal, startTerminal } from '../simulators/terminal.ts';
import { startWorld, type World } from '../simulators/world.ts';
import { Resident } from './resident.ts';

const USAGE = `npm run demo [-- --wrong-face] [--mode standard|elderly] [--landscape]

Walks service S01 as a resident would, in a headless browser with real models: card bytes over a wire, a face before the
camera, form, submission, certificate and receipt. Leaves numbered screenshots, receipt.png and certificate.pdf in .demo/.

  --wrong-face   another person stands before the camera: the walk must end at the face step, in words`;

const OUT = fileURLToPath(new URL('../../.demo', import.meta.url));
const PORTRAIT = { width: 1080, height: 1920 };
const LANDSCAPE = { width: 1920, height: 1080 };

const { values } = parseArgs({
  options: {
    'wrong-face': { type: 'boolean', default: false },
    landscape: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const startedAt = performance.now();
let step = 'preparing';
let world: World | undefined;
let terminal: RunningTerminal | undefined;
const dir = await mkdtemp(join(tmpdir(), 'jiujin-demo-'));
try {
  await prepare(say);
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  // The real serial code where this system has pseudo-terminals, the same bytes over TCP elsewhere.
  const serial = process.platform === 'win32' ? {} : { serveSerial: servePty };
  world = await startWorld({ dir, peopleDir, ...serial });
  const fakeCamera = join(peopleDir, values['wrong-face'] ? 'wei.mjpeg' : 'lin.mjpeg');
  const viewport = values.landscape ? LANDSCAPE : PORTRAIT;
  const browser = { ...(await bundledChromium({ fakeCamera })), headless: true, viewport };
  terminal = await startTerminal({ configurationFile: world.configurationFile, dir, browser, onNote: say });
  await walk(world, terminal);
  say(`Done in ${seconds()} s. Look into ${OUT}`);
} catch (error) {
  console.error(`The demo failed at "${step}" after ${seconds()} s: ${(error as Error).message}`);
  await terminal?.shell.page.screenshot({ path: join(OUT, 'failed.png') }).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await terminal?.stop();
  await world?.close();
  await rm(dir, { recursive: true, force: true });
}

async function walk({ placeCard, receiptPrinter, licencePrinter }: World, { shell }: RunningTerminal): Promise<void> {
  let picture = 0;
  const resident = new Resident(() => shell.page);
  const shows = async (name: string): Promise<void> => {
    picture += 1;
    step = name;
    say(`${String(picture).padStart(2)}  ${name}`);
    await shell.page.evaluate('document.fonts.ready');
    await shell.page.screenshot({
      path: join(OUT, `${String(picture).padStart(2, '0')}-${name}.png`),
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
  const receipt = receiptPrinter.paperPng();
  if (!certificate || !receipt || receiptPrinter.receipts().length !== 1)
    throw new Error('The papers did not come out.');
  await writeFile(join(OUT, 'receipt.png'), receipt);
  await writeFile(join(OUT, 'certificate.pdf'), certificate.pdf);
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
}

function say(line: string): void {
  console.log(line);
}

function seconds(): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
