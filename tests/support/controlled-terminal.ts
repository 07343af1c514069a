import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Observable } from '../../drivers/core/index.ts';
import type { Configuration } from '../../main/config/config.ts';
import { serveControl } from '../../main/control/control-server.ts';
import type { Alarm } from '../../main/control/protocol.ts';
import { socketPath } from '../../main/control/socket-path.ts';
import { Devices } from '../../main/devices/devices.ts';
import { faultOf } from '../../main/devices/status.ts';
import { Desk } from '../../main/outbox/desk.ts';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore, type Store } from '../../main/storage/open.ts';
import type { ConnectivityState } from '../../main/sync/connectivity.ts';
import { memoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The part of a core that technicians talk to, above a device process without drivers (`device-child.ts`). */
export interface ControlledTerminal {
  readonly devices: Devices;
  readonly connectivity: { readonly status: Observable<ConnectivityState> };
  readonly store: Store;
  readonly configurationFile: string;
  readonly socket: string;
  /** Not running: a test says what becomes of what it holds. */
  readonly outbox: Outbox;
  /** What ails it beside its devices, under a test's hand. */
  readonly alarms: Alarm[];
  stop(): Promise<void>;
}

/** `more`: devices beside a card reader and a receipt printer. */
export async function startControlledTerminal(
  ...more: readonly (readonly [id: string, model: string])[]
): Promise<ControlledTerminal> {
  const dir = temporaryFolder();
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const spec = (id: string, model: string) => ({ id, model, line: { kind: 'tcp' }, options: {} });
  const configuration: Configuration = {
    terminal: {
      id: 't-1',
      code: 'T1',
      place: { 'zh-CN': '大厅', en: 'Hall' },
      machine: { 'zh-CN': '1 号机', en: 'Terminal 1' },
      helpNumber: '12345',
      timeZone: 'Asia/Shanghai',
      progressUrl: 'https://zwfw.example/p/',
    },
    dataDir,
    platform: { baseUrl: 'https://platform.example', token: 'secret-of-the-platform' },
    devices: [
      spec('reader', 'id-card-reader'),
      spec('printer', 'receipt-printer'),
      ...more.map(([id, model]) => spec(id, model)),
    ],
  };
  const configurationFile = join(dir, 'terminal.json');
  writeFileSync(configurationFile, JSON.stringify(configuration), { mode: 0o600 });
  const store = openStore(join(dataDir, 'jiujin.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  const log = memoryLog();
  const devices = new Devices({ devices: configuration.devices }, new URL('./device-child.ts', import.meta.url), log);
  devices.onChange(({ device, at }) => {
    const { id: deviceId, status } = device;
    store.deviceEvents.record({ deviceId, at, state: status.state, fault: faultOf(status) });
  });
  const alarms: Alarm[] = [];
  const end = new AbortController();
  const running = devices.run(end.signal);
  const socket = socketPath(dataDir, 'control');
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unreachable' }), log });
  const desk = new Desk({ store, outbox, log });
  const connectivity = { status: new Observable<ConnectivityState>({ state: 'online', observedAt: '' }) };
  const ports = { path: socket, terminalId: 't-1', timeZone: 'Asia/Shanghai', devices, connectivity, store, desk, log };
  const control = await serveControl({ ...ports, onBlanks: () => undefined, alarms: () => alarms });
  await devices.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
  return {
    devices,
    connectivity,
    store,
    configurationFile,
    socket,
    outbox,
    alarms,
    async stop() {
      await control.close();
      end.abort();
      await running;
      store.close();
    },
  };
}
