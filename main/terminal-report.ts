import { readFileSync, statfsSync } from 'node:fs';
import process from 'node:process';
import { z } from 'zod';
import { reportOf } from './control/report.ts';
import type { Devices } from './devices/devices.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { DiskLevel } from './storage/disk-space.ts';
import type { Store } from './storage/open.ts';
import type { Clock } from './sync/clock.ts';
import type { ReportedBody, TerminalAlarm } from './sync/document-schemas.ts';
import type { ReportedDocument } from './sync/reported-document.ts';

export interface ReportSources {
  readonly devices: Devices;
  readonly store: Pick<Store, 'deviceEvents' | 'incidents'>;
  readonly outbox: Outbox;
  readonly reported: ReportedDocument;
  readonly clock: Clock;
  readonly disk: { readonly level: { readonly value: DiskLevel } };
  /** As `softwareVersion` says. */
  readonly software: string;
  /** Of the services on offer, where they are not the release's own. */
  readonly catalogueVersion: number | undefined;
  readonly dataDir: string;
  /** Of the terminal's own certificate, where it has one. */
  readonly certificateEndsAt?: string;
}

const CERTIFICATE_WARN_MS = 30 * 86_400_000;

const packageFile = z.object({ version: z.string() });

/** Of the release that runs here: `0.1.0`. */
export function softwareVersion(): string {
  return packageFile.parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
}

/** How this terminal is, as the platform is told. Nothing personal. Throws a StorageError. */
export function presentReport(sources: ReportSources): Omit<ReportedBody, 'writeId' | 'desired'> {
  const disk = diskOf(sources.dataDir);
  const storeIncident = sources.store.incidents.untold();
  const { waiting, sending, delivered, rejected, oldestWaitingAt } = sources.outbox.stats();
  return {
    at: sources.clock.now().toISOString(),
    devices: devicesOf(sources),
    versions: {
      software: sources.software,
      node: process.version,
      ...(sources.catalogueVersion !== undefined && { catalogue: sources.catalogueVersion }),
    },
    outbox: { waiting, sending, delivered, rejected, oldestWaitingAt },
    ...(disk && { disk }),
    clock: sources.clock.status.value,
    ...(storeIncident && { storeIncident }),
    alarms: alarmsOf(sources),
  };
}

function devicesOf({ devices, store }: ReportSources): ReportedBody['devices'] {
  return [...devices.states.value.values()].map((device) => {
    const { id, class: deviceClass, model, state, ...rest } = reportOf(device, store.deviceEvents);
    const { fault, detail, paper, since, repair, faultsToday } = rest;
    return { id, class: deviceClass, model, state, fault, detail, paper, since, rung: repair?.rung, faultsToday };
  });
}

function diskOf(folder: string): ReportedBody['disk'] {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return undefined; // a disk that does not say is told of by the alarm of whoever wants to write on it
  }
}

function alarmsOf({ outbox, reported, clock, store, disk, certificateEndsAt }: ReportSources): TerminalAlarm[] {
  const alarms: TerminalAlarm[] = [];
  if (outbox.alarm.value !== 'none') alarms.push(outbox.alarm.value);
  if (reported.idInUse.value) alarms.push('terminal-id-in-use');
  if (clock.status.value.state === 'wrong') alarms.push('clock-wrong');
  if (certificateEndsAt !== undefined && Date.parse(certificateEndsAt) - clock.now().getTime() < CERTIFICATE_WARN_MS) {
    alarms.push('certificate-ending');
  }
  if (outbox.stats().rejected > 0) alarms.push('dead-letters');
  if (store.incidents.last()) alarms.push('store-restored');
  if (disk.level.value !== 'enough') alarms.push(`disk-${disk.level.value}`);
  return alarms;
}
