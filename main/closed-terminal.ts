import { machineTime } from '../drivers/core/index.ts';
import { pageFolder, type Terminal, type TerminalPorts } from './compose.ts';
import { openStoreIn } from './compose-store.ts';
import type { Configuration } from './config/config.ts';
import type { View } from './contracts/view.ts';
import { standardErrorLog } from './log/log.ts';
import { PageServer } from './page-server/page-server.ts';
import { storageProblem } from './session/storage-problem.ts';
import { StorageError } from './storage/errors.ts';

/** A disk that refused is asked again at this pace. */
const LOOK_AGAIN_MS = 5_000;

/**
 * A terminal whose store does not open: its page says that it is out of service and whom to call, and nothing can be begun
 * on it. Calls `onUsable` once the store opens; who called then stops this one and starts the terminal.
 */
export async function startClosedTerminal(
  { dataDir, storage, terminal }: Configuration,
  { pageKey, port }: TerminalPorts,
  reason: StorageError,
  onUsable: () => void,
): Promise<Terminal> {
  const log = standardErrorLog();
  let { code } = reason;
  const { place, machine, helpNumber, timeZone } = terminal;
  let manner: Pick<View, 'language' | 'mode'> = { language: 'zh-CN', mode: 'standard' };
  const show = (): void =>
    page.send({
      type: 'view',
      view: {
        ...manner,
        place: { name: place, machine, helpNumber },
        clock: { now: machineTime(), timeZone },
        network: 'unknown',
        screen: { kind: 'out-of-service', problem: storageProblem(code) },
      },
    });
  const page: PageServer = new PageServer({
    folder: pageFolder,
    key: pageKey,
    port,
    log,
    onIntent: (intent) => {
      if (intent.type === 'set-language') manner = { ...manner, language: intent.language };
      if (intent.type === 'set-mode') manner = { ...manner, mode: intent.mode };
      show();
    },
    onFrame: () => undefined,
    onPage: (present) => {
      if (present) show();
    },
  });
  await page.start();
  log.error({ error: reason }, 'the store does not open, and the terminal is closed');
  const looking = setInterval(() => {
    try {
      openStoreIn(dataDir, storage).close();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (error.code !== code) log.error({ error }, 'the store still does not open');
      code = error.code;
      return;
    }
    clearInterval(looking);
    onUsable();
  }, LOOK_AGAIN_MS);
  return {
    get port() {
      return page.port;
    },
    newAddress: () => page.newAddress(),
    async stop() {
      clearInterval(looking);
      await page.stop();
    },
  };
}
