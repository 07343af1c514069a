import type { App, BrowserWindowConstructorOptions, Session, BrowserWindow as Window } from 'electron';

/** What of Electron the shell uses: handed in, so that a stand-in can take its place in tests. */
export interface ElectronPorts {
  readonly app: Pick<App, 'on' | 'quit'>;
  readonly session: {
    readonly defaultSession: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler'>;
  };
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => Window;
}

export interface KioskWindow {
  show(address: string): void;
}

const RELOAD_MS = 500;

/**
 * The one window: full screen, sandboxed, without Node, without a way to another page. What it asks for when its page has
 * died is a new address.
 */
export function kioskWindow(ports: ElectronPorts, onAddressWanted: () => void): KioskWindow {
  const { app, session, BrowserWindow } = ports;
  const permissions = session.defaultSession;
  permissions.setPermissionRequestHandler((_page, permission, answer, details) => {
    const media = 'mediaTypes' in details ? (details.mediaTypes ?? []) : [];
    answer(permission === 'media' && media.length > 0 && media.every((type) => type === 'video'));
  });
  permissions.setPermissionCheckHandler((_page, permission, from, { mediaType }) => {
    return permission === 'media' && mediaType !== 'audio' && from.replace(/\/$/, '') === origin;
  });
  const window = new BrowserWindow({
    kiosk: true,
    autoHideMenuBar: true,
    backgroundColor: '#F3F6FB',
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      devTools: false,
      spellcheck: false,
    },
  });
  let origin = '';
  const page = window.webContents;
  page.setWindowOpenHandler(() => ({ action: 'deny' }));
  const stayHere = (event: { preventDefault(): void }, url: string): void => {
    if (new URL(url).origin !== origin) event.preventDefault();
  };
  page.on('will-navigate', stayHere);
  page.on('will-redirect', stayHere);
  page.on('render-process-gone', onAddressWanted);
  page.on('unresponsive', onAddressWanted);
  page.on('did-fail-load', (_event, code) => {
    const canceled = code === -3; // ERR_ABORTED: another load has taken over
    if (!canceled) setTimeout(onAddressWanted, RELOAD_MS);
  });
  page.on('did-navigate', (_event, _url, status) => {
    // The address of a core that died meanwhile is nothing to its successor.
    if (status >= 400) setTimeout(onAddressWanted, RELOAD_MS);
  });
  window.on('closed', () => app.quit());
  return {
    show(address) {
      origin = new URL(address).origin;
      void window.loadURL(address).catch(() => undefined); // told by did-fail-load
    },
  };
}
