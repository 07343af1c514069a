import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CodedError } from '../../drivers/core/index.ts';
import { calibration } from '../../printers/document/calibration.ts';
import { catalogueKey } from '../catalogue/signature.ts';
import { localTextUpTo } from '../contracts/common.ts';
import { devicesConfiguration } from '../devices/protocol.ts';
import { storageSettings } from '../storage/settings.ts';
import { platformConfiguration } from '../sync/access-schemas.ts';

/** A quarter of an hour of a busy terminal, and the time it takes to fetch a pack. */
export const BLANKS_LOW_AT = 20;

const settings = z.strictObject({
  terminal: z.strictObject({
    id: z.string().regex(/^[a-z0-9-]{1,60}$/),
    /** Heads every case number: `LS03-20261121-0047`. */
    code: z.string().regex(/^[A-Z0-9]{2,10}$/),
    /** Both stand on every receipt, in one line each. */
    place: localTextUpTo(60),
    machine: localTextUpTo(60),
    helpNumber: z.string().min(3).max(30),
    timeZone: z.string().refine(isTimeZone, 'not an IANA time zone'),
    /** The case number is appended. */
    progressUrl: z.url({ protocol: /^https?$/ }).max(300),
  }),
  /** Everything that this terminal keeps; outside the application's folder, so that no reinstallation touches it. */
  dataDir: z.string().min(1),
  platform: platformConfiguration,
  /** Left out: AES-256-GCM, under a key in a file of `dataDir`. */
  storage: storageSettings.exactOptional(),
  /** Of numbered blanks (空白证照): with how many left a technician is told, and of which series with how many others. */
  blanks: z
    .strictObject({
      lowAt: z.int().min(0).max(2_000).default(BLANKS_LOW_AT),
      series: z.record(z.string(), z.int().min(0).max(2_000)).exactOptional(),
      /** By licence printer: where it puts its print on a blank, against where it should. */
      calibrations: z.record(z.string(), calibration).exactOptional(),
    })
    .exactOptional(),
  /** Whose signature makes a catalogue of services one to work with; absent: the release's own services only. */
  catalogue: z.strictObject({ publicKeys: z.array(catalogueKey).min(1).max(5) }).exactOptional(),
  ...devicesConfiguration.shape,
});

/** A terminal's settings: one JSON file, read once at start and passed on as values. */
export const configuration = settings.superRefine(({ blanks, devices }, context) => {
  for (const id of Object.keys(blanks?.calibrations ?? {})) {
    if (devices.some((device) => device.id === id)) continue;
    context.addIssue({ code: 'custom', path: ['blanks', 'calibrations', id], message: 'there is no such device' });
  }
});
export type Configuration = z.infer<typeof configuration>;

export class ConfigurationError extends CodedError<'bad-configuration'> {
  override readonly name = 'ConfigurationError';

  constructor(message: string, options?: ErrorOptions) {
    super('bad-configuration', message, options);
  }
}

/** Throws a ConfigurationError that names file, path and reason, and quotes nothing of the file: it holds the platform's token. */
export function readConfiguration(path: string): Configuration {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigurationError(`${path}: not JSON${placeIn(error.message)}`);
    throw new ConfigurationError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = configuration.safeParse(data);
  if (!parsed.success) throw new ConfigurationError(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function isTimeZone(name: string): boolean {
  return Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC';
}

/** Of V8's sentences about JSON: where it stopped. The others quote the text. */
function placeIn(message: string): string {
  return / \(line \d+ column \d+\)/.exec(message)?.[0] ?? '';
}
