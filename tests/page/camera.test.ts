import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeEach, describe, expect, test } from 'vitest';
import { closeCodes } from '../../main/contracts/messages.ts';
import { faceView, views } from '../renderer/fixtures.ts';
import { soon } from '../support/soon.ts';
import { keptOpen } from './kept-open.ts';

const open = keptOpen({ cameraHz: 15 });

beforeEach(async () => {
  await open.anew(views.attract);
  await soon(() => expect(said()).toEqual(['online']));
  open.host.forget();
});

/** What the page said of its camera. */
const said = () => open.host.intents.flatMap((intent) => (intent.type === 'camera' ? [intent.state] : []));
const frames = (count: number) => soon(() => expect(open.host.frames).toHaveLength(count), { intervalMs: 2 });

describe('the camera', () => {
  const frameSizes = () =>
    Promise.all(open.host.frames.map(async (frame) => await sharp(frame).metadata())).then((all) =>
      all.map(({ format, width, height }) => [format, width, height]),
    );

  test('is not opened before a face is looked for', async () => {
    await open.show(views['identify-reading']);
    expect(await open.page.locator('video').count()).toBe(0);
    expect(said()).toEqual([]);
  });

  test('sends one frame at once, then one for each that is wanted, and no more', async () => {
    await open.show(faceView({}));
    await frames(1);
    open.host.wantFrame();
    await frames(2);
    await sleep(300); // some pictures of the fake camera
    expect(await frameSizes()).toEqual([
      ['jpeg', 960, 540],
      ['jpeg', 960, 540],
    ]);
    expect(said()).toEqual(['online']);
  });

  test('never sends a picture twice, however fast frames are wanted', async () => {
    await open.show(faceView({}));
    for (let count = 1; count <= 20; count += 1) {
      await frames(count);
      open.host.wantFrame();
    }
    const different = new Set(open.host.frames.map((frame) => Buffer.from(frame).toString('base64')));
    expect(different.size).toBe(open.host.frames.length);
  });

  test.each([
    ['one of 4K', [3840, 2160], [960, 540]],
    ['one that stands upright', [1080, 1920], [540, 960]],
    ['a small one', [320, 240], [320, 240]],
  ])('%s sends pictures of no more than 960 px', async (_, size, sent) => {
    await open.page.evaluate(LENS('rgb(90 90 90)', size));
    await open.show(faceView({}));
    await frames(1);
    expect(await frameSizes()).toEqual([['jpeg', ...sent]]);
  });

  test('is closed while the core is away, and looks again for the one that comes', async () => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate('window.track = document.querySelector("video").srcObject.getVideoTracks()[0]');
    await open.host.stop();
    await soon(async () => expect(await open.page.evaluate('window.track.readyState')).toBe('ended'));
    await open.host.start();
    await frames(2);
  });

  test('is closed for good when another page takes over', async () => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate('window.track = document.querySelector("video").srcObject.getVideoTracks()[0]');
    open.host.close(closeCodes.replaced);
    await soon(async () => expect(await open.page.evaluate('window.track.readyState')).toBe('ended'));
    expect(await open.page.locator('video').count()).toBe(0);
  });

  test('that opens for a core which has gone meanwhile is not taken from the one that came', async () => {
    await open.page.evaluate(`
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const first = new Promise((resolve) => { window.answers = resolve; });
      let asked = 0;
      navigator.mediaDevices.getUserMedia = async (what) => {
        asked += 1;
        if (asked === 1) await first;
        return await open(what);
      };
    `);
    open.host.show(faceView({}));
    await open.page.locator('video').waitFor();
    open.host.close(1012);
    await frames(1);
    await open.page.evaluate('window.answers()');
    await sleep(500);
    open.host.wantFrame();
    await frames(2);
    expect(said()).not.toContain('failed');
  });

  test('is closed as soon as the screen is left', async () => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate('window.track = document.querySelector("video").srcObject.getVideoTracks()[0]');
    await open.show(views['form-choice']);
    expect(await open.page.evaluate('window.track.readyState')).toBe('ended');
    open.host.wantFrame();
    await sleep(300);
    expect(open.host.frames).toHaveLength(1);
  });
});

/** A camera in the page whose lens sees nothing but `window.seen`, a colour of CSS. */
const LENS = (colour: string, [width, height]: readonly number[] = [1280, 720]) => `
  window.seen = '${colour}';
  const canvas = Object.assign(document.createElement('canvas'), { width: ${width}, height: ${height} });
  const context = canvas.getContext('2d');
  setInterval(() => {
    context.fillStyle = window.seen;
    context.fillRect(0, 0, ${width}, ${height});
  }, 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
`;
const REFUSES = (name: string) => `
  window.open = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '${name}'));
`;

/** Until the picture that a stopped camera gave last is sent too, and one is wanted that does not come. */
async function wantInVain(): Promise<void> {
  for (let wanted = 0; wanted < 3; wanted += 1) {
    open.host.wantFrame();
    await sleep(200);
  }
}

describe('trouble with the camera is told to the core:', () => {
  test.each([
    ['nobody may use it', 'NotAllowedError', 'denied'],
    ['there is none', 'NotFoundError', 'missing'],
    ['another program has it', 'NotReadableError', 'failed'],
  ])('%s', async (_, name, state) => {
    await open.page.evaluate(REFUSES(name));
    open.host.show(faceView({}));
    await soon(() => expect(said()).toEqual([state]));
  });

  test.each([
    ['it is pulled out', '[]', 'missing'],
    ['it fails, and stays plugged in', '[{ kind: "videoinput" }]', 'failed'],
  ])('%s', async (_, found, state) => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate(`
      navigator.mediaDevices.enumerateDevices = async () => ${found};
      document.querySelector('video').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'));
    `);
    await soon(() => expect(said()).toEqual(['online', state]));
  });

  test('it gives no picture any more', async () => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate('document.querySelector("video").srcObject.getVideoTracks()[0].stop()');
    await wantInVain();
    const count = open.host.frames.length;
    await open.page.clock.fastForward(4_000);
    expect(said()).toEqual(['online']);
    await open.page.clock.fastForward(1_000);
    await soon(() => expect(said()).toEqual(['online', 'failed']));
    expect(open.host.frames).toHaveLength(count);
  });

  test('it gives none, on a page that is out of sight, and then is seen again', async () => {
    await open.show(faceView({}));
    await frames(1);
    await open.page.evaluate(`
      document.querySelector('video').srcObject.getVideoTracks()[0].stop();
      Object.defineProperty(document, 'visibilityState', { get: () => window.sight, configurable: true });
      window.sight = 'hidden';
    `);
    await wantInVain();
    await open.page.clock.fastForward(60_000);
    expect(said()).toEqual(['online']);
    await open.page.evaluate('window.sight = "visible"');
    await soon(async () => {
      await open.page.clock.fastForward(5_000);
      expect(said()).toEqual(['online', 'failed']);
    });
  });

  test('it does not answer at all; should it open after all, it is closed', async () => {
    await open.page.evaluate(`
      window.open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const answer = new Promise((resolve) => { window.answers = resolve; });
      navigator.mediaDevices.getUserMedia = () => answer;
    `);
    open.host.show(faceView({}));
    await open.page.locator('video').waitFor();
    await open.page.clock.fastForward(8_000);
    await soon(() => expect(said()).toEqual(['failed']));
    const late = await open.page.evaluate(`window.open({ video: true }).then(async (stream) => {
      window.answers(stream);
      await new Promise(requestAnimationFrame);
      return stream.getVideoTracks()[0].readyState;
    })`);
    expect(late).toBe('ended');
    expect(open.host.frames).toEqual([]);
  });

  test('nothing can be drawn of what it gives', async () => {
    await open.page.evaluate('HTMLCanvasElement.prototype.getContext = () => null');
    open.host.show(faceView({}));
    await soon(() => expect(said()).toEqual(['online', 'failed']));
    expect(open.complaints).toEqual([]);
  });

  test('its lens is covered; a dark room is none of its faults', async () => {
    await open.page.evaluate(LENS('rgb(30 30 30)'));
    await open.show(faceView({}));
    const looksOnForASecond = async (): Promise<void> => {
      open.host.wantFrame();
      await frames(open.host.frames.length + 1);
      await open.page.clock.fastForward(1_000);
    };
    await frames(1);
    for (let gone = 0; gone < 5; gone += 1) await looksOnForASecond();
    expect(said()).toEqual(['online']);
    await open.page.evaluate('window.seen = "rgb(12 12 12)"');
    for (let gone = 0; gone < 7 && !said().includes('failed'); gone += 1) await looksOnForASecond();
    expect(said()).toEqual(['online', 'failed']);
  });
});

describe('a camera that failed', () => {
  test('is looked for when somebody touches "again"', async () => {
    await open.show(views['face-camera-offline']);
    await open.page.getByRole('button', { name: '再试一次' }).click();
    await soon(() => expect(said()).toEqual(['online']));
  });

  test('is tried again by itself, on whatever screen, until it gives a picture', async () => {
    await open.page.evaluate(REFUSES('NotReadableError'));
    open.host.show(faceView({}));
    await soon(() => expect(said()).toEqual(['failed']));
    await open.show(views.attract);
    await open.page.evaluate(LENS('black'));
    await open.page.clock.fastForward(10_000);
    await sleep(600); // some black pictures
    for (let goneMs = 600; goneMs < 7_000; goneMs += 250) await open.page.clock.fastForward(250);
    expect(said()).toEqual(['failed']);
    await open.page.evaluate('navigator.mediaDevices.getUserMedia = window.open');
    await open.page.clock.fastForward(10_000);
    await soon(() => expect(said()).toEqual(['failed', 'online']));
    expect(open.host.frames).toEqual([]);
  }, 40_000);
});
