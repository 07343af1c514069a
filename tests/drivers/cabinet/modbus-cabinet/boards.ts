import {
  type ModbusCabinetOptions,
  modbusCabinetOptions,
} from '../../../../drivers/cabinet/modbus-cabinet/register-map.ts';
import { ModbusBoardSimulator, type SimulatedLock } from '../../../../drivers/cabinet/modbus-cabinet/simulator.ts';

export const frontLock: SimulatedLock = { coil: 8, input: 1, openWhen: true };
export const rearLock: SimulatedLock = { coil: 9, input: 2, openWhen: false };

/** The example of drivers/cabinet/README.md; fields of the test's own replace its. */
export function boardMap(own: Record<string, unknown> = {}): ModbusCabinetOptions {
  return modbusCabinetOptions.parse({
    unit: 1,
    lights: {
      'card-reader': { coil: 3 },
      'receipt-printer': { coil: 4 },
      'status-bad': { register: 20, values: { off: 0, medium: 2, continuous: 9 } },
    },
    doors: {
      front: { input: 1, openWhen: 1, lock: { coil: 8, pulseMs: 300, opensWithinMs: 1_000 } },
      rear: {
        input: 2,
        openWhen: 0,
        bolt: { inputRegister: 5, bit: 3, lockedWhen: 1 },
        lock: { coil: 9, pulseMs: 'board', opensWithinMs: 1_000 },
      },
    },
    operatorSwitch: { maintenance: { input: 6 }, supervisor: { input: 7 } },
    alarms: { tamper: { input: 4 }, vibration: { input: 5, activeWhen: 0 } },
    proximity: { register: 30, bit: 0 },
    ...own,
  });
}

/** That board, both doors closed and nothing out of order. */
export function board(): ModbusBoardSimulator {
  const far = new ModbusBoardSimulator();
  far.locks.push(frontLock, rearLock);
  for (const lock of far.locks) far.closeDoor(lock);
  far.inputs[5] = true;
  return far;
}
