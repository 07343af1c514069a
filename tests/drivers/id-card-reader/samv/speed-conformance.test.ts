import { modelsOf } from '../../../../drivers/catalog.ts';
import type { Transport } from '../../../../drivers/core/index.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import '../../../../drivers/id-card-reader/samv/probe.ts'; // loaded on demand, which no faked clock waits for
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import type { FarEnd } from '../../../../drivers/simulation/far-end.ts';
import { SimulatedHidBus } from '../../../../drivers/simulation/hid-bus.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { SimulatedUsbBus } from '../../../../drivers/simulation/usb-bus.ts';
import { makeTransport } from '../../../../drivers/transport/open.ts';
import { driverConformance } from '../../../conformance/driver-conformance.ts';
import { citizenCard } from './cards.ts';

const [samv] = modelsOf('id-card-reader');

/** A cable in this process whose host has a speed; `real-lines.test.ts` has a port that keeps one. */
function lineAt(
  farEnd: FarEnd,
  baudRate: number,
): { line: SimulatedLine; openSerial: (path: string, at: number) => Transport } {
  let hostRate = 0;
  const gated: FarEnd = {
    name: farEnd.name,
    attach: (send) => {
      const attachment = farEnd.attach(send);
      return {
        receive: (bytes) => {
          if (hostRate === baudRate) attachment.receive(bytes);
          else send(bytes.map((byte) => byte ^ 0x7e));
        },
        detach: () => attachment.detach(),
      };
    },
  };
  const line = new SimulatedLine(gated);
  const openSerial = (path: string, at: number): Transport => ({
    name: `serial:${path}@${at}`,
    open: async (signal) => {
      hostRate = at;
      return await line.open(signal);
    },
  });
  return { line, openSerial };
}

for (const baudRate of samv?.recognition?.baudRates ?? []) {
  driverConformance(`the SAM_V driver on a serial line whose speed it must find out, ${baudRate},`, () => {
    const reader = new SamvSimulator();
    reader.placeCard({ text: citizenCard() });
    const { line, openSerial } = lineAt(reader, baudRate);
    const buses = { usb: new SimulatedUsbBus(), hid: new SimulatedHidBus(), openSerial };
    const driver = new SamvDriver(makeTransport({ kind: 'serial', path: '/dev/ttyS1' }, samv, buses));
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
}
