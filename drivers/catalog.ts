import { z } from 'zod';
import { type DeviceModel, defineModel } from './core/index.ts';
import type { IdCardReader } from './id-card-reader/contract.ts';
import { splitPipes } from './id-card-reader/samv/codec.ts';

export type { DeviceModel } from './core/index.ts';
export { makeTransport, type TransportSpec, transportSchema } from './transport/open.ts';

/** Readers that a terminal can be configured with. Printers have a list of the same shape, `printers/catalog.ts`. */
export const idCardReaderModels: readonly DeviceModel<IdCardReader>[] = [
  defineModel({
    id: 'samv',
    class: 'id-card-reader',
    title: '居民身份证阅读机具 (SAM_V / SDT)',
    transports: ['serial', 'usb', 'tcp'],
    recognition: {
      // The module's own id, shared by many makers. Each seen in one source only, UNCONFIRMED, and so to be configured by
      // hand: 0316:5020 Synjones, 10c4:8a1b Senter, 2015:0008 Senrui, 9573:4836 Yishu, 2b19:0200.
      usb: [{ vendorId: 0x0400, productId: 0xc35a }],
      baudRates: [115_200, 57_600, 38_400, 19_200, 9_600],
      probe: async (channel, signal) => {
        const { answersAsSamv } = await import('./id-card-reader/samv/probe.ts');
        return await answersAsSamv(channel, signal);
      },
    },
    usb: { interface: { classCode: 0xff, subclassCode: 0, protocolCode: 0 }, split: splitPipes },
    // Both off: no service needs them yet, what no service needs is not to be read from a card, and where a module leaves
    // them unanswered each costs the resident its 1.3 s.
    options: z.strictObject({
      appendedAddress: z.boolean().default(false),
      managementNumber: z.boolean().default(false),
    }),
    load: async () => {
      const { SamvDriver } = await import('./id-card-reader/samv/driver.ts');
      return (transport, options) => new SamvDriver(transport, options);
    },
  }),
];
