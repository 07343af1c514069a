import { ModbusCabinetDriver } from '../../../../drivers/cabinet/modbus-cabinet/driver.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { board, boardMap } from './boards.ts';

driverConformance('the Modbus cabinet driver', () => {
  const line = new SimulatedLine(board());
  const driver = new ModbusCabinetDriver(line, boardMap());
  return {
    driver,
    line,
    command: (signal) => driver.setLight('card-reader', 'continuous', signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 3_000,
  };
});

driverConformance('the Modbus cabinet driver, unlocking a door,', () => {
  const line = new SimulatedLine(board());
  const driver = new ModbusCabinetDriver(line, boardMap());
  return {
    driver,
    line,
    command: (signal) => driver.unlock('front', signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 5_000,
  };
});

driverConformance('the Modbus cabinet driver on a board with nothing but a door contact', () => {
  const line = new SimulatedLine(board());
  const driver = new ModbusCabinetDriver(
    line,
    boardMap({
      unit: 1,
      lights: {},
      alarms: {},
      operatorSwitch: undefined,
      proximity: undefined,
      doors: { front: { input: 1, openWhen: 1 } },
    }),
  );
  return {
    driver,
    line,
    command: (signal) => driver.check(signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 3_000,
  };
});
