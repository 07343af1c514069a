import { z } from 'zod';
import { type DeviceModel, defineAddressedModel, defineModel } from '../drivers/core/index.ts';
import type { LicencePrinter, ReceiptPrinter } from './core/contract.ts';
import { zplOptions } from './zpl/label.ts';

export const receiptPrinterModels: readonly DeviceModel<ReceiptPrinter>[] = [
  defineModel({
    id: 'escpos',
    class: 'receipt-printer',
    title: '热敏凭条打印机 (ESC/POS)',
    transports: ['serial', 'usb', 'tcp'],
    usb: { interface: { classCode: 0x07 } }, // USB printer class 1.1
    // A printer does not say how wide it is, and lines laid out for a wider one break anywhere.
    options: z.strictObject({
      /** The name of a file in `escpos/profiles/`, without `.json`. */
      profile: z.string({ error: 'the name of a file in printers/escpos/profiles, without .json' }),
    }),
    load: async () => {
      const [{ EscposDriver }, { loadProfile }] = await Promise.all([
        import('./escpos/driver.ts'),
        import('./escpos/profile.ts'),
      ]);
      return (transport, { profile }) => new EscposDriver(transport, loadProfile(profile));
    },
  }),
];

export const licencePrinterModels: readonly DeviceModel<LicencePrinter>[] = [
  // IPP travels in HTTP, so there is no byte channel to hand in.
  defineAddressedModel({
    id: 'ipp',
    class: 'licence-printer',
    title: '证照打印机 (IPP)',
    transports: ['http'],
    options: z.strictObject({ url: z.url({ protocol: /^(ipps?|https?)$/ }) }),
    load: async () => {
      const { IppDriver } = await import('./ipp/driver.ts');
      return ({ url }) => new IppDriver({ url });
    },
  }),
  // Zebra's USB ids do not say which language a printer speaks, and a question in this one comes out as text on others: no
  // recognition.
  defineModel({
    id: 'zpl',
    class: 'licence-printer',
    title: '证卡与标签打印机 (ZPL II)',
    transports: ['tcp', 'serial', 'usb'],
    options: zplOptions,
    load: async () => {
      const { ZplDriver } = await import('./zpl/driver.ts');
      return (transport, options) => new ZplDriver(transport, options);
    },
  }),
];

/** All of them. */
export const printerModels: readonly DeviceModel[] = [...receiptPrinterModels, ...licencePrinterModels];
