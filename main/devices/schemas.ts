import { z } from 'zod';
import { type BarcodeScan, barcodeSymbologies, MAX_PAYLOAD_BYTES } from '../../drivers/barcode-scanner/contract.ts';
import { type DeviceErrorCode, type DeviceStatus, deviceErrorCodes, statusSources } from '../../drivers/core/index.ts';
import { feederStates } from '../../drivers/document-scanner/contract.ts';
import {
  type IdCard,
  type IdCardReading,
  idCardTypes,
  portraitOutcomes,
} from '../../drivers/id-card-reader/contract.ts';
import type { UpsPower } from '../../drivers/ups/contract.ts';
import { paperStates } from '../../printers/core/contract.ts';
import { bytes } from '../processes/bytes.ts';

/** The contracts' types as schemas: what crosses from the device process, and what a visit keeps, is checked with these. */

const text = z.string().max(400);
const SAID_CHARACTERS = 1_000;
/** What a device says of itself goes to history, log and platform: cut short rather than refused, as some say a lot. */
export const saidByDevice = z.string().transform((said) => said.slice(0, SAID_CHARACTERS));

export const idCard = z.object({
  cardType: z.enum(idCardTypes),
  name: text,
  latinName: text.exactOptional(),
  chineseName: text.exactOptional(),
  sex: z.enum(['unknown', 'male', 'female', 'not-stated']),
  ethnicity: z.object({ code: text, name: z.union([text, z.undefined()]) }).exactOptional(),
  birth: text,
  address: text.exactOptional(),
  idNumber: text,
  issuer: text.exactOptional(),
  validFrom: text,
  validTo: text,
  passNumber: text.exactOptional(),
  issueCount: text.exactOptional(),
  nationality: text.exactOptional(),
  cardVersion: text.exactOptional(),
  acceptingAuthority: text.exactOptional(),
  renewalCount: text.exactOptional(),
  formerNumberLink: text.exactOptional(),
  idNumberValid: z.boolean(),
}) satisfies z.ZodType<IdCard>;

/** A card as the core gets it: with the picture in place of the chip's bytes, and a word for why there is none. */
export const cardReading = z.object({
  card: idCard,
  portraitOutcome: z.enum(portraitOutcomes),
  portrait: bytes(200 * 1024).exactOptional(),
  appendedAddress: text.exactOptional(),
  managementNumber: z.object({ iin: text, sn: text, dn: text.exactOptional() }).exactOptional(),
}) satisfies z.ZodType<Omit<IdCardReading, 'wlt'>>;
export type CardReading = z.infer<typeof cardReading>;

export const scannedCode = z.object({
  text: z.string().max(MAX_PAYLOAD_BYTES),
  bytes: bytes(MAX_PAYLOAD_BYTES),
  aim: z.string().max(3).exactOptional(),
  symbology: z.enum(barcodeSymbologies).exactOptional(),
}) satisfies z.ZodType<BarcodeScan>;

export const deviceErrorCode = z.enum(deviceErrorCodes) satisfies z.ZodType<DeviceErrorCode>;

const upsPower = z.enum(['mains', 'battery', 'battery-low', 'unknown']) satisfies z.ZodType<UpsPower>;
/** The words are the contract's; what a later driver says besides is shown to nobody before this release knows it. */
const words = z.record(z.string().max(40), z.string().max(40));

const said = {
  observedAt: z.string(),
  source: z.enum(statusSources),
  paper: z.enum(paperStates).exactOptional(),
  /** Of a cabinet. */
  doors: words.exactOptional(),
  lights: words.exactOptional(),
  alarms: words.exactOptional(),
  operatorSwitch: z.string().max(40).exactOptional(),
  proximity: z.string().max(40).exactOptional(),
  /** Of a document scanner. */
  feeder: z.enum(feederStates).exactOptional(),
  /** Of a barcode scanner: whether it reads now. */
  scanner: z.enum(['on', 'off', 'inoperative', 'unknown']).exactOptional(),
  /** Of a UPS. */
  power: upsPower.exactOptional(),
  lastKnownPower: upsPower.exactOptional(),
  shutdownOrdered: z.boolean().exactOptional(),
  chargePercent: z.number().exactOptional(),
  runtimeSeconds: z.number().exactOptional(),
  loadPercent: z.number().exactOptional(),
  replaceBattery: z.boolean().exactOptional(),
};
/** The status of a device of any class: what all have, and what some say besides. */
export const deviceStatus = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['starting', 'online', 'stopped']), ...said }),
  z.object({
    state: z.literal('offline'),
    cause: deviceErrorCode,
    detail: saidByDevice,
    retryInMs: z.number(),
    ...said,
  }),
]) satisfies z.ZodType<DeviceStatus>;
export type AnyStatus = z.infer<typeof deviceStatus>;

export const printOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('printed') }),
  z.object({ outcome: z.enum(['not-printed', 'unknown']), code: deviceErrorCode, detail: saidByDevice }),
]);
