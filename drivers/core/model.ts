import type { z } from 'zod';
import type { UsbInterfaceClass } from './bus.ts';
import type { DeviceClass } from './device-class.ts';
import type { Driver } from './driver.ts';
import { DeviceError } from './errors.ts';
import type { Channel, Transport } from './transport.ts';

/**
 * `http`, `pcsc`, `program`: not a byte channel. Such a model finds its device by its options, and what carries its messages
 * is the driver's own port, which tests replace.
 */
export const transportKinds = ['serial', 'usb', 'hid', 'tcp', 'http', 'pcsc', 'program'] as const;
export type TransportKind = (typeof transportKinds)[number];

/** A USB device, or the USB side of a serial adapter. */
export interface UsbId {
  readonly vendorId: number;
  readonly productId: number;
}

/** How a device of a model is told from others, where the configuration says `auto`. */
export interface Recognition {
  /** USB devices that are of this model and of no other. */
  readonly usb?: readonly UsbId[];
  /** HID collections (usage page and usage), whoever made the device. */
  readonly hid?: readonly { readonly usagePage: number; readonly usage: number }[];
  /** Serial ports behind these USB ids are of this model. */
  readonly serial?: readonly UsbId[];
  /** Speeds in bit/s at which a device of this model may stand, the likeliest first. */
  readonly baudRates?: readonly number[];
  /**
   * Whether a device of this model answers on an open channel. Changes nothing in whatever hangs there, which may be another
   * device. Resolves within a second; rejects only with the signal's reason.
   */
  readonly probe?: (channel: Channel, signal: AbortSignal) => Promise<boolean>;
}

/** A message whose head and body travel through a pair of endpoints each: the head through the first, the rest through the second. */
export interface SplitPipes {
  readonly headerBytes: number;
  /** How many bytes follow this head; `undefined` where it is none. */
  bodyBytes(header: Uint8Array): number | undefined;
}

/** How a model uses its USB side. */
export interface UsbUse {
  /** The interface that its driver speaks to; interface 0 by default. */
  readonly interface?: UsbInterfaceClass;
  /** Some devices of this model split their messages: which, the probe of its recognition tells. */
  readonly split?: SplitPipes;
}

/** One line of a catalog: what a model is, how it is connected, and how its driver is made. */
export interface DeviceModel<D extends Driver = Driver, C extends DeviceClass = DeviceClass> {
  /** As configuration files write it. Never reused for another model. */
  readonly id: string;
  readonly class: C;
  /** For technicians. */
  readonly title: string;
  readonly transports: readonly TransportKind[];
  /** Left out where nothing tells this model from another: it must then be configured by name and line. */
  readonly recognition?: Recognition;
  readonly usb?: UsbUse;
  /** What `create` accepts beside the line; configuration is checked with it before anything is loaded. */
  readonly options: z.ZodType;
  /**
   * Loads the model's code and makes its driver, which touches no port before `run`. `line` is the byte channel of a model
   * that has one. Rejects with a ZodError where `options` does not fit, with `unsupported` where a line is missing.
   */
  create(line: Transport | undefined, options: unknown): Promise<D>;
}

type Described<C extends DeviceClass, Options extends z.ZodType, Make> = Omit<
  DeviceModel<Driver, C>,
  'options' | 'create'
> & {
  readonly options: Options;
  /** Imports the driver, when one is wanted. */
  readonly load: () => Promise<Make>;
};

/** A model on a byte channel. Ties its options schema to the driver that takes them. */
export function defineModel<D extends Driver, C extends DeviceClass, Options extends z.ZodType>(
  model: Described<C, Options, (line: Transport, options: z.output<Options>) => D>,
): DeviceModel<D, C> {
  const { load, ...description } = model;
  return {
    ...description,
    create: async (line, options) => {
      const parsed = model.options.parse(options);
      if (!line) throw new DeviceError('unsupported', `${model.id} is connected by ${model.transports.join(', ')}`);
      return (await load())(line, parsed);
    },
  };
}

/** A model that finds its device by its options: an address, a name, a program. */
export function defineAddressedModel<D extends Driver, C extends DeviceClass, Options extends z.ZodType>(
  model: Described<C, Options, (options: z.output<Options>) => D>,
): DeviceModel<D, C> {
  const { load, ...description } = model;
  return {
    ...description,
    create: async (_line, options) => {
      const parsed = model.options.parse(options);
      return (await load())(parsed);
    },
  };
}
