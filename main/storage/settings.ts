import { z } from 'zod';
import { suites } from './cipher.ts';

/** What seals with the means of the machine. */
const machineSealer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({
    kind: z.literal('systemd'),
    credential: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{0,59}$/)
      .default('jiujin-store-key'),
    withKey: z.enum(['auto', 'host', 'tpm2', 'host+tpm2']).default('auto'),
  }),
  z.strictObject({ kind: z.literal('dpapi') }),
]);
export type MachineSealerSettings = z.infer<typeof machineSealer>;

const MIB = 1024 * 1024;

/** In which suite the store is sealed, what keeps its key, how much room it leaves on its disk, and how long it keeps what is settled. */
const settings = z.strictObject({
  suite: z.enum(suites).default(suites[0]),
  key: z
    .discriminatedUnion('kind', [
      ...machineSealer.options,
      z.strictObject({ kind: z.literal('sm2'), privateKey: machineSealer }),
    ])
    .default({ kind: 'file' }),
  /** Below this much free space nothing is written that need not be. */
  lowBytes: z
    .int()
    .min(MIB)
    .default(512 * MIB),
  /** Below this, no service is begun that may have to wait here for the line. */
  criticalBytes: z
    .int()
    .min(MIB)
    .default(128 * MIB),
  /** Kept by a file that is given up so that what waits can still go out. */
  reserveBytes: z
    .int()
    .min(MIB)
    .max(1024 * MIB)
    .default(64 * MIB),
  /** A delivered case's number and times go after this many days; its personal data goes with the delivery. */
  keepDays: z.int().min(1).max(3_650).default(90),
});

export const storageSettings = settings.refine(
  ({ lowBytes, criticalBytes }) => lowBytes > criticalBytes,
  'lowBytes must be more than criticalBytes',
);
export type StorageSettings = z.infer<typeof storageSettings>;
