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

/** In which suite the store is sealed, and what keeps its key. */
export const storageSettings = z.strictObject({
  suite: z.enum(suites).default(suites[0]),
  key: z
    .discriminatedUnion('kind', [
      ...machineSealer.options,
      z.strictObject({ kind: z.literal('sm2'), privateKey: machineSealer }),
    ])
    .default({ kind: 'file' }),
});
export type StorageSettings = z.infer<typeof storageSettings>;
