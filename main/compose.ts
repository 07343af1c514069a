import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { camera, deviceProcess, faceProcess, remember } from './compose-devices.ts';
import { type Line, openLine } from './compose-line.ts';
import { type Managed, manage } from './compose-management.ts';
import { openStorage, type Storage } from './compose-store.ts';
import { openVisit } from './compose-visit.ts';
import { BLANKS_LOW_AT, type Configuration } from './config/config.ts';
import { alarmsOf } from './control/alarms.ts';
import { recordOrSay, recordStart } from './control/audit-handlers.ts';
import { serveControl } from './control/control-server.ts';
import type { LocalServer } from './control/local-server.ts';
import type { Alarm } from './control/protocol.ts';
import { socketPath } from './control/socket-path.ts';
import type { Devices } from './devices/devices.ts';
import { loadCatalogue } from './flows/catalogue.ts';
import { FaceUpkeep } from './identity/face-upkeep.ts';
import { fileLog, type Log, standardErrorLog } from './log/log.ts';
import { Desk } from './outbox/desk.ts';
import { devicePrinters } from './printing/device-printers.ts';
import { followPrinters } from './printing/follow-printers.ts';
import { Printing } from './printing/printing.ts';
import type { Store } from './storage/open.ts';
import { Clock } from './sync/clock.ts';

export interface Terminal {
  readonly port: number;
  /** An address that lets one shell in, once. */
  newAddress(): string;
  stop(): Promise<void>;
}

export interface TerminalPorts {
  readonly pageKey: Uint8Array;
  readonly port: number;
  /** Ends this core, so that the shell starts the next. */
  readonly restart: () => void;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The built page. */
export const pageFolder = join(ROOT, 'dist', 'renderer');

/**
 * Builds each object of the core once, wires them, and starts them. Rejects where the terminal cannot work at all, with a
 * StorageError where that is for its disk.
 */
export async function startTerminal(configuration: Configuration, ports: TerminalPorts): Promise<Terminal> {
  const { dataDir } = configuration;
  const log = openLog(join(dataDir, 'logs', 'core.log'));
  const clock = new Clock({ log });
  const storage = openStorage(dataDir, configuration.storage, { log, now: () => clock.now() });
  try {
    clock.restore(storage.store.syncState);
    return await startWith(configuration, ports, { ...storage, clock, log });
  } catch (error) {
    // Kept open it would be in use for whoever looks later whether it opens.
    try {
      storage.store.close();
    } catch (closing) {
      log.warn({ error: closing }, 'the store was closed with something in its log');
    }
    throw error;
  }
}

/** A log that cannot be kept is no reason to send residents away: what it would have said goes to standard error. */
function openLog(path: string): Log {
  try {
    return fileLog(path);
  } catch (error) {
    const log = standardErrorLog();
    log.error({ path, error }, 'the log cannot be kept in its file');
    return log;
  }
}

/** What everything stands on. */
interface Ground extends Storage {
  readonly clock: Clock;
  readonly log: Log;
}

async function startWith(configuration: Configuration, ports: TerminalPorts, ground: Ground): Promise<Terminal> {
  const { store, disk, clock, log } = ground;
  const { terminal, blanks } = configuration;
  const stop = new AbortController();
  const onFault = (error: Error): void => log.error({ error }, 'a fault of ours ends the core');
  process.on('uncaughtExceptionMonitor', onFault);

  recordStart(store.audit, log, terminal.id);
  const line = await openLine(configuration, ground);
  const devices = deviceProcess(configuration, log);
  const printers = devicePrinters({ devices, calibrations: blanks?.calibrations ?? {} });
  const printing = new Printing({ store, printers, log });
  const face = faceProcess(ROOT, log);
  const refresh = (): void => session.refresh();
  const managed = manage(configuration, {
    ...{ store, disk, clock, log, line, devices },
    builtIn: await loadCatalogue(join(ROOT, 'main', 'flows', 'catalogue')),
    onChange: refresh,
    isIdle: () => session.endable,
    restart: ports.restart,
  });
  const served = { folder: pageFolder, key: ports.pageKey, port: ports.port };
  const { session, page } = openVisit(configuration, {
    ...{ store, disk, clock, log, line, managed, devices, printing, face },
    page: served,
  });

  devices.onChange((change) => {
    if (disk.level.value === 'enough') remember(change, store, log);
    managed.document.changed();
  });
  camera.starts(devices);
  const around = (): void => session.surroundingsChanged();
  devices.states.subscribe(around);
  face.state.subscribe(around);
  disk.level.subscribe(around);
  line.onChange(around);

  tellOfIncident(store, log);
  const upkeep = ground.upkeep(() => session.idle);
  const watch = ground.watch(() => session.storeFails);
  await disk.look(stop.signal);
  await page.start();
  session.start();
  const control = await openControl(configuration, { ...ground, devices, line, managed, onBlanks: refresh });
  const { outbox, courier, connectivity } = line;
  const { catalogue, document, notices, commands } = managed;
  const parts = [
    ...[devices, face, outbox, courier, connectivity, document, commands, notices, catalogue, disk, upkeep, watch],
    new FaceUpkeep({ face, isIdle: () => session.idle, log }),
    { run: (signal: AbortSignal) => followPrinters({ printing, devices, log }, signal) },
  ];
  const running = Promise.all(parts.map((part) => part.run(stop.signal)));
  const services = catalogue.services.size;
  log.info({ port: page.port, services, devices: configuration.devices.length }, 'the terminal is up');

  return {
    port: page.port,
    newAddress: () => page.newAddress(),
    async stop() {
      session.stop();
      await control?.close();
      await page.stop();
      stop.abort();
      await running;
      await line.access.close();
      recordOrSay(store.audit, log, { kind: 'core-stopped', subject: { terminalId: terminal.id } });
      store.close();
      log.info({}, 'the terminal is down');
      process.off('uncaughtExceptionMonitor', onFault);
    },
  };
}

function tellOfIncident(store: Store, log: Log): void {
  const incident = store.incidents.untold();
  if (incident)
    log.error({ ...incident }, 'the store was damaged and restored: what it held of this range may be lost');
}

interface ControlParts extends Ground {
  readonly devices: Devices;
  readonly line: Line;
  readonly managed: Managed;
  readonly onBlanks: () => void;
}

/** `undefined` where technicians' tools cannot be served, which is no reason to send residents away. */
async function openControl(configuration: Configuration, parts: ControlParts): Promise<LocalServer | undefined> {
  const { store, clock, log, devices, line, onBlanks } = parts;
  const { id: terminalId, timeZone } = configuration.terminal;
  try {
    return await serveControl({
      ...{ terminalId, timeZone, devices, store, onBlanks, log },
      path: socketPath(configuration.dataDir, 'control'),
      now: () => clock.now(),
      connectivity: line.connectivity,
      desk: new Desk({ store, outbox: line.outbox, log }),
      alarms: () => alarms(configuration, parts),
    });
  } catch (error) {
    log.error({ error }, 'technicians’ tools cannot reach this terminal');
    return undefined;
  }
}

function alarms({ blanks }: Configuration, { store, disk, clock, line: { outbox }, managed }: ControlParts): Alarm[] {
  const { lowAt, series } = { lowAt: BLANKS_LOW_AT, series: undefined, ...blanks };
  return alarmsOf({
    incident: store.incidents.last(),
    disk: disk.level.value,
    deadLetters: outbox.stats().rejected,
    credentialRefused: managed.document.refused.value || outbox.alarm.value === 'unauthorised',
    clockWrong: clock.status.value.state === 'wrong',
    lowBlanks: store.blanks.low((name) => series?.[name] ?? lowAt),
    uncertainCassettes: store.blanks.list().filter(({ state }) => state === 'uncertain'),
    printersWithPapers: [...new Set(store.spool.leftAtPrinters().flatMap(({ printerId }) => printerId ?? []))],
  });
}
