import type { z } from 'zod';
import { sleep, within } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { CommandResult, Commands } from '../storage/commands.ts';
import { StorageError } from '../storage/errors.ts';
import type { Command, CommandKind } from './command-schemas.ts';
import { SyncError } from './errors.ts';
import type { Management } from './management.ts';

/** One kind of command. Made by `handler`. */
export interface CommandHandler {
  /** Does it; does not reject. */
  readonly perform: (params: unknown, signal: AbortSignal) => Promise<CommandResult>;
  /** Whether it can be done now. While it cannot, it is left with the platform, which sends it again. */
  readonly ready?: () => boolean;
  /** Once the platform has heard of it, or could not be told. */
  readonly afterwards?: () => void;
}

export interface CommandRunnerOptions {
  readonly platform: Pick<Management, 'commands' | 'finishCommand'>;
  readonly store: Commands;
  readonly handlers: Readonly<Record<CommandKind, CommandHandler>>;
  /** The first question comes at any moment within it, as all terminals of a city may start at once. */
  readonly startWithinMs: number;
  readonly now: () => Date;
  readonly log: Log;
}

/** How long the platform is asked to hold its answer back; gateways commonly cut idle answers off after a minute. */
export const WAIT_S = 30;
/** An answer without news that comes earlier was not held back: such a platform is asked less and less often. */
const HELD_MS = (WAIT_S * 1_000) / 2;
const PACE_FIRST_MS = 1_000;
const PACE_MAX_MS = 60_000;
const RETRY_MAX_MS = 5 * 60_000;
const HOLD_MAX_MS = 60 * 60_000;
/** The longest that a device takes over its reset, and some. */
const ACT_MS = 60_000;
const DETAIL_MAX = 300;

/** A handler that refuses params that are not as `schema` says. What `act` throws is told as `failed`. */
export function handler<S extends z.ZodType>(
  schema: S,
  act: (params: z.output<S>, signal: AbortSignal) => void | Promise<void>,
  more: Pick<CommandHandler, 'ready' | 'afterwards'> = {},
): CommandHandler {
  const perform = async (params: unknown, signal: AbortSignal): Promise<CommandResult> => {
    const parsed = schema.safeParse(params);
    if (!parsed.success) {
      const where = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`).join(', ');
      return { outcome: 'refused', detail: `not as agreed: ${where}`.slice(0, DETAIL_MAX) };
    }
    try {
      await within(ACT_MS, 'the command', [signal], (async () => act(parsed.data, signal))());
      return { outcome: 'done' };
    } catch (error) {
      return { outcome: 'failed', detail: (error as Error).message.slice(0, DETAIL_MAX) };
    }
  };
  return { perform, ...more };
}

/**
 * Does what the platform asks for, by long poll. A command is claimed on the disk before it is carried out, so that it is
 * carried out once at most; how it went is told until the platform has heard.
 */
export class CommandRunner {
  readonly #options: CommandRunnerOptions;
  /** `notBeforeMs` is monotonic. */
  #telling = { failures: 0, notBeforeMs: 0 };

  constructor(options: CommandRunnerOptions) {
    this.#options = options;
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let pauseMs = Math.random() * this.#options.startWithinMs;
    for (let failures = 0, unheld = 0; !signal.aborted; ) {
      await sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const begunAtMs = performance.now();
      const turn = await this.#turn(signal);
      const failed = turn instanceof Error;
      failures = failed ? failures + 1 : 0;
      const held = performance.now() - begunAtMs >= HELD_MS;
      unheld = failed || held || turn.news ? 0 : unheld + 1;
      pauseMs = failed ? retryMs(turn, failures) : paceMs(unheld);
    }
  }

  /** Tells what is untold, asks, and does. `news`: there was something that had not been done before. */
  async #turn(signal: AbortSignal): Promise<{ readonly news: boolean } | SyncError | StorageError> {
    const { platform, log } = this.#options;
    try {
      await this.#tellAll(signal);
      let news = false;
      for (const item of (await platform.commands(WAIT_S, signal)).commands) {
        if (await this.#carryOut(item, signal)) news = true;
      }
      return { news };
    } catch (error) {
      const failure = error instanceof StorageError ? error : SyncError.from(error, 'commands');
      const { code, message } = failure;
      if (!signal.aborted) log.info({ code, reason: message }, 'the platform’s commands do not come through');
      return failure;
    }
  }

  /** At a pace of its own: whatever the platform makes of one result, it is heard all the same. Throws a StorageError. */
  async #tellAll(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#telling.notBeforeMs) return;
    let failure: SyncError | undefined;
    for (const { commandId, ...result } of this.#options.store.untold()) {
      failure = (await this.#tell(commandId, result, signal)) ?? failure;
    }
    if (failure) this.#putOff(failure);
    else this.#telling = { failures: 0, notBeforeMs: 0 };
  }

  /** What is untold stays so for a while; the results of new commands are told once all the same. */
  #putOff(failure: SyncError): void {
    const failures = this.#telling.failures + 1;
    this.#telling = { failures, notBeforeMs: performance.now() + retryMs(failure, failures) };
  }

  /** Whether it was one that nothing had been made of before. Rejects with a SyncError or a StorageError. */
  async #carryOut({ id, kind, params, expiresAt }: Command, signal: AbortSignal): Promise<boolean> {
    const { store, handlers, now, log } = this.#options;
    const expired = now().getTime() >= Date.parse(expiresAt);
    const known = isKnown(handlers, kind) ? handlers[kind] : undefined;
    if (!expired && known?.ready?.() === false) return false;
    const claimed = store.claim({ commandId: id, kind, claimedAt: now().toISOString(), expiresAt });
    if (claimed !== 'claimed') {
      await this.#tell(id, claimed, signal);
      return false;
    }
    log.info({ id, kind, expired }, 'a command of the platform’s');
    const result = expired ? EXPIRED : known ? await known.perform(params, signal) : UNSUPPORTED;
    if (signal.aborted) throw new SyncError('canceled', 'the terminal stops'); // without an outcome: it is `unknown`
    store.finish(id, result);
    log.info({ id, kind, ...result }, 'what became of it');
    try {
      const failure = await this.#tell(id, result, signal);
      if (failure) this.#putOff(failure);
    } finally {
      if (result.outcome === 'done') known?.afterwards?.();
    }
    return true;
  }

  /** What kept the platform from hearing it, which is tried again then. Throws a StorageError. */
  async #tell(commandId: string, result: CommandResult, signal: AbortSignal): Promise<SyncError | undefined> {
    const { platform, store, log } = this.#options;
    try {
      await platform.finishCommand(commandId, result, signal);
    } catch (error) {
      const failure = SyncError.from(error, 'a command’s result');
      if (!isFinal(failure)) {
        const { code, message } = failure;
        if (!signal.aborted)
          log.info({ id: commandId, code, reason: message }, 'the platform has not heard of a result');
        return failure;
      }
    }
    store.told(commandId);
    return undefined;
  }
}

const EXPIRED: CommandResult = { outcome: 'expired' };
const UNSUPPORTED: CommandResult = { outcome: 'unsupported' };

function isKnown(handlers: CommandRunnerOptions['handlers'], kind: string): kind is CommandKind {
  return Object.hasOwn(handlers, kind);
}

/**
 * Of a command that the platform no longer knows, or will not hear of, nobody waits for a word. An address that is not served
 * (404 and 405 with another word) says nothing of the command.
 */
function isFinal(error: SyncError): boolean {
  if (error.code !== 'rejected') return false;
  return error.reason === 'command-unknown' || (error.status !== 404 && error.status !== 405);
}

/** Full jitter, as in the outbox; what the platform asked for is kept to, and up to a tenth more. */
function retryMs(failure: SyncError | StorageError, failures: number): number {
  if (failure instanceof SyncError && failure.retryAfterMs !== undefined) {
    return Math.max(PACE_FIRST_MS, Math.min(HOLD_MAX_MS, failure.retryAfterMs)) * (1 + Math.random() / 10);
  }
  return PACE_FIRST_MS + Math.random() * Math.min(RETRY_MAX_MS, PACE_FIRST_MS * 2 ** Math.min(failures, 20));
}

function paceMs(unheld: number): number {
  return Math.min(PACE_MAX_MS, PACE_FIRST_MS * 2 ** Math.min(unheld, 10)) * (0.5 + Math.random() / 2);
}
