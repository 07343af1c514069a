import { DeviceError } from '../../core/index.ts';
import type { SocialCard } from '../contract.ts';
import { describe, exchange, type Response, statuses, type Transmit } from './apdu.ts';
import {
  decodeRecords,
  type FileName,
  files,
  parseRecord,
  type RecordName,
  type RecordPlace,
  readByNumber,
  readByTag,
  records,
  selectEnvironment,
  selectFile,
  selectForms,
} from './records.ts';

/**
 * Reads a card that has just been powered. Nothing is sent but SELECT, READ RECORD and GET RESPONSE: never a PIN, of which a
 * card allows few tries. Fails `invalid-media` where the card is none of ours, and with whatever `transmit` fails with.
 */
export async function readSocialCard(transmit: Transmit): Promise<SocialCard> {
  const environment = await exchange(selectEnvironment(), transmit);
  if (environment.status !== statuses.done) {
    throw new DeviceError('invalid-media', `no social security application: ${describe(environment.status)}`);
  }
  const values: Partial<Record<RecordName, Uint8Array>> = {};
  for (const file of Object.keys(files) as FileName[]) {
    if (!(await select(file, transmit))) continue;
    for (const [name, place] of Object.entries(records) as [RecordName, RecordPlace][]) {
      const value = place.file === file ? await readRecord(place, transmit) : undefined;
      if (value) values[name] = value;
    }
  }
  return decodeRecords(values);
}

async function select(file: FileName, transmit: Transmit): Promise<boolean> {
  for (const form of selectForms) {
    const { status } = await exchange(selectFile(file, form), transmit);
    if (status === statuses.done) return true;
  }
  return false;
}

/** By tag, which is the same on every version; by number where a card knows no tags. */
async function readRecord(place: RecordPlace, transmit: Transmit): Promise<Uint8Array | undefined> {
  const byTag = valueIn(await exchange(readByTag(place), transmit), place);
  if (byTag || place.number === undefined) return byTag;
  return valueIn(await exchange(readByNumber(place, place.number), transmit), place);
}

/** `undefined` where the card has no such record, does not let it be read, or answers with another. */
function valueIn({ status, data }: Response, { tag }: RecordPlace): Uint8Array | undefined {
  if (status !== statuses.done || data.length === 0) return undefined;
  const record = parseRecord(data);
  return record.tag === tag ? record.value : undefined;
}
