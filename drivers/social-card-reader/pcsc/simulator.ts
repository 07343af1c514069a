import {
  type CardConnection,
  type CardService,
  type CardTerminal,
  type CardTerminals,
  DeviceError,
  sleep,
} from '../../core/index.ts';
import type { SocialCard } from '../contract.ts';
import { statuses } from './apdu.ts';
import {
  ENVIRONMENT,
  encodeRecord,
  encodeRecords,
  type FileName,
  files,
  type RecordName,
  type RecordPlace,
  type RecordValues,
  records,
} from './records.ts';

/** Some of ISO 7816-4's refusals, and `6B00` as cards that know no tags say it. */
const refused = { length: 0x6700, security: 0x6982, parameters: 0x6b00, instruction: 0x6d00, class: 0x6e00 } as const;

/** A chip card as its contacts show it. Its faults are plain fields, which take effect with the next command. */
export class SimulatedCard {
  /** `bank` has no social security application, and `mute` is a card the wrong way round. */
  kind: 'social-security' | 'bank' | 'mute' = 'social-security';
  /** With T=0, answers are fetched with GET RESPONSE, and a wrong Le is answered with the right one. */
  protocol: 'T=0' | 'T=1' = 'T=1';
  /** P1 of SELECT for files: cards know one form, or both. */
  selectForms: readonly number[] = [0x00, 0x02];
  readsByTag = true;
  readsByNumber = true;
  /** Records that are refused for want of a key. */
  locked: readonly RecordName[] = [];
  /** Before each answer. */
  delayMs = 0;
  /** In place of the answers to come, one each; the commands are lost. */
  readonly garbles: Uint8Array[] = [];
  /** What it was sent, in hex. */
  readonly commands: string[] = [];
  #values: RecordValues;
  #environment = false;
  #file: FileName | undefined;
  #waiting: Uint8Array = new Uint8Array();

  constructor(content: SocialCard | RecordValues) {
    this.#values = 'socialSecurityNumberValid' in content ? encodeRecords(content) : content;
  }

  /** Power on: what was selected is forgotten. */
  reset(): void {
    this.#environment = false;
    this.#file = undefined;
    this.#waiting = new Uint8Array();
  }

  answer(command: Uint8Array): Uint8Array {
    this.commands.push(Buffer.from(command).toString('hex').toUpperCase());
    const garble = this.garbles.shift();
    if (garble) return garble;
    const [cla, ins, p1 = 0, p2 = 0, length = 0] = command;
    if (command.length < 4) return status(refused.length);
    if (cla !== 0x00) return status(refused.class);
    if (ins === 0xc0) return this.#respond(length);
    this.#waiting = new Uint8Array();
    if (ins === 0xa4) return status(this.#select(p1, command.subarray(5, 5 + length)));
    if (ins !== 0xb2) return status(refused.instruction);
    return this.#read(p1, p2, length);
  }

  #select(p1: number, name: Uint8Array): number {
    if (this.kind === 'bank') return statuses.noFile;
    if (p1 === 0x04) {
      const known = Buffer.compare(name, ENVIRONMENT) === 0;
      this.#environment = known;
      this.#file = undefined;
      return known ? statuses.done : statuses.noFile;
    }
    const [high = 0, low = 0] = name;
    const file = (Object.keys(files) as FileName[]).find((each) => files[each] === high * 256 + low);
    if (!this.#environment || !file || !this.selectForms.includes(p1)) return statuses.noFile;
    this.#file = file;
    return statuses.done;
  }

  #read(p1: number, p2: number, le: number): Uint8Array {
    const isWanted = ({ file, tag, number }: RecordPlace): boolean =>
      file === this.#file && (p2 === 0x00 ? this.readsByTag && tag === p1 : this.readsByNumber && number === p1);
    if (!(p2 === 0x00 ? this.readsByTag : this.readsByNumber)) return status(refused.parameters);
    const [name, place] =
      (Object.entries(records) as [RecordName, RecordPlace][]).find(([, each]) => isWanted(each)) ?? [];
    const value = name && this.#values[name];
    if (!place || !name || !value) return status(statuses.noRecord);
    if (this.locked.includes(name)) return status(refused.security);
    const record = encodeRecord(place, value);
    if (this.protocol === 'T=1') return Uint8Array.of(...record, 0x90, 0x00);
    if (le !== record.length) return status(0x6c00 + record.length);
    this.#waiting = record;
    return status(0x6100 + record.length);
  }

  #respond(le: number): Uint8Array {
    const data = this.#waiting;
    this.#waiting = new Uint8Array();
    return data.length === le && le > 0 ? Uint8Array.of(...data, 0x90, 0x00) : status(refused.length);
  }
}

function status(code: number): Uint8Array {
  return Uint8Array.of(code >> 8, code & 0xff);
}

interface Host {
  readonly lost: AbortController;
  tell: (terminals: readonly CardTerminal[]) => void;
}

/** A PC/SC service with one reader, and cards that are put in and taken out while it runs. */
export class SimulatedTerminals implements CardTerminals {
  readonly name = 'simulated:pcsc';
  readonly reader: string;
  /** Whether the service runs. */
  running = true;
  /** Listed beside the reader: slots of secure access modules, other readers. */
  others: readonly CardTerminal[] = [];
  /** The card is taken out as this command (from 1) of each connection arrives. */
  removeAtCommand: number | undefined;
  openServices = 0;
  openConnections = 0;
  #plugged = true;
  #card: SimulatedCard | undefined;
  #taken = new AbortController();
  readonly #hosts = new Set<Host>();

  constructor(reader = 'Simulated Reader 00 00') {
    this.reader = reader;
  }

  insertCard(card: SimulatedCard): void {
    this.removeCard();
    this.#card = card;
    this.#tell();
  }

  removeCard(): void {
    if (!this.#card) return;
    this.#card = undefined;
    this.#taken.abort(new DeviceError('no-media', `${this.reader}: the card was taken out`));
    this.#taken = new AbortController();
    this.#tell();
  }

  unplugReader(): void {
    this.#plugged = false;
    this.#taken.abort(new DeviceError('not-connected', `${this.reader} was unplugged`));
    this.#taken = new AbortController();
    this.#tell();
  }

  plugReader(): void {
    this.#plugged = true;
    this.#tell();
  }

  stopService(): void {
    this.running = false;
    for (const { lost } of [...this.#hosts])
      lost.abort(new DeviceError('not-connected', `${this.name}: the service ended`));
  }

  async open(signal: AbortSignal): Promise<CardService> {
    signal.throwIfAborted();
    if (!this.running) throw new DeviceError('not-connected', `${this.name}: the service does not run`);
    const host: Host = { lost: new AbortController(), tell: () => undefined };
    this.#hosts.add(host);
    this.openServices += 1;
    const connections = new Set<CardConnection>();
    return {
      list: async () => this.#list(),
      onChange: (listener) => {
        host.tell = listener;
      },
      lost: host.lost.signal,
      connect: async (terminal) => {
        const connection = this.#connect(terminal, () => connections.delete(connection));
        connections.add(connection);
        return connection;
      },
      close: async () => {
        for (const connection of connections) await connection.disconnect();
        if (this.#hosts.delete(host)) this.openServices -= 1;
      },
    };
  }

  #connect(terminal: string, onEnd: () => void): CardConnection {
    if (terminal !== this.reader || !this.#plugged) throw new DeviceError('not-connected', `${terminal} is not there`);
    const card = this.#card;
    if (!card) throw new DeviceError('no-media', `${terminal}: no card`);
    if (card.kind === 'mute') throw new DeviceError('invalid-media', `${terminal}: the card does not answer`);
    if (this.openConnections > 0) throw new DeviceError('timeout', `${terminal}: another has the card`);
    card.reset();
    const taken = this.#taken.signal;
    let commands = 0;
    let open = true;
    this.openConnections += 1;
    return {
      transmit: async (command, signal) => {
        commands += 1;
        if (commands === this.removeAtCommand) this.removeCard();
        taken.throwIfAborted();
        if (card.delayMs > 0) await sleep(card.delayMs, signal, taken);
        return card.answer(command);
      },
      disconnect: async () => {
        if (!open) return;
        open = false;
        this.openConnections -= 1;
        onEnd();
      },
    };
  }

  #list(): readonly CardTerminal[] {
    const card = !this.#card ? 'absent' : this.#card.kind === 'mute' ? 'mute' : 'present';
    return this.#plugged ? [...this.others, { name: this.reader, card }] : this.others;
  }

  #tell(): void {
    for (const { tell } of [...this.#hosts]) tell(this.#list());
  }
}
