import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import type { IdCard } from '../contract.ts';
import { encodeAppendedAddress } from './card-extras.ts';
import { encodeReply, FrameDecoder, MIN_REQUEST_LENGTH, type Received } from './codec.ts';
import { sw3 } from './commands.ts';
import { joinReadReply, WLT_BYTES } from './read-reply.ts';
import { encodeText } from './text.ts';

/** A card as the module sees it. */
export interface SimulatedCard {
  /** Raw, the 256 bytes need not make sense. */
  readonly text: IdCard | Uint8Array;
  /** 1,024 bytes; none for a chip without a portrait. Default: a plausible header and filler that no decoder opens. */
  readonly wlt?: Uint8Array;
  /** 512 bytes a finger, answered to `30 10`. */
  readonly fingerprints?: Uint8Array;
  /** What a police station wrote on the chip after a move; 35 characters. */
  readonly appendedAddress?: string;
  /** What `30 05` answers; 28 bytes, or 32. Blank by default. */
  readonly managementNumber?: Uint8Array;
  /** What find (4 bytes) and select (8 bytes) answer; blank by default, as on every card that was looked at. */
  readonly iin?: Uint8Array;
  readonly sn?: Uint8Array;
}

/** How far the module has got with the card. */
type Field = 'idle' | 'found' | 'selected' | 'read';

/** More than a host that keeps to half-duplex ever has under way. */
const MAX_STEPS = 256;
const MODULE_ID = Uint8Array.from(Buffer.from('050003008B62340187D612000100FFFF', 'hex'));
const MANAGEMENT_NUMBER_BYTES = 28;
/** Parameter of `60`: the line's speed, in bit/s. */
const BAUD_RATES = [115_200, 57_600, 38_400, 19_200, 9_600];

/**
 * The module SAM_V at the far end of a wire. Its faults are plain fields and take effect with the next request:
 *
 *   idle ─ 20 01 ─► found ─ 20 02 ─► selected ─ 30 01, 30 10 ─► read      a failed read, 10 FF or another card ─► idle
 */
export class SamvSimulator implements FarEnd {
  readonly name = 'samv';
  /** Takes requests and answers none. */
  silent = false;
  /** Before every answer. */
  delayMs = 0;
  /** On top of it for `30 01` and `30 10`; a real card takes 1,000 to 2,000. */
  readMs = 0;
  /** Answers arrive in pieces of this size, `chunkGapMs` apart. */
  chunkBytes = Number.POSITIVE_INFINITY;
  chunkGapMs = 0;
  condition: 'ready' | 'self-test-failed' | 'not-authorised' = 'ready';
  /** Whether a reset brings a failed module back. */
  resetCures = false;
  /** SW3 of the next reads, instead of the card's data: 31, 32, 33, 40, 41, 47. */
  readonly readFailures: number[] = [];
  /** How many selects are still going to fail. */
  selectFailures = 0;
  /** Damage to the next answers, one each. */
  readonly damages: ('flipped-bit' | 'cut')[] = [];
  /** Sent before every answer; some readers add a few AA. */
  noise: Uint8Array = new Uint8Array();
  /** Some modules do not answer a request that came garbled. */
  reportsGarbledRequests = true;
  /** Some modules do not know `30 05`. */
  knowsManagementNumber = true;
  /** Leaves `30 03` and `30 05` without an answer. */
  silentAfterRead = false;
  /** What `60` and `61` have set. */
  baudRate = 115_200;
  maxRadioBytes = 0x50;
  /** Reads answered with a card's data since the start. */
  reads = 0;

  readonly #decoder = new FrameDecoder(MIN_REQUEST_LENGTH);
  #steps: { readonly afterMs: number; readonly run: () => void }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #send: (bytes: Uint8Array) => void = () => undefined;
  #card: SimulatedCard | undefined;
  #field: Field = 'idle';
  /** A card once read is not found again until it has been lifted. */
  #latched = false;

  placeCard(card: SimulatedCard): void {
    this.removeCard();
    this.#card = card;
  }

  removeCard(): void {
    this.#card = undefined;
    this.#field = 'idle';
    this.#latched = false;
  }

  /** The card and what was done with it outlive a connection; requests that it has left unanswered do not. */
  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.#hangUp();
    this.#send = send;
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#steps = [];
    this.#decoder.discard();
    this.#send = () => undefined;
  }

  #receive(bytes: Uint8Array): void {
    for (const request of this.#decoder.push(bytes)) {
      if (this.#steps.length >= MAX_STEPS) break;
      const isRead = request.kind === 'frame' && [0x3001, 0x3010].includes(operation(request.body));
      const afterMs = this.delayMs + (isRead ? this.readMs : 0);
      this.#steps.push({ afterMs, run: () => this.#answer(request) });
    }
    this.#proceed();
  }

  #proceed(): void {
    while (!this.#timer) {
      const step = this.#steps.shift();
      if (!step) return;
      if (step.afterMs === 0) {
        step.run();
        continue;
      }
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        step.run();
        this.#proceed();
      }, step.afterMs);
    }
  }

  #answer(request: Received): void {
    if (this.silent) return;
    const asksForMore = request.kind === 'frame' && [0x3003, 0x3005].includes(operation(request.body));
    if (this.silentAfterRead && asksForMore) return;
    if (request.kind !== 'frame' && !this.reportsGarbledRequests) return;
    const answer = Buffer.concat([this.noise, this.#damaged(this.#reply(request))]);
    const chunks: { afterMs: number; run: () => void }[] = [];
    for (let at = 0; at < answer.length; at += this.chunkBytes) {
      const chunk = answer.subarray(at, at + this.chunkBytes);
      chunks.push({ afterMs: at === 0 ? 0 : this.chunkGapMs, run: () => this.#send(chunk) });
    }
    this.#steps.unshift(...chunks); // before the requests that are already waiting
  }

  #damaged(answer: Uint8Array): Uint8Array {
    const damage = this.damages.shift();
    if (damage === 'cut') return answer.subarray(0, answer.length >> 1);
    if (damage === 'flipped-bit') answer[answer.length - 2]! ^= 0x04;
    return answer;
  }

  #reply(request: Received): Uint8Array {
    if (request.kind === 'wrong-check') return encodeReply(sw3.wrongCheck);
    if (request.kind === 'wrong-length') return encodeReply(sw3.wrongLength);
    const code = operation(request.body);
    const [, , setting = 0] = request.body;
    if (request.body.length !== (code === 0x61ff ? 3 : 2)) return encodeReply(sw3.wrongLength);
    if (code === 0x10ff) return this.#reset();
    if (this.condition === 'self-test-failed') return encodeReply(sw3.selfTestFailed);
    if (code === 0x12ff) return encodeReply(sw3.done, MODULE_ID);
    if (this.condition === 'not-authorised') return encodeReply(sw3.notAuthorised);
    switch (code) {
      case 0x11ff:
        return encodeReply(sw3.done);
      case 0x2001:
        return this.#find();
      case 0x2002:
        return this.#select();
      case 0x3001:
        return this.#read((text, wlt) => joinReadReply(text, wlt));
      case 0x3010:
        return this.#read((text, wlt, fingerprints) => joinReadReply(text, wlt, fingerprints));
      case 0x3003:
        return this.#appendedAddress();
      case 0x3005:
        return this.#managementNumber();
      case 0x61ff:
        this.maxRadioBytes = setting;
        return encodeReply(sw3.done);
      default:
        return this.#setBaudRate(code);
    }
  }

  #reset(): Uint8Array {
    if (this.condition === 'self-test-failed' && this.resetCures) this.condition = 'ready';
    if (this.condition === 'self-test-failed') return encodeReply(sw3.selfTestFailed);
    this.#field = 'idle';
    return encodeReply(sw3.done);
  }

  #find(): Uint8Array {
    if (!this.#card || this.#latched) return encodeReply(sw3.notFound);
    this.#field = 'found';
    return encodeReply(sw3.found, this.#card.iin ?? new Uint8Array(4));
  }

  #select(): Uint8Array {
    if (this.#field !== 'found' || this.selectFailures > 0) {
      this.selectFailures = Math.max(0, this.selectFailures - 1);
      return encodeReply(sw3.notSelected);
    }
    this.#field = 'selected';
    return encodeReply(sw3.done, this.#card?.sn ?? new Uint8Array(8));
  }

  #permitted(): boolean {
    return this.#field === 'selected' || this.#field === 'read';
  }

  #read(join: (text: Uint8Array, wlt: Uint8Array, fingerprints: Uint8Array) => Uint8Array): Uint8Array {
    if (!this.#card) return encodeReply(sw3.readFailed); // lifted while it was being read
    if (!this.#permitted()) return refusal();
    const failure = this.readFailures.shift();
    this.#field = failure === undefined ? 'read' : 'idle';
    if (failure !== undefined) return encodeReply(failure);
    this.#latched = true;
    this.reads += 1;
    const { text, wlt = placeholderWlt(), fingerprints = new Uint8Array() } = this.#card;
    return encodeReply(sw3.done, join('cardType' in text ? encodeText(text) : text, wlt, fingerprints));
  }

  #appendedAddress(): Uint8Array {
    if (!this.#permitted()) return refusal();
    const address = this.#card?.appendedAddress;
    if (address === undefined) return encodeReply(sw3.noContent);
    return encodeReply(sw3.done, encodeAppendedAddress(address));
  }

  #managementNumber(): Uint8Array {
    if (!this.#permitted()) return refusal();
    if (!this.knowsManagementNumber) return encodeReply(sw3.wrongCommand);
    return encodeReply(sw3.done, this.#card?.managementNumber ?? new Uint8Array(MANAGEMENT_NUMBER_BYTES));
  }

  #setBaudRate(code: number): Uint8Array {
    const baudRate = code >> 8 === 0x60 ? BAUD_RATES[code & 0xff] : undefined;
    if (baudRate === undefined) return encodeReply(sw3.wrongCommand);
    this.baudRate = baudRate;
    return encodeReply(sw3.done);
  }
}

/** CMD and PARA as one number. */
function operation(body: Uint8Array): number {
  const [command = 0, parameter = 0] = body;
  return command * 256 + parameter;
}

function refusal(): Uint8Array {
  return encodeReply(sw3.notPermitted);
}

/** The ten bytes that public dumps begin with, and filler. */
export function placeholderWlt(): Uint8Array {
  const wlt = Uint8Array.from({ length: WLT_BYTES }, (_, at) => (at * 7) & 0xff);
  wlt.set([0x57, 0x4c, 0x66, 0x00, 0x7e, 0x00, 0x32, 0x00, 0x00, 0xff]);
  return wlt;
}
