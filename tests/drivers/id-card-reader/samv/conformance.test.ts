import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { citizenCard } from './cards.ts';

driverConformance('the SAM_V driver', () => {
  const reader = new SamvSimulator();
  reader.placeCard({ text: citizenCard({ name: '样本一' }) });
  const line = new SimulatedLine(reader);
  const driver = new SamvDriver(line);
  return {
    driver,
    line,
    command: (signal) => driver.readCard(signal),
    onlineWithinMs: 3_000,
    silentWithinMs: 10_000,
    nextMedium: () => {
      const next = citizenCard({ name: '样本二', idNumber: '440524188001010014', birth: '1880-01-01', sex: 'male' });
      reader.placeCard({ text: next });
      return { card: next, wlt: placeholderWlt() };
    },
  };
});
