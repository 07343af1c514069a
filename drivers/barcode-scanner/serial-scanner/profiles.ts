import type { ReplyReader } from './codec.ts';
import type { Command } from './command.ts';
import { honeywellQuestion, honeywellSetting, readHoneywellReply, triggerOff, triggerOn } from './honeywell.ts';
import { NEWLAND_HEARTBEAT, newlandQuestion, newlandSetting, readNewlandReply } from './newland.ts';
import { oemRead, oemWrite, readOemReply, Zone } from './oem-engine.ts';
import type { ProfileId } from './options.ts';

/** What an engine is told after connecting. One that refuses or does not answer is used all the same. */
export interface StartStep {
  /** A fact of `check`, which says what became of it. */
  readonly fact: string;
  readonly read?: Command;
  /** `data`: what `read` has brought. `undefined` where the engine is as it should be. */
  readonly write: (data: Uint8Array) => Command | undefined;
}

/** A kind of engine. */
export interface Profile {
  readonly id: ProfileId;
  readonly readReply: ReplyReader;
  readonly heartbeat?: number;
  /**
   * Asked in turn, and each answer is unlike the others: an answer that comes too late is none to the next question. Any
   * answer will do, also that the question is not known. Empty where the engine cannot be asked.
   */
  readonly questions: readonly Command[];
  readonly trigger?: { readonly on: Command; readonly off: Command };
  readonly start: readonly StartStep[];
  readonly firmware?: { readonly command: Command; readonly read: (data: Uint8Array) => string };
  /** `setting` has the form that the options ask for. */
  readonly setting?: (setting: string) => Command;
}

/** Says nothing but codes, and hears nothing. */
const generic: Profile = { id: 'generic', readReply: () => undefined, questions: [], start: [] };

const newland: Profile = {
  id: 'newland',
  readReply: readNewlandReply,
  heartbeat: NEWLAND_HEARTBEAT,
  questions: [newlandQuestion('SCNMOD'), newlandQuestion('ORTSET'), newlandQuestion('GRBENA')],
  trigger: { on: newlandSetting('SCNTRG1'), off: newlandSetting('SCNTRG0') },
  start: [{ fact: 'readsOnCommand', write: () => newlandSetting('SCNMOD0') }],
  firmware: { command: newlandQuestion('QRYFWV', ''), read: printable },
  setting: newlandSetting,
};

const honeywell: Profile = {
  id: 'honeywell',
  readReply: readHoneywellReply,
  questions: [honeywellQuestion('CBRENA'), honeywellQuestion('C39ENA'), honeywellQuestion('128ENA')],
  trigger: { on: triggerOn, off: triggerOff },
  start: [],
  setting: honeywellSetting,
};

const MODE_BITS = 0b11;
const ON_COMMAND = 0b01;
const NO_CONFIGURATION_CODES = 0b10;

const oemEngine: Profile = {
  id: 'oem-engine',
  readReply: readOemReply,
  questions: [oemRead(Zone.mode, 2), oemRead(Zone.mode, 3), oemRead(Zone.mode, 4)],
  trigger: { on: oemWrite(Zone.trigger, 1), off: oemWrite(Zone.trigger, 0) },
  start: [
    { fact: 'readsOnCommand', ...changedBits(Zone.mode, MODE_BITS, ON_COMMAND) },
    {
      fact: 'configurationByBarcodeOff',
      ...changedBits(Zone.configurationCodes, NO_CONFIGURATION_CODES, NO_CONFIGURATION_CODES),
    },
  ],
  firmware: { command: oemRead(Zone.softwareVersion, 1), read: ([version = 0]) => (version / 100).toFixed(2) },
  setting: (setting) => {
    const [zone = '', value = ''] = setting.split('=');
    return oemWrite(Number.parseInt(zone, 16), Number.parseInt(value, 16));
  },
};

/** The other bits of a zone belong to whoever set up the engine. */
function changedBits(zone: number, mask: number, bits: number): Pick<StartStep, 'read' | 'write'> {
  return {
    read: oemRead(zone, 1),
    write: ([value = bits]) => ((value & mask) === bits ? undefined : oemWrite(zone, (value & ~mask) | bits)),
  };
}

/** From a device, for technicians. */
function printable(data: Uint8Array): string {
  return Buffer.from(data)
    .toString('latin1')
    .replaceAll(/[^ -~]/g, '')
    .trim();
}

export const profiles: Readonly<Record<ProfileId, Profile>> = {
  generic,
  newland,
  honeywell,
  'oem-engine': oemEngine,
};

/**
 * In the order in which a port of unknown nature is asked. Honeywell's question comes last: it holds a line end, which
 * another device might act upon.
 */
export const askableProfiles: readonly Profile[] = [oemEngine, newland, honeywell];
