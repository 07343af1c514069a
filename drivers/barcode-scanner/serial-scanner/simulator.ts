import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import { encodeCode, type Terminator } from './codec.ts';
import { statusBytes } from './command.ts';
import { encodeHoneywellReply } from './honeywell.ts';
import { encodeNewlandReply, NEWLAND_HEARTBEAT } from './newland.ts';
import { crcFits, encodeOemReply, OemResult, OemType, Zone } from './oem-engine.ts';
import type { ProfileId } from './options.ts';

/** More than a host that waits for answers ever has under way. */
const MAX_WAITING = 256;
const MAX_COMMAND_BYTES = 256;
/** Every command that a host has is of this size. */
const OEM_BYTES = 9;
const ZONES = 256;

/**
 * A scanner at the far end of a serial line. Its faults are plain fields. One that is commanded is lit from a trigger until a
 * code, a stop or the end of its reading time; a `generic` one always is.
 */
export class SerialScannerSimulator implements FarEnd {
  readonly name: string;
  readonly profile: ProfileId;
  terminator: Terminator = 'crlf';
  /** Sent before each code. */
  aim = '';
  /** Hears commands and says nothing, not even codes. */
  silent = false;
  /** Before every answer. */
  delayMs = 0;
  /** From being lit to the code that lies before it; between two reports of it, where the scanner is always lit. */
  readMs = 120;
  /** After a trigger. */
  readingTimeMs = 5_000;
  /** Codes and answers leave in pieces of this size, `chunkGapMs` apart. */
  chunkBytes = Number.POSITIVE_INFINITY;
  chunkGapMs = 0;
  /** A lone byte every so often; Newland only. */
  heartbeatMs: number | undefined;
  /** Settings and acts that this engine does not know, as tag and subtag, or as a zone. */
  readonly unknown = new Set<string>();
  /** A GM65 says nothing to a command that it does not understand. */
  reportsErrors = true;
  /** What has been set, by tag and subtag. */
  readonly settings = new Map([
    ['SCNMOD', '2'],
    ['ORTSET', '3000'],
    ['GRBENA', '1'],
    ['CBRENA', '1'],
    ['C39ENA', '1'],
    ['128ENA', '1'],
    ['QRYFWV', 'V1.02.003'],
  ]);
  /** What has been set in an OEM engine; as delivered it reads by key and obeys configuration codes. */
  readonly zones = new Uint8Array(ZONES);
  /** Commands heard since the start, in hex. */
  readonly heard: string[] = [];

  #lit = false;
  #before: Uint8Array | undefined;
  #send: ((bytes: Uint8Array) => void) | undefined;
  #command = Buffer.alloc(0);
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #reading: ReturnType<typeof setTimeout>[] = [];
  #outgoing: Uint8Array[] = [];
  #transmitting = false;

  constructor(profile: ProfileId) {
    this.profile = profile;
    this.name = `serial-scanner-${profile}`;
    this.zones.set([0xd4], Zone.mode);
    this.zones.set([0x01], Zone.configurationCodes);
    this.zones.set([105], Zone.softwareVersion);
  }

  get isLit(): boolean {
    return this.profile === 'generic' || this.#lit;
  }

  /** Somebody holds a code before the scanner and takes it away again. */
  present(payload: Uint8Array | string): void {
    if (!this.isLit) return;
    this.#goDark();
    this.transmit(encodeCode(bytesOf(payload), this.terminator, this.aim));
    if (!this.#transmitting) this.#look();
  }

  /** A code that stays before the scanner; `undefined` takes it away. */
  lay(payload: Uint8Array | string | undefined): void {
    this.#before = payload === undefined ? undefined : bytesOf(payload);
    this.#look();
  }

  /** Bytes as they are, whether anybody has asked for them or not. */
  transmit(bytes: Uint8Array): void {
    if (!this.#send || this.silent || this.#outgoing.length > MAX_WAITING) return;
    for (let at = 0; at < bytes.length; at += this.chunkBytes) {
      this.#outgoing.push(bytes.slice(at, at + this.chunkBytes));
    }
    if (!this.#transmitting) this.#sendNext();
  }

  /** What lies before it and what it was set to outlive a connection; what it had still to say does not. */
  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#hangUp();
    this.#send = send;
    this.#look();
    this.#beat();
    return {
      receive: (bytes) => {
        if (send === this.#send) this.#receive(bytes);
      },
      detach: () => {
        if (send === this.#send) this.#hangUp();
      },
    };
  }

  #hangUp(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#reading = [];
    this.#outgoing = [];
    this.#transmitting = false;
    this.#command = Buffer.alloc(0);
    this.#lit = false;
    this.#send = undefined;
  }

  #later(ms: number, act: () => void): ReturnType<typeof setTimeout> | undefined {
    if (this.#timers.size >= MAX_WAITING) return undefined;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #sendNext(): void {
    const next = this.#outgoing.shift();
    this.#transmitting = next !== undefined;
    if (!next) {
      // One that is always lit looks again once it has told all, however slow the line is.
      if (this.profile === 'generic') this.#look();
      return;
    }
    this.#send?.(next);
    if (this.chunkGapMs > 0 && this.#outgoing.length > 0) this.#later(this.chunkGapMs, () => this.#sendNext());
    else this.#sendNext();
  }

  #beat(): void {
    const { heartbeatMs } = this;
    if (heartbeatMs === undefined || !this.#send) return;
    this.#later(heartbeatMs, () => {
      this.transmit(Uint8Array.of(NEWLAND_HEARTBEAT));
      this.#beat();
    });
  }

  /** Starts to read what lies before it, where it is lit. */
  #look(): void {
    for (const timer of this.#reading.splice(0)) this.#forget(timer);
    if (!this.#send || !this.isLit) return;
    const reading: (ReturnType<typeof setTimeout> | undefined)[] = [];
    const before = this.#before;
    if (before) reading.push(this.#later(this.readMs, () => this.present(before)));
    if (this.profile !== 'generic') reading.push(this.#later(this.readingTimeMs, () => this.#goDark()));
    this.#reading = reading.filter((timer) => timer !== undefined);
  }

  #forget(timer: ReturnType<typeof setTimeout>): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #goDark(): void {
    this.#lit = false;
    for (const timer of this.#reading.splice(0)) this.#forget(timer);
  }

  #turn(on: boolean): void {
    this.#goDark();
    this.#lit = on;
    this.#look();
  }

  #receive(bytes: Uint8Array): void {
    let rest = Buffer.concat([this.#command, bytes]);
    for (;;) {
      const sizeBytes = rest.length === 0 ? undefined : commandSize(this.profile, rest);
      if (sizeBytes === undefined) break;
      const command = rest.subarray(0, sizeBytes);
      rest = rest.subarray(sizeBytes);
      const answer = this.#obey(command);
      if (!answer) continue;
      if (this.delayMs === 0) this.transmit(answer);
      else this.#later(this.delayMs, () => this.transmit(answer));
    }
    this.#command = Buffer.from(rest.subarray(-MAX_COMMAND_BYTES));
  }

  #obey(command: Buffer): Uint8Array | undefined {
    if (command.length === 1) return undefined;
    this.heard.push(command.toString('hex').toUpperCase());
    const text = command.toString('latin1');
    if (this.profile === 'newland') return this.#obeyNewland(text);
    if (this.profile === 'honeywell') return this.#obeyHoneywell(text);
    return this.#obeyOem(command);
  }

  #obeyNewland(text: string): Uint8Array {
    const storage = text[6] === '@' ? '@' : '#';
    const setting = text.slice(7, -2);
    if (setting.startsWith('SCNTRG') && !this.unknown.has('SCNTRG')) this.#turn(setting === 'SCNTRG1');
    const { answer, status } = this.#set(setting, setting.startsWith('QRY') ? '' : '*');
    return encodeNewlandReply(storage, answer, status);
  }

  #obeyHoneywell(text: string): Uint8Array | undefined {
    if (text[1] === 'T' || text[1] === 'U') this.#turn(text[1] === 'T');
    if (text[1] !== 'M') return undefined;
    const { answer, status } = this.#set(text.slice(3, -1), '?');
    return encodeHoneywellReply(answer, status, text.endsWith('!') ? '!' : '.');
  }

  #set(setting: string, question: string): { readonly answer: string; readonly status: number } {
    const [name, data] = [setting.slice(0, 6), setting.slice(6)];
    const known = this.settings.has(name) || /^(SCNTRG|TERMID)$/.test(name);
    if (!known || this.unknown.has(name)) return { answer: setting, status: statusBytes.unknown };
    if (data === question) return { answer: `${name}${this.settings.get(name)}`, status: statusBytes.done };
    if (setting === 'SCNMOD9') return { answer: setting, status: statusBytes['out-of-range'] };
    if (!name.startsWith('SCNTRG')) this.settings.set(name, data);
    return { answer: setting, status: statusBytes.done };
  }

  #obeyOem(command: Buffer): Uint8Array | undefined {
    const body = command.subarray(2, -2);
    const [type, , , zone = 0, value = 0] = body;
    const fits = crcFits(body, command.readUInt16BE(command.length - 2));
    const isKnown = (type === OemType.read || type === OemType.write) && !this.unknown.has(body.toString('hex', 2, 4));
    if (!fits || !isKnown) {
      return this.reportsErrors ? encodeOemReply(fits ? OemResult.invalid : OemResult.crcFailure, [0]) : undefined;
    }
    if (type === OemType.read) return encodeOemReply(OemResult.success, [...this.zones.subarray(zone, zone + value)]);
    if (zone === Zone.trigger) this.#turn(value === 1);
    else this.zones[zone] = value;
    return encodeOemReply(OemResult.success, [0]);
  }
}

/** Of the command at the front, `undefined` until it is whole; a byte that begins none is one of its own. */
function commandSize(profile: ProfileId, bytes: Buffer): number | undefined {
  const end = commandEnd(profile, bytes);
  if (end === 'none' || (end === undefined && bytes.length >= MAX_COMMAND_BYTES)) return 1;
  return end;
}

function commandEnd(profile: ProfileId, bytes: Buffer): number | 'none' | undefined {
  const begins = (prefix: string): boolean => {
    const front = bytes.subarray(0, prefix.length);
    return front.equals(Buffer.from(prefix, 'latin1').subarray(0, front.length));
  };
  if (profile === 'oem-engine' && begins('\x7e\0')) return bytes.length < OEM_BYTES ? undefined : OEM_BYTES;
  if (profile === 'newland' && begins('\x7e\x010000')) {
    const at = bytes.indexOf(';\x03');
    return at < 0 ? undefined : at + 2;
  }
  if (profile !== 'honeywell') return 'none';
  if (['\x16T\r', '\x16U\r', '\x16\x07\r'].some(begins)) return bytes.length < 3 ? undefined : 3;
  if (!begins('\x16M\r')) return 'none';
  const at = bytes.subarray(0, MAX_COMMAND_BYTES).findIndex((byte) => byte === 0x2e || byte === 0x21);
  return at < 0 ? undefined : at + 1;
}

function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : Uint8Array.from(payload);
}
