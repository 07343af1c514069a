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

export interface ControlledDevices {
  readonly devices: Devices;
  readonly specs: Configuration['devices'];
  run(): Promise<void>;
  stop(): Promise<void>;
}

/** A card reader, a receipt printer and `more`, above a device process that `run` starts. */
export function controlledDevices(...more: readonly (readonly [id: string, model: string])[]): ControlledDevices {
  const pairs = [['reader', 'id-card-reader'], ['printer', 'receipt-printer'], ...more] as const;
  const specs = pairs.map(([id, model]) => ({ id, model, line: { kind: 'tcp' }, options: {} }));
  const devices = new Devices({ devices: specs }, new URL('./device-child.ts', import.meta.url), memoryLog());
  const end = new AbortController();
  let running: Promise<void> | undefined;
  return {
    devices,
    specs,
    async run() {
      running ??= devices.run(end.signal);
      await devices.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
    },
    async stop() {
      end.abort();
      await running;
    },
  };
}

/** `shared`: devices that outlive this terminal; who changes how one is puts it back. Else it has its own. */
export async function startControlledTerminal(shared?: ControlledDevices): Promise<ControlledTerminal> {
  const owned = shared ?? controlledDevices();
  const { devices, specs, run } = owned;
  const dir = temporaryFolder();
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
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
    devices: specs,
  };
  const configurationFile = join(dir, 'terminal.json');
  writeFileSync(configurationFile, JSON.stringify(configuration), { mode: 0o600 });
  const store = openStore(join(dataDir, 'jiujin.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  const log = memoryLog();
  const unsubscribe = devices.onChange(({ device, at }) => {
    const { id: deviceId, status } = device;
    store.deviceEvents.record({ deviceId, at, state: status.state, fault: faultOf(status) });
  });
  const alarms: Alarm[] = [];
  const socket = socketPath(dataDir, 'control');
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unreachable' }), log });
  const desk = new Desk({ store, outbox, log });
  const connectivity = { status: new Observable<ConnectivityState>({ state: 'online', observedAt: '' }) };
  const ports = { path: socket, terminalId: 't-1', timeZone: 'Asia/Shanghai', devices, connectivity, store, desk, log };
  const control = await serveControl({
    ...ports,
    now: () => new Date(),
    onBlanks: () => undefined,
    alarms: () => alarms,
  });
  await run();
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
      if (!shared) await owned.stop();
      unsubscribe();
      store.close();
    },
  };
}
