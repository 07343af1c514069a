import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { MegatecDriver } from '../../../../drivers/ups/megatec/driver.ts';
import { MegatecSimulator } from '../../../../drivers/ups/megatec/simulator.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';

driverConformance('the Megatec driver', () => {
  const line = new SimulatedLine(new MegatecSimulator());
  const driver = new MegatecDriver(line);
  return {
    driver,
    line,
    command: (signal) => driver.check(signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 2_500,
  };
});
