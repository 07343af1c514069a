import { DeviceError } from '../../core/index.ts';
import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import {
  EXCEPTION_FLAG,
  encodeFrame,
  encodeResponse,
  type Frame,
  FrameDecoder,
  parseRequest,
  type Received,
  type Request,
  type Response,
} from './codec.ts';

/** An electric lock with the door behind it. */
export interface SimulatedLock {
  readonly coil: number;
  /** The door's contact, and what it shows when the door is open. */
  readonly input: number;
  readonly openWhen: boolean;
}

/** Addresses 0 to 63 in each of the four tables. */
const TABLE_SIZE = 64;
/** A door takes so long to spring open. */
const OPENS_AFTER_MS = 200;
/** 3.5 characters at 9,600 bit/s, after which a request of unknown length is over. */
const GAP_MS = 4;
/** More than a master that keeps to half duplex ever has under way. */
const MAX_WAITING = 64;

/** A board with Modbus RTU at the far end of a line. Its faults are plain fields and take effect with the next request. */
export class ModbusBoardSimulator implements FarEnd {
  readonly name = 'modbus-cabinet';
  unit = 1;
  readonly coils: boolean[] = Array.from({ length: TABLE_SIZE }, () => false);
  readonly inputs: boolean[] = Array.from({ length: TABLE_SIZE }, () => false);
  readonly registers: number[] = Array.from({ length: TABLE_SIZE }, () => 0);
  readonly inputRegisters: number[] = Array.from({ length: TABLE_SIZE }, () => 0);
  readonly locks: SimulatedLock[] = [];
  /** Locks whose door does not open, by coil. */
  readonly stuckLocks = new Set<number>();
  /** Does what it is asked for and answers nothing. */
  silent = false;
  /** Before every answer. */
  delayMs = 0;
  /** Exception codes for the next requests, one each, instead of doing them. */
  readonly exceptions: number[] = [];
  /** Damage to the next answers, one each; `lost`: done, and the answer never arrives. */
  readonly damages: ('wrong-crc' | 'cut' | 'lost')[] = [];
  /** How many requests are still going to be lost on their way here. */
  deafFor = 0;
  /** Requests understood since the start; writes of a coil that were done, as `8 on`. */
  requests = 0;
  readonly coilWrites: string[] = [];

  readonly #decoder = new FrameDecoder('requests');
  readonly #timers = new Map<ReturnType<typeof setTimeout>, () => void>();
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  #send: (bytes: Uint8Array) => void = () => undefined;

  openDoor({ input, openWhen }: SimulatedLock): void {
    this.inputs[input] = openWhen;
  }

  closeDoor({ input, openWhen }: SimulatedLock): void {
    this.inputs[input] = !openWhen;
  }

  /** What the tables hold outlives a connection, as do doors that are about to open; answers under way do not. */
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
    clearTimeout(this.#gapTimer);
    this.#decoder.discard();
    this.#send = () => undefined;
    for (const [timer, hurried] of this.#timers) {
      clearTimeout(timer);
      hurried();
    }
    this.#timers.clear();
  }

  /** `hurried`: what happens instead when the line is hung up before. */
  #later(ms: number, run: () => void, hurried: () => void): void {
    if (this.#timers.size >= MAX_WAITING) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.set(timer, hurried);
  }

  #receive(bytes: Uint8Array): void {
    clearTimeout(this.#gapTimer);
    for (const received of this.#decoder.push(bytes)) this.#take(received);
    if (this.#decoder.heldBytes === 0) return;
    this.#gapTimer = setTimeout(() => {
      for (const received of this.#decoder.gap()) this.#take(received);
    }, GAP_MS);
  }

  /** MODBUS over serial line 2.4.1: a request that arrives garbled is not answered, nor is one for another board. */
  #take(received: Received): void {
    if (received.kind !== 'frame' || received.unit !== this.unit) return;
    if (this.deafFor > 0) {
      this.deafFor -= 1;
      return;
    }
    this.requests += 1;
    const answer = this.#damaged(this.#answer(received));
    if (this.silent || !answer) return;
    const send = this.#send;
    if (this.delayMs === 0) send(answer);
    else
      this.#later(
        this.delayMs,
        () => send(answer),
        () => undefined,
      );
  }

  #damaged(answer: Uint8Array): Uint8Array | undefined {
    const damage = this.damages.shift();
    if (damage === 'lost') return undefined;
    if (damage === 'cut') return answer.subarray(0, answer.length >> 1);
    if (damage === 'wrong-crc') answer[answer.length - 1]! ^= 0x10;
    return answer;
  }

  #answer(frame: Frame): Uint8Array {
    const ordered = this.exceptions.shift();
    try {
      const request = parseRequest(frame);
      return encodeResponse(this.unit, request, ordered ? { exception: ordered } : this.#do(request));
    } catch (error) {
      const exception = error instanceof DeviceError && error.code === 'unsupported' ? 1 : 3;
      return encodeFrame({
        unit: this.unit,
        function: frame.function | EXCEPTION_FLAG,
        data: Uint8Array.of(exception),
      });
    }
  }

  #do(request: Request): Response {
    const count = 'count' in request ? request.count : 'values' in request ? request.values.length : 1;
    if (request.address + count > TABLE_SIZE) return { exception: 2 };
    const [from, to] = [request.address, request.address + count];
    switch (request.function) {
      case 'read-coils':
        return { function: request.function, bits: this.coils.slice(from, to) };
      case 'read-inputs':
        return { function: request.function, bits: this.inputs.slice(from, to) };
      case 'read-registers':
        return { function: request.function, values: this.registers.slice(from, to) };
      case 'read-input-registers':
        return { function: request.function, values: this.inputRegisters.slice(from, to) };
      case 'write-coil':
        this.#setCoil(from, request.on);
        break;
      case 'write-coils':
        request.values.forEach((on, at) => {
          this.#setCoil(from + at, on);
        });
        break;
      case 'write-register':
        this.registers[from] = request.value;
        break;
      case 'write-registers':
        this.registers.splice(from, count, ...request.values);
    }
    return { function: request.function };
  }

  #setCoil(coil: number, on: boolean): void {
    const wasOn = this.coils[coil];
    this.coils[coil] = on;
    this.coilWrites.push(`${coil} ${on ? 'on' : 'off'}`);
    if (this.coilWrites.length > 1_000) this.coilWrites.shift();
    const lock = this.locks.find((fitted) => fitted.coil === coil);
    if (!lock || !on || wasOn || this.stuckLocks.has(coil)) return;
    this.#later(
      OPENS_AFTER_MS,
      () => this.openDoor(lock),
      () => this.openDoor(lock),
    );
  }
}
