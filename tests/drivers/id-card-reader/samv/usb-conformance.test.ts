import { expect } from 'vitest';
import { modelsOf } from '../../../../drivers/catalog.ts';
import type { Transport } from '../../../../drivers/core/index.ts';
import { splitPipes } from '../../../../drivers/id-card-reader/samv/codec.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import '../../../../drivers/id-card-reader/samv/probe.ts'; // loaded on demand, which no faked clock waits for
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { SimulatedHidBus } from '../../../../drivers/simulation/hid-bus.ts';
import { SimulatedUsbBus } from '../../../../drivers/simulation/usb-bus.ts';
import { makeTransport } from '../../../../drivers/transport/open.ts';
import { usbTransport } from '../../../../drivers/transport/usb.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { citizenCard } from './cards.ts';
import { readerIds, usbReader } from './usb-readers.ts';

const next = citizenCard({ name: '样本二', idNumber: '440524188001010014', birth: '1880-01-01', sex: 'male' });
const vendorClass = { classCode: 0xff, subclassCode: 0, protocolCode: 0 };

function conformance(name: string, pipes: 'whole' | 'split', transport: (bus: SimulatedUsbBus) => Transport): void {
  driverConformance(name, () => {
    const bus = new SimulatedUsbBus();
    const reader = new SamvSimulator();
    reader.placeCard({ text: citizenCard() });
    const line = usbReader(bus, reader, { pipes });
    const driver = new SamvDriver(transport(bus));
    return {
      driver,
      line,
      command: (signal) => driver.readCard(signal),
      onlineWithinMs: 3_000,
      silentWithinMs: 10_000,
      nextMedium: () => {
        reader.placeCard({ text: next });
        return { card: next, wlt: placeholderWlt() };
      },
    };
  });
}

conformance('the SAM_V driver over USB', 'whole', (bus) => usbTransport(readerIds, { interface: vendorClass }, bus));
conformance('the SAM_V driver over split USB pipes', 'split', (bus) =>
  usbTransport(readerIds, { interface: vendorClass, split: splitPipes }, bus),
);

for (const pipes of ['whole', 'split'] as const) {
  conformance(`the SAM_V driver over USB pipes that must be found out, ${pipes},`, pipes, (usb) => {
    const model = modelsOf('id-card-reader').find(({ id }) => id === 'samv');
    const openSerial = (): never => expect.unreachable();
    return makeTransport({ kind: 'usb', ...readerIds }, model, { usb, hid: new SimulatedHidBus(), openSerial });
  });
}
