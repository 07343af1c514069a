import { PcscDriver } from '../../../../drivers/social-card-reader/pcsc/driver.ts';
import { SimulatedCard, SimulatedTerminals } from '../../../../drivers/social-card-reader/pcsc/simulator.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { socialCard } from '../cards.ts';
import { CardLine } from './card-line.ts';

driverConformance('a social card reader over PC/SC', () => {
  const terminals = new SimulatedTerminals();
  terminals.insertCard(new SimulatedCard(socialCard()));
  const line = new CardLine(terminals);
  const driver = new PcscDriver(line.terminals);
  return {
    driver,
    line,
    command: (signal) => driver.readCard(signal),
    idleChannels: 0,
    onlineWithinMs: 3_000,
    silentWithinMs: 10_000,
    nextMedium: () => {
      const next = socialCard({ name: '样本二', socialSecurityNumber: '440524188001010014', sex: 'male' });
      terminals.insertCard(new SimulatedCard(next));
      return next;
    },
  };
});
