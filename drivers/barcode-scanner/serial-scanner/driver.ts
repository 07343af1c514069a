import {
  type Channel,
  Connection,
  DeviceError,
  type DeviceFacts,
  Observable,
  observed,
  type StatusSource,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  unlessAborted,
  within,
} from '../../core/index.ts';
import {
  type BarcodeScan,
  type BarcodeScanner,
  type BarcodeScannerStatus,
  MAX_PAYLOAD_BYTES,
  type ScannerState,
} from '../contract.ts';
import { AIM_BYTES, splitAim } from '../payload.ts';
import { type Received, Visitors } from '../visitors.ts';
import type { Reply } from './codec.ts';
import type { Command } from './command.ts';
import { ScannerLink } from './link.ts';
import type { SerialScannerOptions } from './options.ts';
import { type Profile, profiles, type StartStep } from './profiles.ts';
import { recognise } from './recognise.ts';

/** An unplugged adapter often raises no event, only silence, and must be on screen within two seconds: this and deadlines. */
const POLL_MS = 900;

/** Engines stop by themselves after some seconds, or after a code that its visitor already has; a visitor may take longer. */
const TRIGGER_AGAIN_MS = 3_000;

type Trigger = NonNullable<Profile['trigger']>;

/**
 * A scanner that writes codes to a serial line, and is commanded over it where its profile says how.
 *
 *   connected ──prepare──► idle ──scan: fence, trigger──► reading ──code, abort: stop──► idle
 */
export class SerialScannerDriver implements BarcodeScanner {
  readonly status = new Observable<BarcodeScannerStatus>({ ...startingStatus(), scanner: 'unknown' });
  readonly pollMs = POLL_MS;
  readonly #connection: Connection;
  readonly #options: SerialScannerOptions;
  readonly #visitors = new Visitors();
  readonly #scanTurn = new Turnstile();
  #link: ScannerLink | undefined;
  #prepared: DeviceFacts = {};
  #scanner: ScannerState = 'unknown';
  #questions = 0;

  constructor(transport: Transport, options: SerialScannerOptions) {
    this.#options = options;
    let link: ScannerLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        const opened = await this.#open(channel, signal, (next) => {
          link = next;
        });
        await this.#prepare(opened, signal);
        connected();
        this.#link = opened;
        return await this.#watch(opened, signal);
      },
      ended: (failure, next) => {
        this.#link = undefined;
        link?.end(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ ...observed('inferred'), state: 'stopped', scanner: 'unknown' });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    const link = this.#required();
    const { questions, firmware } = link.profile;
    if (questions.length > 0) await link.ask(signal);
    const version = firmware && (await link.tell(firmware.command, signal));
    return {
      line: this.#connection.name,
      profile: link.profile.id,
      ...(firmware && version?.status === 'done' && { firmware: firmware.read(version.data).slice(0, 64) }),
      ...this.#prepared,
      ignoredCodes: String(this.#visitors.ignoredCodes),
      repeatedCodes: String(this.#visitors.repeatedCodes),
    };
  }

  async scan(signal: AbortSignal, visitor: unknown = signal): Promise<BarcodeScan> {
    return await this.#scanTurn.run(() => this.#scan(signal, visitor), signal);
  }

  async #scan(signal: AbortSignal, visitor: unknown): Promise<BarcodeScan> {
    const link = this.#required();
    await link.fence(signal);
    const waiting = this.#visitors.wait(visitor);
    const { trigger } = link.profile;
    try {
      if (!trigger) return await unlessAborted([signal, link.ended], waiting.code);
      return await this.#scanTriggered(link, trigger, waiting.code, signal);
    } finally {
      waiting.leave();
      if (trigger) this.#turnOff(link, trigger);
    }
  }

  async #scanTriggered(
    link: ScannerLink,
    trigger: Trigger,
    code: Promise<BarcodeScan>,
    signal: AbortSignal,
  ): Promise<BarcodeScan> {
    await Promise.race([link.order(trigger.on, signal), code]).catch((error: unknown) => {
      if (error instanceof DeviceError && error.code === 'unsupported') this.#show(link, 'inoperative');
      throw error;
    });
    this.#show(link, 'on');
    for (;;) {
      try {
        return await within(TRIGGER_AGAIN_MS, 'reading', [signal, link.ended], code);
      } catch (error) {
        const isTimeout = error instanceof DeviceError && error.code === 'timeout';
        if (!isTimeout || signal.aborted || link.ended.aborted) throw error;
      }
      // One that is still reading may refuse, or say nothing: `run` notices whether it is there.
      await Promise.race([link.tell(trigger.on, signal), code]);
    }
  }

  /** Nobody waits for this: the link does it before the next visitor's question. */
  #turnOff(link: ScannerLink, trigger: Trigger): void {
    link
      .tell(trigger.off, link.ended)
      .then(() => {
        if (this.#scanner === 'on') this.#show(link, 'off');
      })
      .catch(() => undefined); // silence is noticed by `run`
  }

  async #open(channel: Channel, signal: AbortSignal, onLink: (link: ScannerLink) => void): Promise<ScannerLink> {
    const { profile: id, terminator, gapMs, aimId } = this.#options;
    const maxCodeBytes = MAX_PAYLOAD_BYTES + (aimId ? AIM_BYTES : 0);
    const connect = (profile: Profile): ScannerLink => {
      const nextQuestion = (): Command => {
        this.#questions += 1;
        return profile.questions[this.#questions % profile.questions.length]!;
      };
      const onReceived = (received: readonly Received[]): void => this.#visitors.take(this.#withoutAim(received));
      const link = new ScannerLink(channel, { profile, terminator, maxCodeBytes, gapMs, nextQuestion, onReceived });
      onLink(link);
      return link;
    };
    const link = id === 'auto' ? await recognise(connect, signal) : connect(profiles[id]);
    if (link) return link;
    const hint = 'one that only sends must be configured as profile "generic"';
    throw new DeviceError('not-connected', `no scanner that can be asked answers; ${hint}`);
  }

  #withoutAim(received: readonly Received[]): readonly Received[] {
    if (!this.#options.aimId) return received;
    return received.map((each) => {
      if (each.kind !== 'code') return each;
      const code = { ...each, ...splitAim(each.bytes) };
      return code.bytes.length > MAX_PAYLOAD_BYTES ? { kind: 'too-long' } : code;
    });
  }

  /** The first answer also shows that what the engine still owed an earlier connection has been said. */
  async #prepare(link: ScannerLink, signal: AbortSignal): Promise<void> {
    await link.fence(signal);
    const { start, setting, trigger } = link.profile;
    const facts: Record<string, string> = {};
    for (const step of start) facts[step.fact] = await this.#take(link, step, signal);
    // A code of ours or anybody's that reprograms the scanner; notes and manuals name no command against it.
    if (setting) facts['configurationByBarcodeOff'] ??= 'no command known';
    for (const each of setting ? this.#options.settings : []) {
      facts[`setting ${each}`] = outcome(setting && (await link.tell(setting(each), signal)));
    }
    if (trigger) await link.tell(trigger.off, signal);
    this.#prepared = facts;
    this.#scanner = trigger ? 'off' : 'unknown';
  }

  async #take(link: ScannerLink, step: StartStep, signal: AbortSignal): Promise<string> {
    const read = step.read && (await link.tell(step.read, signal));
    if (step.read && read?.status !== 'done') return outcome(read);
    const command = step.write(read?.data ?? new Uint8Array());
    return command ? outcome(await link.tell(command, signal)) : 'done';
  }

  /** Ends only by rejecting. */
  async #watch(link: ScannerLink, signal: AbortSignal): Promise<never> {
    const canBeAsked = link.profile.questions.length > 0;
    for (;;) {
      this.#show(link, this.#scanner, canBeAsked ? 'polled' : 'inferred');
      await sleep(POLL_MS, signal, link.ended);
      if (canBeAsked) await link.ask(signal);
    }
  }

  #required(): ScannerLink {
    if (!this.#link) throw new DeviceError('not-connected', `${this.#connection.name}: no scanner is connected`);
    return this.#link;
  }

  #show(link: ScannerLink, scanner: ScannerState, source: StatusSource = 'polled'): void {
    if (link !== this.#link) return;
    this.#scanner = scanner;
    this.status.set({ ...observed(source), state: 'online', scanner });
  }

  #offline({ code, message }: DeviceError, retryInMs: number): void {
    const detail = `${this.#connection.name}: ${message}`;
    this.status.set({ ...observed('inferred'), state: 'offline', cause: code, detail, retryInMs, scanner: 'unknown' });
  }
}

function outcome(reply: Reply | undefined): string {
  return reply ? reply.status : 'no answer';
}
