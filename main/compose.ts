import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startingStatus } from '../drivers/core/index.ts';
import { faceLaunch } from '../models/face/launch.ts';
import { CurrentCatalogue } from './catalogue/current-catalogue.ts';
import { commandHandlers } from './command-handlers.ts';
import { openStorage, type Storage } from './compose-store.ts';
import { BLANKS_LOW_AT, type Configuration } from './config/config.ts';
import { alarmsOf } from './control/alarms.ts';
import { recordOrSay, recordStart } from './control/audit-handlers.ts';
import { serveControl } from './control/control-server.ts';
import { socketPath } from './control/socket-path.ts';
import { type DeviceChange, Devices } from './devices/devices.ts';
import { CAMERA_ID } from './devices/protocol.ts';
import { faultOf } from './devices/status.ts';
import { DraftCourier } from './drafts/draft-courier.ts';
import { DraftDesk } from './drafts/draft-desk.ts';
import { loadCatalogue } from './flows/catalogue.ts';
import { faceContract } from './identity/face-protocol.ts';
import { FaceUpkeep } from './identity/face-upkeep.ts';
import { fileLog, type Log, standardErrorLog } from './log/log.ts';
import { Desk } from './outbox/desk.ts';
import { Outbox } from './outbox/outbox.ts';
import { PageServer } from './page-server/page-server.ts';
import { devicePrinters } from './printing/device-printers.ts';
import { followPrinters } from './printing/follow-printers.ts';
import { Printing } from './printing/printing.ts';
import { SupervisedProcess } from './processes/supervised-process.ts';
import { facePort } from './session/face-port.ts';
import { FrameBox } from './session/frame-box.ts';
import { Session } from './session/session.ts';
import { StorageError } from './storage/errors.ts';
import type { Store } from './storage/open.ts';
import { platformAccess } from './sync/access.ts';
import { START_SPREAD_S } from './sync/access-schemas.ts';
import { Clock, healthThatTells } from './sync/clock.ts';
import { CommandRunner } from './sync/command-runner.ts';
import { Connectivity, networkOf } from './sync/connectivity.ts';
import { DesiredSettings } from './sync/desired-settings.ts';
import { DeviceDocument } from './sync/device-document.ts';
import { httpDraftPlatform } from './sync/draft-platform.ts';
import { httpManagement } from './sync/management.ts';
import { Notices } from './sync/notices.ts';
import { httpPlatform } from './sync/platform.ts';
import { ReportedDocument } from './sync/reported-document.ts';
import { presentReport, softwareVersion } from './terminal-report.ts';

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
const CAMERA = { id: CAMERA_ID, class: 'camera', model: 'page' } as const;

/**
 * Builds each object of the core once, wires them, and starts them. Rejects where the terminal cannot work at all, with a
 * StorageError where that is for its disk.
 */
export async function startTerminal(configuration: Configuration, ports: TerminalPorts): Promise<Terminal> {
  const { dataDir } = configuration;
  const log = openLog(join(dataDir, 'logs', 'core.log'));
  const storage = openStorage(dataDir, configuration.storage, log);
  try {
    return await startWith(storage, log, configuration, ports);
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

async function startWith(
  { store, disk, upkeep: upkeepWhile, watch: watchWhile }: Storage,
  log: Log,
  configuration: Configuration,
  ports: TerminalPorts,
): Promise<Terminal> {
  const { terminal, dataDir, devices: deviceSpecs, portraitDecoder, blanks = { lowAt: BLANKS_LOW_AT } } = configuration;
  const software = softwareVersion();
  const stop = new AbortController();
  const onFault = (error: Error): void => log.error({ error }, 'a fault of ours ends the core');
  process.on('uncaughtExceptionMonitor', onFault);

  recordStart(store.audit, log, terminal.id);
  const { baseUrl, startSpreadS = START_SPREAD_S } = configuration.platform;
  const startWithinMs = startSpreadS * 1_000;
  const access = await platformAccess(configuration.platform, log);
  const way = { ...access, baseUrl, terminalId: terminal.id };
  const platform = httpPlatform(way);
  const management = httpManagement(way);
  const clock = new Clock({ state: store.syncState, log });
  clock.restore();
  const now = () => clock.now();
  const draftPlatform = httpDraftPlatform(way);
  const nowMs = () => clock.now().getTime();
  const clockIsSure = () => clock.status.value.state !== 'unconfirmed';
  const courier = new DraftCourier({ store, platform: draftPlatform, log, now: nowMs, clockIsSure });
  const drafts = new DraftDesk({ store, platform: draftPlatform, log, now: nowMs, ring: () => courier.ring() });
  const health = healthThatTells(platform, baseUrl, clock);
  const connectivity = new Connectivity({ health, baseUrl, log });
  const outbox = new Outbox({
    store,
    log,
    deliver: async (delivery, signal) => {
      const outcome = await platform.deliver(delivery, signal);
      if (outcome.outcome === 'delivered' || outcome.outcome === 'rejected') connectivity.reportSuccess();
      else connectivity.reportFailure();
      return outcome;
    },
  });
  const devices = new Devices(
    { devices: deviceSpecs, ...(portraitDecoder && { portraitDecoder }) },
    new URL('./device-process.ts', import.meta.url),
    log,
  );
  const printers = devicePrinters({ devices, calibrations: blanks.calibrations ?? {} });
  const printing = new Printing({ store, printers, log });
  const face = faceProcess(log);
  const catalogue = new CurrentCatalogue({
    builtIn: await loadCatalogue(join(ROOT, 'main', 'flows', 'catalogue')),
    keys: configuration.catalogue?.publicKeys ?? [],
    fetch: management.catalogue,
    state: store.syncState,
    onChange: () => {
      session.refresh(); // whose view says whether anybody is at the terminal
      document.changed();
    },
    log,
  });
  catalogue.restore();
  const resultOf = { catalogueVersion: () => catalogue.result() };
  const desired = new DesiredSettings({ fetch: management.desired, state: store.syncState, resultOf, log });
  desired.restore();
  catalogue.want(desired.settings.value.catalogueVersion);
  desired.settings.subscribe(({ catalogueVersion }) => catalogue.want(catalogueVersion));
  const reported = new ReportedDocument({
    platform: management,
    state: store.syncState,
    onTold: ({ storeIncident }) => storeIncident && store.incidents.told(storeIncident.restoredAt),
    log,
  });
  const sources = { devices, store, outbox, reported, clock, disk, software, dataDir };
  const present = () => presentReport({ ...access, ...sources, catalogueVersion: catalogue.version });
  const document: DeviceDocument = new DeviceDocument({ desired, reported, present, startWithinMs, log });
  const notices = new Notices({ state: store.syncState, now, log });
  notices.restore();
  notices.want(desired.settings.value.notice);
  desired.settings.subscribe(({ notice }) => notices.want(notice));
  const isIdle = () => session.endable;
  const handlers = commandHandlers({ document, devices, outbox, notices, isIdle, restart: ports.restart });
  const asked = { platform: management, store: store.commands, handlers, startWithinMs };
  const commands = new CommandRunner({ ...asked, now, log });

  const frames = new FrameBox();
  const session: Session = new Session({
    ports: {
      devices,
      printing,
      face: facePort(face, log),
      frames,
      store,
      outbox,
      drafts,
      platform,
      connectivity,
      log,
      now,
      terminal: { ...terminal, name: terminal.place },
    },
    place: { name: terminal.place, machine: terminal.machine, helpNumber: terminal.helpNumber },
    surroundings: () => ({
      catalogue: catalogue.services,
      ...networkOf(connectivity.status.value),
      faceCheckReady: face.state.value.state === 'running',
      powerFails: devices.power.terminal === 'finish-then-shut-down',
      notice: notices.text.value,
      storageFull: disk.level.value === 'critical',
      blank: (series) => printing.problem(series),
      device: (deviceClass) => devices.serving(deviceClass)?.status,
    }),
    onView: (view) => {
      page.send({ type: 'view', view });
      if (view.screen.kind === 'attract') catalogue.adopt(); // nobody's visit is under way
    },
    onCamera: (status) => devices.report({ ...CAMERA, status }),
  });
  const page: PageServer = new PageServer({
    folder: pageFolder,
    key: ports.pageKey,
    port: ports.port,
    log,
    onIntent: (intent) => session.handle(intent),
    onFrame: (jpeg) => session.frame(jpeg),
    onPage: (present) => {
      if (present) {
        session.refresh();
        frames.askAgain();
      } else devices.report({ ...CAMERA, status: cameraGone() });
    },
  });
  frames.onWanted(() => page.send({ type: 'frame-wanted' }));

  devices.onChange((change) => {
    if (disk.level.value === 'enough') remember(change, store, log);
    document.changed();
  });
  devices.report({ ...CAMERA, status: startingStatus() }); // until the page has said how it is
  outbox.alarm.subscribe(() => document.changed());
  outbox.setAside.subscribe(() => document.changed());
  let clockState = clock.status.value.state;
  clock.status.subscribe(({ state }) => {
    if (state !== clockState) document.changed(); // of the offset, which a slow line makes jump about, at the next telling
    clockState = state;
  });
  devices.states.subscribe(() => session.refresh());
  face.state.subscribe(() => session.refresh());
  notices.text.subscribe(() => session.refresh());
  let told = networkOf(connectivity.status.value);
  let cutOffAtMs = performance.now();
  connectivity.status.subscribe((status) => {
    const before = told;
    told = networkOf(status);
    if (told.network === before.network && told.offlineCause === before.offlineCause) return;
    if (before.network === 'online') cutOffAtMs = performance.now();
    if (told.network === 'online') {
      outbox.wake(performance.now() - cutOffAtMs);
      courier.wake();
    }
    session.refresh();
  });

  disk.level.subscribe(() => {
    session.refresh();
    document.changed();
  });
  const incident = store.incidents.untold();
  if (incident)
    log.error({ ...incident }, 'the store was damaged and restored: what it held of this range may be lost');
  const upkeep = upkeepWhile(() => session.idle, nowMs);
  const watch = watchWhile(() => session.storeFails);
  await disk.look(stop.signal);
  await page.start();
  session.start();
  const control = await serveControl({
    path: socketPath(dataDir, 'control'),
    terminalId: terminal.id,
    timeZone: terminal.timeZone,
    devices,
    connectivity,
    store,
    desk: new Desk({ store, outbox, log }),
    onBlanks: () => session.refresh(),
    alarms: () =>
      alarmsOf({
        incident: store.incidents.last(),
        disk: disk.level.value,
        deadLetters: outbox.stats().rejected,
        credentialRefused: document.refused.value || outbox.alarm.value === 'unauthorised',
        clockWrong: clock.status.value.state === 'wrong',
        lowBlanks: store.blanks.low((series) => blanks.series?.[series] ?? blanks.lowAt),
        uncertainCassettes: store.blanks.list().filter(({ state }) => state === 'uncertain'),
        printersWithPapers: [...new Set(store.spool.leftAtPrinters().flatMap(({ printerId }) => printerId ?? []))],
      }),
    log,
  }).catch((error: unknown) => {
    log.error({ error }, 'technicians’ tools cannot reach this terminal'); // which is no reason to send residents away
    return undefined;
  });
  const parts = [
    devices,
    face,
    outbox,
    courier,
    connectivity,
    document,
    commands,
    notices,
    catalogue,
    disk,
    upkeep,
    watch,
    new FaceUpkeep({ face, isIdle: () => session.idle, log }),
    { run: (signal: AbortSignal) => followPrinters({ printing, devices, log }, signal) },
  ];
  const running = Promise.all(parts.map((part) => part.run(stop.signal)));
  log.info({ port: page.port, services: catalogue.services.size, devices: deviceSpecs.length }, 'the terminal is up');

  return {
    port: page.port,
    newAddress: () => page.newAddress(),
    async stop() {
      session.stop();
      await control?.close();
      await page.stop();
      stop.abort();
      await running;
      await access.close();
      recordOrSay(store.audit, log, { kind: 'core-stopped', subject: { terminalId: terminal.id } });
      store.close();
      log.info({}, 'the terminal is down');
      process.off('uncaughtExceptionMonitor', onFault);
    },
  };
}

/** Nothing that is remembered of a device is worth a visit: a disk that refuses is told of, and that is all. */
function remember({ device, at }: DeviceChange, store: Store, log: Log): void {
  const { status, recovery } = device;
  const detail = status.state === 'offline' ? status.detail : undefined;
  try {
    store.deviceEvents.record({
      deviceId: device.id,
      at,
      state: status.state,
      fault: faultOf(status),
      detail,
      rung: recovery?.rung,
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warn({ device: device.id, code: error.code }, 'a device’s condition is not remembered');
  }
}

function faceProcess(log: Log): SupervisedProcess<typeof faceContract> {
  return new SupervisedProcess({
    name: 'face',
    entry: new URL('./face-process.ts', import.meta.url),
    contract: faceContract,
    configuration: { weightsDir: join(ROOT, 'models', 'weights') },
    onEvent: () => undefined,
    log,
    launch: faceLaunch,
  });
}

/** The camera hangs on the page: without a page there is none. */
function cameraGone(): Parameters<Devices['report']>[0]['status'] {
  const observedAt = new Date().toISOString();
  return { state: 'offline', cause: 'not-connected', detail: 'no page', retryInMs: 0, observedAt, source: 'inferred' };
}
