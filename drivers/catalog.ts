import { z } from 'zod';
import { hidPosOptions } from './barcode-scanner/hid-pos/options.ts';
import { serialScannerOptions } from './barcode-scanner/serial-scanner/options.ts';
import { modbusCabinetOptions } from './cabinet/modbus-cabinet/register-map.ts';
import { defineAddressedModel, defineModel } from './core/index.ts';
import { splitPipes } from './id-card-reader/samv/codec.ts';
import { nutOptions } from './ups/nut/options.ts';

export type { DeviceModel } from './core/index.ts';
export { makeTransport, type TransportSpec, transportSchema } from './transport/open.ts';

/**
 * What a terminal can be configured with, one entry a model. Printers have a list of the same shape, `printers/catalog.ts`.
 */
export const driverModels = [
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
  defineModel({
    id: 'serial-scanner',
    class: 'barcode-scanner',
    title: '扫码器 (串口)',
    transports: ['serial', 'tcp'],
    recognition: {
      // Hints, no proof of a mode: 1eab Newland (UNCONFIRMED), 0c2e Honeywell, 23d0 Youjie, 05e0 Zebra, 05f9 Datalogic.
      baudRates: [9_600, 115_200],
      probe: async (channel, signal) =>
        (await import('./barcode-scanner/serial-scanner/recognise.ts')).answersAsScanner(channel, signal),
    },
    options: serialScannerOptions,
    load: async () => {
      const { SerialScannerDriver } = await import('./barcode-scanner/serial-scanner/driver.ts');
      return (transport, options) => new SerialScannerDriver(transport, options);
    },
  }),
  defineModel({
    id: 'hid-pos',
    class: 'barcode-scanner',
    title: '扫码器 (HID POS)',
    transports: ['hid'],
    recognition: { hid: [{ usagePage: 0x8c, usage: 0x02 }] },
    options: hidPosOptions,
    load: async () => {
      const { HidPosDriver } = await import('./barcode-scanner/hid-pos/driver.ts');
      return (transport, options) => new HidPosDriver(transport, options);
    },
  }),
  defineAddressedModel({
    id: 'escl',
    class: 'document-scanner',
    title: '文档扫描仪 (eSCL / AirScan)',
    transports: ['http'],
    options: z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      hostHeader: z.enum(['standard', 'with-port', 'localhost']).default('standard'),
      notFoundMeansBusy: z.boolean().default(false),
      statusReplyMs: z.int().min(200).max(10_000).default(1_000),
    }),
    load: async () => {
      const { EsclDriver } = await import('./document-scanner/escl/driver.ts');
      return (options) => new EsclDriver(options);
    },
  }),
  defineAddressedModel({
    id: 'sane',
    class: 'document-scanner',
    title: '文档扫描仪 (SANE)',
    transports: ['program'],
    options: z.strictObject({
      /** As `scanimage -L` lists it. */
      device: z.string().min(1).max(200).regex(/^[^-]/),
      pollMs: z.int().min(1_000).max(60_000).default(5_000),
      temporaryFolder: z.string().exactOptional(),
    }),
    load: async () => {
      const [{ SaneDriver }, { inLines }, { runProgram }, { nativeUsbBus }] = await Promise.all([
        import('./document-scanner/sane/driver.ts'),
        import('./document-scanner/sane/program.ts'),
        import('./transport/program.ts'),
        import('./transport/native-usb.ts'),
      ]);
      return (options) => new SaneDriver({ ...options, run: inLines(runProgram), hotPlug: nativeUsbBus });
    },
  }),
  defineAddressedModel({
    id: 'pcsc',
    class: 'social-card-reader',
    title: '社会保障卡读卡器 (PC/SC)',
    transports: ['pcsc'],
    /** `reader`: a part of its name, where there is more than one. */
    options: z.strictObject({ reader: z.string().min(1).exactOptional() }),
    load: async () => {
      const [{ PcscDriver }, { pcscTerminals }] = await Promise.all([
        import('./social-card-reader/pcsc/driver.ts'),
        import('./transport/pcsc.ts'),
      ]);
      return (options) => new PcscDriver(pcscTerminals(), options);
    },
  }),
  defineModel({
    id: 'modbus-cabinet',
    class: 'cabinet',
    title: '机柜灯、门锁与传感器 (Modbus RTU)',
    transports: ['serial', 'tcp'],
    options: modbusCabinetOptions,
    load: async () => {
      const { ModbusCabinetDriver } = await import('./cabinet/modbus-cabinet/driver.ts');
      return (transport, map) => new ModbusCabinetDriver(transport, map);
    },
  }),
  defineModel({
    id: 'nut',
    class: 'ups',
    title: '不间断电源 (Network UPS Tools)',
    transports: ['tcp'],
    options: nutOptions,
    load: async () => {
      const { NutDriver } = await import('./ups/nut/driver.ts');
      return (transport, options) => new NutDriver(transport, options);
    },
  }),
  defineModel({
    id: 'megatec',
    class: 'ups',
    title: '不间断电源 (Megatec Q1)',
    transports: ['serial'],
    recognition: {
      baudRates: [2_400],
      probe: async (channel, signal) => (await import('./ups/megatec/driver.ts')).answersQ1(channel, signal),
    },
    options: z.strictObject({}),
    load: async () => {
      const { MegatecDriver } = await import('./ups/megatec/driver.ts');
      return (transport) => new MegatecDriver(transport);
    },
  }),
];

type DriverModel = (typeof driverModels)[number];

/** The models of one class; their type is what its drivers have in common. */
export function modelsOf<C extends DriverModel['class']>(deviceClass: C): Extract<DriverModel, { class: C }>[] {
  return driverModels.filter((model): model is Extract<DriverModel, { class: C }> => model.class === deviceClass);
}
