import { z } from 'zod';
import type { Transport } from '../core/index.ts';
import { serialTransport } from './serial.ts';
import { tcpTransport } from './tcp.ts';

/** How a device is connected, as a configuration file says it. */
export const transportSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('serial'),
    /** `/dev/ttyS1`, or better a name that survives replugging: `/dev/serial/by-path/…`; `COM3` on Windows. */
    path: z.string().regex(/^(\/dev\/\S+|COM\d+)$/),
    baudRate: z.union([9_600, 19_200, 38_400, 57_600, 115_200].map((rate) => z.literal(rate))),
  }),
  z.strictObject({ kind: z.literal('tcp'), host: z.string().min(1).max(253), port: z.int().min(1).max(65_535) }),
]);
export type TransportSpec = z.infer<typeof transportSchema>;

/** Opens nothing: a transport is opened by the driver that runs on it. */
export function makeTransport(spec: TransportSpec): Transport {
  return spec.kind === 'serial' ? serialTransport(spec) : tcpTransport(spec);
}
