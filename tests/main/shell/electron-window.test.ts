import { EventEmitter } from 'node:events';
import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ElectronPorts, kioskWindow } from '../../../main/shell/electron/window.ts';

const address = 'http://127.0.0.1:4000/enter?token=t';
const origin = 'http://127.0.0.1:4000';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type RequestHandler = (page: null, permission: string, answer: (granted: boolean) => void, details: object) => void;
type CheckHandler = (page: null, permission: string, from: string, details: object) => boolean;

/** Electron as far as the shell uses it. Its types are those of the real one; its behaviour is recorded. */
function electron() {
  const page = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn() });
  const window = Object.assign(new EventEmitter(), { webContents: page, loadURL: vi.fn(async () => undefined) });
  const [app, created] = [{ on: vi.fn(), quit: vi.fn() }, vi.fn()];
  let mayAsk: RequestHandler = () => undefined;
  let isGranted: CheckHandler = () => true;
  const ports = {
    app,
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: RequestHandler) => {
          mayAsk = handler;
        },
        setPermissionCheckHandler: (handler: CheckHandler) => {
          isGranted = handler;
        },
      },
    },
    BrowserWindow: class {
      constructor(options: BrowserWindowConstructorOptions) {
        created(options);
        // biome-ignore lint/correctness/noConstructorReturn: a class is what Electron has here, and the test keeps the window
        return window as unknown as BrowserWindow;
      }
    },
  } as unknown as ElectronPorts;
  const onAddressWanted = vi.fn();
  const kiosk = kioskWindow(ports, onAddressWanted);
  const asks = (permission: string, details: object = {}): boolean => {
    const answer = vi.fn();
    mayAsk(null, permission, answer, details);
    return answer.mock.calls[0]?.[0];
  };
  const checks = (permission: string, from: string, details: object): boolean =>
    isGranted(null, permission, from, details);
  return { kiosk, page, window, app, created, onAddressWanted, asks, checks };
}

function navigation(page: EventEmitter, name: string, url: string): boolean {
  const event = { preventDefault: vi.fn() };
  page.emit(name, event, url);
  return event.preventDefault.mock.calls.length === 0;
}

test('the window is full screen, sandboxed, and without Node, developer tools or web views', () => {
  const { created } = electron();
  expect(created).toHaveBeenCalledWith(
    expect.objectContaining({
      kiosk: true,
      webPreferences: expect.objectContaining({
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        devTools: false,
      }),
    }),
  );
});

test('the page stays on the core’s origin, by link and by redirection', () => {
  const { kiosk, page, window } = electron();
  kiosk.show(address);
  expect(window.loadURL).toHaveBeenCalledWith(address);
  for (const name of ['will-navigate', 'will-redirect']) {
    expect(navigation(page, name, `${origin}/`)).toBe(true);
    for (const url of [
      'https://evil.example/',
      'http://127.0.0.1:4001/',
      'http://localhost:4000/',
      'file:///etc/passwd',
      'data:text/html,x',
      'javascript:1',
    ]) {
      expect(navigation(page, name, url), url).toBe(false);
    }
  }
});

test('before an address is known nothing can be navigated to', () => {
  expect(navigation(electron().page, 'will-navigate', `${origin}/`)).toBe(false);
});

test('no further window can be opened', () => {
  const { page } = electron();
  expect(page.setWindowOpenHandler.mock.calls[0]?.[0]()).toEqual({ action: 'deny' });
});

test('the camera is granted, and nothing else', () => {
  const { kiosk, asks, checks } = electron();
  kiosk.show(address);
  expect(asks('media', { mediaTypes: ['video'] })).toBe(true);
  expect(checks('media', `${origin}/`, { mediaType: 'video' })).toBe(true);
  expect(asks('media', { mediaTypes: ['video', 'audio'] })).toBe(false);
  expect(asks('media', { mediaTypes: ['audio'] })).toBe(false);
  expect(asks('media')).toBe(false);
  expect(checks('media', origin, { mediaType: 'audio' })).toBe(false);
  expect(checks('media', 'https://evil.example/', { mediaType: 'video' })).toBe(false);
  for (const permission of [
    'geolocation',
    'notifications',
    'usb',
    'serial',
    'hid',
    'clipboard-read',
    'display-capture',
  ]) {
    expect([asks(permission), checks(permission, origin, {})]).toEqual([false, false]);
  }
});

test.each(['render-process-gone', 'unresponsive'])('after %s the window asks for a new address', (name) => {
  const { page, onAddressWanted } = electron();
  page.emit(name);
  expect(onAddressWanted).toHaveBeenCalledOnce();
});

test('a page that did not load is asked for again half a second later, unless another load took its place', async () => {
  const { kiosk, page, window, onAddressWanted } = electron();
  window.loadURL.mockRejectedValue(new Error('ERR_CONNECTION_REFUSED'));
  kiosk.show(address);
  page.emit('did-fail-load', {}, -102);
  await vi.advanceTimersByTimeAsync(499);
  expect(onAddressWanted).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(onAddressWanted).toHaveBeenCalledOnce();
  page.emit('did-fail-load', {}, -3);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(onAddressWanted).toHaveBeenCalledOnce();
});

test('a window that was closed ends the shell', () => {
  const { window, app } = electron();
  window.emit('closed');
  expect(app.quit).toHaveBeenCalledOnce();
});

test('an address that the core refuses asks for another; a page that came does not', () => {
  const { page, onAddressWanted } = electron();
  page.emit('did-navigate', {}, `${origin}/`, 200);
  vi.advanceTimersByTime(5_000);
  expect(onAddressWanted).not.toHaveBeenCalled();
  page.emit('did-navigate', {}, address, 403);
  vi.advanceTimersByTime(5_000);
  expect(onAddressWanted).toHaveBeenCalledOnce();
});
