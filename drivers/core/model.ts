import type { z } from 'zod';
import type { Driver } from './driver.ts';
import type { Transport } from './transport.ts';

/** What a terminal can be fitted with. */
export const deviceClasses = ['id-card-reader', 'receipt-printer', 'licence-printer'] as const;
export type DeviceClass = (typeof deviceClasses)[number];

/** `http`: the model speaks HTTP to an address in its options, and its `Line` is not a byte channel. */
export type TransportKind = 'serial' | 'tcp' | 'http';

/** One line of a catalog: what a model is, how it is connected, and how its driver is made. */
export interface DeviceModel<D extends Driver = Driver, Line = Transport> {
  /** As configuration files write it. Never reused for another model. */
  readonly id: string;
  readonly class: DeviceClass;
  /** For technicians. */
  readonly title: string;
  readonly transports: readonly TransportKind[];
  /** What `create` accepts beside the line; configuration is checked with it before anything is loaded. */
  readonly options: z.ZodType;
  /**
   * Loads the model's code and makes its driver, which touches no port before `run`. Rejects with a ZodError where
   * `options` does not fit.
   */
  create(line: Line, options: unknown): Promise<D>;
}

/** Ties a model's options schema to the driver that takes them; `load` imports the driver only when one is wanted. */
export function defineModel<D extends Driver, Options extends z.ZodType, Line = Transport>(
  model: Omit<DeviceModel<D, Line>, 'options' | 'create'> & {
    readonly options: Options;
    readonly load: () => Promise<(line: Line, options: z.output<Options>) => D>;
  },
): DeviceModel<D, Line> {
  const { load, ...description } = model;
  return {
    ...description,
    create: async (line, options) => {
      const parsed = model.options.parse(options);
      return (await load())(line, parsed);
    },
  };
}
