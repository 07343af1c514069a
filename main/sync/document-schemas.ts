import { z } from 'zod';
import { deviceStates } from '../../drivers/core/index.ts';
import { localTextUpTo } from '../contracts/common.ts';

/**
 * The device document: `desired` is the platform's, `reported` this terminal's. Nothing personal in either.
 */

const instant = z.iso.datetime();
const version = z
  .int()
  .min(1)
  .max(2 ** 31);
const sentence = z.string().max(500);

export const notice = z
  .strictObject({ text: localTextUpTo(120), until: instant.optional() })
  .describe('What people in the hall shall read, until `until` at the latest.');
export type Notice = z.infer<typeof notice>;

/** What the platform may want of a terminal. Strict: half a wish is nobody's intention. */
export const desiredSettings = z.strictObject({
  telemetryEveryS: z
    .int()
    .min(60)
    .max(3_600)
    .exactOptional()
    .describe('How often the whole of `reported` is told although nothing has changed; 300 where absent.'),
  notice: notice.nullable().exactOptional(),
  catalogueVersion: version
    .exactOptional()
    .describe('The lowest version of the catalogue that the terminal shall work with.'),
});
export type DesiredSettings = z.infer<typeof desiredSettings>;

/** GET /v1/device/desired, with `ETag`. A terminal of which nothing is wanted yet: version 1, no settings. */
export const desiredDocument = z.strictObject({ version, settings: desiredSettings });
export type DesiredDocument = z.infer<typeof desiredDocument>;

/** What became of one setting. `pending`: under way. */
export const settingResult = z.discriminatedUnion('state', [
  z.strictObject({ state: z.enum(['applied', 'pending']) }),
  z.strictObject({ state: z.literal('refused'), reason: sentence }),
]);
export type SettingResult = z.infer<typeof settingResult>;

export const desiredReport = z.strictObject({
  version: version.exactOptional().describe('Whose settings are in force; absent before the first.'),
  results: z.partialRecord(desiredSettings.keyof(), settingResult),
  refused: z
    .strictObject({ version: version.exactOptional(), reason: sentence })
    .exactOptional()
    .describe(
      'A document that was refused as a whole; the settings in force stay. `version` absent where it has none.',
    ),
});
export type DesiredReport = z.infer<typeof desiredReport>;

/** What a technician or operator must see to. */
export const terminalAlarms = [
  'unauthorised', // the platform refuses this terminal's credential
  'storage-failing',
  'terminal-id-in-use', // another terminal reports under this one's id
  'clock-wrong', // this machine's, by more than two minutes, or impossibly
  'certificate-ending', // the terminal's own has ended, or ends within 30 days
  'dead-letters', // deliveries were set aside, which the platform refused or which cannot be read
  'store-restored', // the database was damaged and replaced within the last month
  'disk-low',
  'disk-critical', // services that may have to wait here for the line are refused
] as const;
export type TerminalAlarm = (typeof terminalAlarms)[number];

const device = z.strictObject({
  id: z.string().max(60),
  class: z.string().max(60),
  model: z.string().max(60),
  state: z.enum(deviceStates),
  fault: z
    .string()
    .max(40)
    .optional()
    .describe('Why it cannot serve, a word of the terminal’s closed set; absent while it can.'),
  detail: z.string().max(1_000).optional(),
  paper: z.string().max(40).optional(),
  since: instant.optional(),
  rung: z
    .enum(['reopen', 'reset', 're-enumerate', 'report'])
    .optional()
    .describe('How far the terminal’s own repair has come: `report` asks for a person.'),
  faultsToday: z.int().min(0),
});

const count = z.int().min(0);

const storeIncident = z
  .strictObject({
    restoredAt: instant,
    lostFrom: instant.nullable().describe('`null`: since the terminal was set up.'),
    lostTo: instant,
    salvaged: count.describe('Cases, deliveries and other rows that were brought over.'),
    unreadable: count.describe('Rows that were found and could not be brought over.'),
  })
  .describe(
    'The terminal’s database was damaged and replaced: what it held of between the two instants may be lost. Told until it is answered.',
  );

/**
 * PUT /v1/device/reported, with `If-Match` and the revision that the terminal knows, or `If-None-Match: *` where it knows
 * none. The whole of it each time, so that one that was lost is made good by the next.
 */
export const reportedBody = z.strictObject({
  at: instant,
  writeId: z
    .uuid()
    .describe('The same until the platform’s answer was heard: so that a terminal knows its own writing again.'),
  devices: z.array(device).max(60),
  versions: z.strictObject({
    software: z.string().max(40),
    node: z.string().max(40),
    catalogue: version.exactOptional().describe('Of the services on offer; absent where they are the release’s own.'),
  }),
  outbox: z.strictObject({
    waiting: count,
    sending: count,
    delivered: count,
    rejected: count,
    oldestWaitingAt: instant.optional(),
  }),
  disk: z
    .strictObject({ freeBytes: count, totalBytes: count })
    .exactOptional()
    .describe('That the terminal’s data is on; absent where it does not say.'),
  clock: z
    .strictObject({ state: z.enum(['unconfirmed', 'confirmed', 'wrong']), offsetMs: z.int().exactOptional() })
    .describe('`offsetMs`: how far the machine is ahead of the platform, where that was measured.'),
  storeIncident: storeIncident.exactOptional(),
  alarms: z.array(z.enum(terminalAlarms)).max(terminalAlarms.length),
  desired: desiredReport,
});
export type ReportedBody = z.infer<typeof reportedBody>;

/** Without `If-Match`'s quotes; at least as opaque to the terminal as an entity tag is. */
const revision = z.string().regex(/^[\x21\x23-\x7e]{1,80}$/);

/** To PUT. */
export const reportedAnswer = z.object({
  receivedAt: instant,
  revision: revision.describe('To be shown with the next report, as `If-Match`.'),
  desiredVersion: version.describe('Which document is wanted now, so that one that was missed is fetched.'),
});
export type ReportedAnswer = z.infer<typeof reportedAnswer>;

/** The platform's word where nothing was ever reported under this id, or it has lost its memory. */
export const NOTHING_REPORTED = 'nothing-reported';

/** GET /v1/device/reported: whose writing is there, asked after a 412 with `revision-conflict`. */
export const reportedDocument = z.object({ revision, reported: z.object({ writeId: z.uuid() }) });
export type ReportedDocument = z.infer<typeof reportedDocument>;
