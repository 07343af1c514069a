import type { Devices } from './devices/devices.ts';
import type { Outbox } from './outbox/outbox.ts';
import { type CommandHandler, handler } from './sync/command-runner.ts';
import { type CommandKind, commandParams } from './sync/command-schemas.ts';
import type { DeviceDocument } from './sync/device-document.ts';
import type { Notices } from './sync/notices.ts';

export interface CommandPorts {
  readonly document: DeviceDocument;
  readonly devices: Pick<Devices, 'reset'>;
  readonly outbox: Pick<Outbox, 'wake'>;
  readonly notices: Notices;
  /** Nobody is at the terminal, or nobody can do anything there. */
  readonly isIdle: () => boolean;
  readonly restart: () => void;
}

/** What this terminal does at the platform's word. */
export function commandHandlers(ports: CommandPorts): Readonly<Record<CommandKind, CommandHandler>> {
  const { document, devices, outbox, notices, isIdle, restart } = ports;
  return {
    'report-now': handler(commandParams['report-now'], () => document.changed()),
    'reset-device': handler(commandParams['reset-device'], async ({ deviceId }, signal) => {
      await devices.reset(deviceId, signal);
    }),
    'show-notice': handler(commandParams['show-notice'], ({ text, forS }) => notices.show(text, forS)),
    'outbox-wake': handler(commandParams['outbox-wake'], () => outbox.wake()),
    'restart-core': handler(commandParams['restart-core'], () => undefined, { ready: isIdle, afterwards: restart }),
  };
}
