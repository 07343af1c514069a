import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { NutDriver } from '../../../../drivers/ups/nut/driver.ts';
import { UpsdSimulator } from '../../../../drivers/ups/nut/simulator.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';

driverConformance('the NUT driver', () => {
  const far = new UpsdSimulator();
  far.users['terminal'] = 'a secret';
  const line = new SimulatedLine(far);
  const driver = new NutDriver(line, { ups: 'su700', username: 'terminal', password: 'a secret' });
  return {
    driver,
    line,
    command: (signal) => driver.check(signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 2_000,
  };
});
