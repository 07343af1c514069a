import { CurrentCatalogue } from './catalogue/current-catalogue.ts';
import { commandHandlers } from './command-handlers.ts';
import type { Line } from './compose-line.ts';
import type { Configuration } from './config/config.ts';
import type { Devices } from './devices/devices.ts';
import type { ServiceFile } from './flows/service-file.ts';
import type { Log } from './log/log.ts';
import type { DiskSpace } from './storage/disk-space.ts';
import type { Store } from './storage/open.ts';
import { START_SPREAD_S } from './sync/access-schemas.ts';
import type { Clock } from './sync/clock.ts';
import { CommandRunner } from './sync/command-runner.ts';
import { DesiredSettings } from './sync/desired-settings.ts';
import { DeviceDocument } from './sync/device-document.ts';
import { Notices } from './sync/notices.ts';
import { ReportedDocument } from './sync/reported-document.ts';
import { presentReport, softwareVersion } from './terminal-report.ts';

export interface ManagementPorts {
  readonly store: Store;
  readonly disk: DiskSpace;
  readonly clock: Clock;
  readonly log: Log;
  readonly line: Line;
  readonly devices: Devices;
  /** The services of this release. */
  readonly builtIn: ReadonlyMap<string, ServiceFile>;
  /** What the page shows of it is another now. */
  readonly onChange: () => void;
  /** Nobody is at the terminal, or nobody can do anything there. */
  readonly isIdle: () => boolean;
  readonly restart: () => void;
}

/** How the platform looks after the terminal: what it wants of it, is told of it, and has it do. */
export interface Managed {
  readonly catalogue: CurrentCatalogue;
  readonly document: DeviceDocument;
  readonly notices: Notices;
  readonly commands: CommandRunner;
}

/** What the platform wanted last is in force when this returns. */
export function manage(configuration: Configuration, ports: ManagementPorts): Managed {
  const { store, disk, clock, log, line, devices, onChange } = ports;
  const { access, management, outbox } = line;
  const state = store.syncState;
  const now = () => clock.now();
  const startWithinMs = (configuration.platform.startSpreadS ?? START_SPREAD_S) * 1_000;
  const catalogue = new CurrentCatalogue({
    builtIn: ports.builtIn,
    keys: configuration.catalogue?.publicKeys ?? [],
    fetch: management.catalogue,
    state,
    onChange: () => {
      onChange(); // the view says whether anybody is at the terminal
      document.changed();
    },
    log,
  });
  catalogue.restore();
  const desired = new DesiredSettings({
    fetch: management.desired,
    state,
    resultOf: { catalogueVersion: () => catalogue.result() },
    log,
  });
  desired.restore();
  const notices = new Notices({ state, now, log });
  notices.restore();
  const obey = ({ catalogueVersion, notice }: typeof desired.settings.value): void => {
    catalogue.want(catalogueVersion);
    notices.want(notice);
  };
  obey(desired.settings.value);
  desired.settings.subscribe(obey);
  const reported = new ReportedDocument({
    platform: management,
    state,
    onTold: ({ storeIncident }) => storeIncident && store.incidents.told(storeIncident.restoredAt),
    log,
  });
  const software = softwareVersion();
  const sources = { devices, store, outbox, reported, clock, disk, software, dataDir: configuration.dataDir };
  const present = () => presentReport({ ...access, ...sources, catalogueVersion: catalogue.version });
  const document: DeviceDocument = new DeviceDocument({ desired, reported, present, startWithinMs, log });
  tellOfChanges(document, ports);
  notices.text.subscribe(onChange);
  const handlers = commandHandlers({
    document,
    devices,
    outbox,
    notices,
    isIdle: ports.isIdle,
    restart: ports.restart,
  });
  const commands = new CommandRunner({
    platform: management,
    store: store.commands,
    handlers,
    startWithinMs,
    now,
    log,
  });
  return { catalogue, document, notices, commands };
}

/** What the platform is told of without being asked, beside what devices tell of themselves. */
function tellOfChanges(document: DeviceDocument, { line: { outbox }, clock, disk }: ManagementPorts): void {
  outbox.alarm.subscribe(() => document.changed());
  outbox.setAside.subscribe(() => document.changed());
  disk.level.subscribe(() => document.changed());
  let clockState = clock.status.value.state;
  clock.status.subscribe(({ state }) => {
    if (state !== clockState) document.changed(); // of the offset, which a slow line makes jump about, at the next telling
    clockState = state;
  });
}
