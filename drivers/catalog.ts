import { z } from 'zod';
import { type DeviceModel, defineModel } from './core/index.ts';
import type { IdCardReader } from './id-card-reader/contract.ts';

export type { DeviceModel } from './core/index.ts';
export { makeTransport, type TransportSpec, transportSchema } from './transport/open.ts';

/** Readers that a terminal can be configured with. Printers have a list of the same shape, `printers/catalog.ts`. */
export const idCardReaderModels: readonly DeviceModel<IdCardReader>[] = [
  defineModel({
    id: 'samv',
    class: 'id-card-reader',
    title: '居民身份证阅读机具 (SAM_V / SDT)',
    transports: ['serial', 'tcp'],
    options: z.strictObject({}),
    load: async () => {
      const { SamvDriver } = await import('./id-card-reader/samv/driver.ts');
      return (transport) => new SamvDriver(transport);
    },
  }),
];
