import type { PrintableDocument } from '../printers/document/printable.ts';
import { camera } from './compose-devices.ts';
import type { Line } from './compose-line.ts';
import type { Managed } from './compose-management.ts';
import type { Configuration } from './config/config.ts';
import type { Devices } from './devices/devices.ts';
import type { faceContract } from './identity/face-protocol.ts';
import type { Log } from './log/log.ts';
import { PageServer } from './page-server/page-server.ts';
import type { Printing } from './printing/printing.ts';
import type { SupervisedProcess } from './processes/supervised-process.ts';
import { facePort } from './session/face-port.ts';
import { FrameBox } from './session/frame-box.ts';
import { Session } from './session/session.ts';
import type { DiskSpace } from './storage/disk-space.ts';
import type { Store } from './storage/open.ts';
import type { Clock } from './sync/clock.ts';
import { networkOf } from './sync/connectivity.ts';

export interface VisitParts {
  readonly store: Store;
  readonly disk: DiskSpace;
  readonly clock: Clock;
  readonly log: Log;
  readonly line: Line;
  readonly managed: Managed;
  readonly devices: Devices;
  readonly printing: Printing<PrintableDocument>;
  readonly face: SupervisedProcess<typeof faceContract>;
  /** The built page, and how it is served. */
  readonly page: { readonly folder: string; readonly key: Uint8Array; readonly port: number };
}

/** What a resident meets: a visit, and the page that shows it. Neither is started. */
export function openVisit({ terminal }: Configuration, parts: VisitParts): { session: Session; page: PageServer } {
  const { store, disk, clock, log, managed, devices, printing, face } = parts;
  const { catalogue, notices } = managed;
  const { connectivity, outbox, drafts, platform } = parts.line;
  const frames = new FrameBox();
  const session: Session = new Session({
    ports: {
      ...{ devices, printing, frames, store, outbox, drafts, platform, connectivity, log },
      face: facePort(face, log),
      now: () => clock.now(),
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
    onCamera: (status) => camera.said(devices, status),
  });
  const page: PageServer = new PageServer({
    ...parts.page,
    log,
    onIntent: (intent) => session.handle(intent),
    onFrame: (jpeg) => session.frame(jpeg),
    onPage: (present) => {
      if (present) {
        session.refresh();
        frames.askAgain();
      } else camera.isGone(devices);
    },
  });
  frames.onWanted(() => page.send({ type: 'frame-wanted' }));
  return { session, page };
}
