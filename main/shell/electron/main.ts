import { app, BrowserWindow, powerSaveBlocker, session } from 'electron';
import { CoreRunner } from '../core-runner.ts';
import { kioskWindow } from './window.ts';

/** Electron's main process: a window, and the core beside it. Usage: electron main.js NODE CORE_SCRIPT CONFIGURATION */
const [program = '', ...parameters] = process.argv.slice(process.argv.indexOf('--') + 1);

app.enableSandbox();
app.commandLine.appendSwitch('enable-speech-dispatcher'); // Linux: without it Chromium has no voice, whatever is installed
if (app.requestSingleInstanceLock()) {
  // Not a top-level await: Electron is not ready before this module has been evaluated.
  void app.whenReady().then(start);
} else {
  app.exit(0);
}

function start(): void {
  powerSaveBlocker.start('prevent-display-sleep');
  const window = kioskWindow({ app, session, BrowserWindow }, () => core.askAddress());
  const core: CoreRunner = new CoreRunner({
    command: [program, ...parameters],
    onAddress: (address) => window.show(address),
    onNote: (note) => process.stderr.write(`${note}\n`),
  });
  let ended = false;
  app.on('before-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    void core.stop().then(() => {
      ended = true;
      app.quit();
    });
  });
  core.start();
}
