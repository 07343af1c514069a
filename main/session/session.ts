import { type Actor, createActor } from 'xstate';
import { z } from 'zod';
import { CodedError, type DeviceErrorCode, machineAgeMs, Observable, observed } from '../../drivers/core/index.ts';
import { bareDraftCode, isDraftCode } from '../contracts/draft-code.ts';
import type { Intent } from '../contracts/messages.ts';
import type { TerminalProblem, View } from '../contracts/view.ts';
import type { DeviceState } from '../devices/devices.ts';
import { availability } from '../flows/availability.ts';
import type { ServiceFile } from '../flows/service-file.ts';
import { composeScreen, type Moment, type Surroundings, type VisitSnapshot } from '../flows/view.ts';
import { visitContext } from '../flows/visit-context.ts';
import type { VisitEvent } from '../flows/visit-events.ts';
import { type visitMachine, visitMachineAt } from '../flows/visit-machine.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import { allowanceFor } from './allowances.ts';
import { endReceipt } from './end-receipt.ts';
import type { FrameBox } from './frame-box.ts';
import { IdleClock } from './idle.ts';
import { storageProblem } from './storage-problem.ts';
import { type VisitPorts, visitActors } from './visit-actors.ts';

export interface SessionOptions {
  readonly ports: Omit<VisitPorts, 'show' | 'forget' | 'kept' | 'offered'>;
  /** Everything around the visit that the page shows, as it is now. */
  readonly surroundings: () => Omit<Surroundings, 'moment'>;
  readonly place: View['place'];
  readonly onView: (view: View) => void;
  /** The page's word on its camera. */
  readonly onCamera: (state: DeviceState['status']) => void;
}

const QUIET: Moment = { reader: 'waiting', goodFrames: 0, actsSeen: 0 };

/** One form of stored visits; another release may have another, and then the visit is not taken up again. */
const storedVisit = z.object({
  form: z.literal(1),
  /** How often it was taken up since it last went on. */
  restores: z.number().int().min(0),
  snapshot: z.looseObject({ context: visitContext }),
});

/** A visit that ends the core wherever it is taken up would keep the terminal from everybody else. */
const RESTORES_MAX = 5;
/** Whoever stood here before a longer darkness has gone, and the next person must not see their page. */
const TAKE_UP_WITHIN_MS = 5 * 60_000;
/** The page shows whole seconds, and counts them itself. */
const TOLD_ANEW_MS = 500;
/** A disk that refused is asked again at this pace. */
const KEEP_AGAIN_MS = 2_000;

/**
 * The resident at the terminal: feeds the page's intents to the visit machine, keeps every transition on the disk before
 * the page sees it, and counts the time on each page. While the disk refuses, the page says so, nothing is done to the
 * world, and the visit waits in memory until it can be kept.
 *
 * A fault of ours in the machine ends the core: XState throws what nobody observes. The next core takes the visit up.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #store: Store;
  readonly #log: Log;
  readonly #frames: FrameBox;
  readonly #actor: Actor<typeof visitMachine>;
  readonly #idle: IdleClock;
  readonly #kept = new Observable(true);
  /** What the page is drawn from: the last snapshot that was dealt with in `#changed`. */
  #snapshot: VisitSnapshot;
  #moment = QUIET;
  #restores = 0;
  /** A visit was given up, and with it perhaps a receipt that was being printed. */
  #gaveUp = false;
  #saved = '';
  #page = '';
  #mode: View['mode'] | undefined;
  #told: Told | undefined;
  #keepAgain: ReturnType<typeof setTimeout> | undefined;
  /** Why the last step could not be kept. */
  #problem: TerminalProblem = 'storage-failed';

  constructor(options: SessionOptions) {
    this.#options = options;
    const { store, log, frames } = options.ports;
    this.#store = store;
    this.#log = log;
    this.#frames = frames;
    this.#idle = new IdleClock(
      () => this.refresh(),
      () => this.#send({ type: 'TIMEOUT' }),
    );
    const actors = visitActors({
      ...options.ports,
      show: (moment) => this.#show(moment),
      forget: () => {
        this.#moment = QUIET;
        this.#saved = '';
      },
      kept: (signal) => this.#kept.until(Boolean, signal),
      offered: (serviceId) => this.#offered(serviceId),
    });
    const machine = visitMachineAt(options.ports.now).provide({ actors });
    this.#actor = this.#restored(machine) ?? createActor(machine);
    this.#snapshot = this.#actor.getSnapshot();
  }

  start(): void {
    this.#releaseDrafts();
    if (this.#restores > 0) this.#keep(); // counted before anything of it runs
    if (this.#gaveUp) endReceipt(this.#options.ports);
    this.#actor.subscribe(() => this.#changed());
    this.#actor.start();
  }

  stop(): void {
    clearTimeout(this.#keepAgain);
    this.#idle.stop();
    this.#actor.stop();
  }

  /** An intent of the page. One that makes no sense on the present screen is ignored by the machine. */
  handle(intent: Intent): void {
    if (intent.type === 'camera') {
      this.#camera(intent.state);
      return;
    }
    this.#idle.touch();
    if (!this.#kept.value) return; // said to a page that is no longer there
    const event = intent.type === 'stay' ? undefined : this.#eventOf(intent);
    if (event) this.#send(event);
    else this.refresh();
  }

  /** A camera frame; also a sign that somebody is there only when a face is in it, so it does not touch the idle clock. */
  frame(jpeg: Uint8Array): void {
    this.#frames.put(jpeg);
  }

  /** Tells how the page looks now, whatever it looked like before. */
  refresh(): void {
    this.#tell(this.view());
  }

  /** Something around the visit has changed: devices report several times a second, and as a rule nobody would see it. */
  surroundingsChanged(): void {
    const view = this.view();
    if (!this.#told || looksOtherThan(this.#told, told(view))) this.#tell(view);
  }

  #tell(view: View): void {
    this.#told = told(view);
    this.#options.onView(view);
  }

  /** Nobody stands here, and nothing of anybody is left to be done. */
  get idle(): boolean {
    return this.#kept.value && this.#snapshot.matches('attract');
  }

  /** This core may be ended: nobody is in the middle of anything. The store that keeps a terminal closed may open anew. */
  get endable(): boolean {
    const { kind } = this.view().screen;
    return kind === 'attract' || kind === 'out-of-service';
  }

  /** The terminal is out of service as its store fails: not as there is no room, which a visit waits for. */
  get storeFails(): boolean {
    const { screen } = this.view();
    return screen.kind === 'out-of-service' && screen.problem !== 'storage-full';
  }

  view(): View {
    const around = { ...this.#options.surroundings(), moment: this.#moment };
    const { language, mode } = this.#snapshot.context;
    const timeLeft = this.#kept.value ? this.#idle.left() : undefined;
    return {
      place: this.#options.place,
      language,
      mode,
      clock: { now: this.#options.ports.now().toISOString(), timeZone: this.#options.ports.terminal.timeZone },
      network: around.network,
      ...(around.offlineCause && { offlineCause: around.offlineCause }),
      ...(around.notice && { notice: around.notice }),
      ...(timeLeft && { timeLeft }),
      ...(this.#kept.value
        ? composeScreen(this.#snapshot, around)
        : { screen: { kind: 'out-of-service', problem: this.#problem } }),
    };
  }

  #send(event: VisitEvent): void {
    this.#actor.send(event);
  }

  /** On the disk first, then on the screen. */
  #changed(): void {
    const snapshot = this.#actor.getSnapshot();
    const page = JSON.stringify(snapshot.value);
    const { mode } = snapshot.context;
    const turned = page !== this.#page;
    if (turned) {
      if (this.#page !== '') this.#restores = 0;
      this.#moment = QUIET;
    }
    const saved = this.#saved;
    this.#keep();
    this.#snapshot = snapshot;
    if (turned || mode !== this.#mode) {
      const { screen } = composeScreen(snapshot, { ...this.#options.surroundings(), moment: QUIET });
      this.#idle.allow(allowanceFor(screen, mode));
    } else if (this.#saved !== saved) {
      this.#idle.startOver();
    }
    this.#page = page;
    this.#mode = mode;
    this.refresh();
  }

  #keep(): void {
    clearTimeout(this.#keepAgain);
    try {
      this.#persist();
      this.#kept.set(true);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (this.#kept.value) this.#log.error({ error }, 'the visit cannot be kept on the disk');
      this.#problem = storageProblem(error.code);
      this.#kept.set(false);
      this.#keepAgain = setTimeout(() => {
        this.#keep();
        this.refresh();
      }, KEEP_AGAIN_MS);
    }
  }

  #persist(): void {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.matches('attract') || snapshot.matches('outOfService')) return;
    const visit = { form: 1, restores: this.#restores, snapshot: this.#actor.getPersistedSnapshot() };
    const state = JSON.stringify(visit);
    if (state === this.#saved) return;
    this.#store.visits.save(snapshot.context.visitId, visit);
    this.#saved = state;
  }

  /** A visit that cannot be taken up again is wiped: half a visit helps nobody, and its data must not stay. */
  #restored(machine: typeof visitMachine): Actor<typeof visitMachine> | undefined {
    try {
      const saved = this.#store.visits.load();
      if (!saved) return undefined;
      const { visitId, savedAt } = saved;
      const { restores, snapshot } = storedVisit.parse(saved.snapshot);
      if (!(Math.abs(machineAgeMs(savedAt)) <= TAKE_UP_WITHIN_MS)) throw new VisitRefused('too-old');
      if (restores >= RESTORES_MAX) throw new VisitRefused('no-progress');
      // The context is checked above; states and actors are XState's, which reports what it does not know as `error`.
      const actor = createActor(machine, { snapshot: snapshot as never });
      if (actor.getSnapshot().status !== 'active') throw new VisitRefused('unknown-state');
      this.#log.info({ visitId, savedAt, restores }, 'taking up an interrupted visit');
      this.#restores = restores + 1;
      return actor;
    } catch (error) {
      const { name, code } = error as Error & { code?: unknown };
      this.#log.error({ error: name, code: String(code) }, 'an interrupted visit cannot be taken up and is wiped');
      this.#store.visits.remove();
      this.#store.wipe();
      this.#gaveUp = true;
      return undefined;
    }
  }

  #show(moment: Partial<Moment>): void {
    const before = this.#moment;
    this.#moment = { ...before, ...moment };
    const { goodFrames, actsSeen, reader } = this.#moment;
    if (goodFrames > before.goodFrames || actsSeen > before.actsSeen || reader !== before.reader) this.#idle.touch();
    this.refresh();
  }

  #camera(state: Extract<Intent, { type: 'camera' }>['state']): void {
    const seen = observed('event');
    this.#options.onCamera(
      state === 'online' ? { state, ...seen } : { state: 'offline', ...cameraTroubles[state], retryInMs: 0, ...seen },
    );
  }

  #eventOf(intent: Exclude<Intent, { type: 'camera' | 'stay' }>): VisitEvent | undefined {
    switch (intent.type) {
      case 'choose-service':
        return this.#choice(intent.serviceId);
      case 'set-language':
        return { type: 'SET_LANGUAGE', language: intent.language };
      case 'set-mode':
        return { type: 'SET_MODE', mode: intent.mode };
      case 'set-answer':
        return { type: 'SET_ANSWER', field: intent.field, value: intent.value };
      case 'paper-seen':
        return { type: 'PAPER_SEEN', document: intent.document, seen: intent.seen };
      case 'edit':
        return { type: 'EDIT', field: intent.field };
      case 'rate':
        return { type: 'RATE', stars: intent.stars };
      case 'resume-code': {
        const code = bareDraftCode(intent.code);
        return isDraftCode(code) ? { type: 'CODE', code } : undefined; // the page has said that it cannot be right
      }
      default:
        return { type: PLAIN_EVENTS[intent.type] };
    }
  }

  /** Greyed services cannot be chosen, whatever the page sends. */
  #choice(serviceId: string): VisitEvent | undefined {
    const around = { ...this.#options.surroundings(), moment: this.#moment };
    const { screen } = composeScreen(this.#snapshot, around);
    const card = screen.kind === 'services' ? screen.services.find(({ id }) => id === serviceId) : undefined;
    const service = around.catalogue.get(serviceId);
    return service && card && card.available.state !== 'no' ? { type: 'CHOOSE', service } : undefined;
  }

  #offered(serviceId: string): ServiceFile | undefined {
    const around = this.#options.surroundings();
    const service = around.catalogue.get(serviceId);
    return service && availability(service, around).state !== 'no' ? service : undefined;
  }

  /** What a visit held that is not taken up again is put aside again. */
  #releaseDrafts(): void {
    const { status, context } = this.#actor.getSnapshot();
    try {
      this.#options.ports.drafts.release(status === 'active' ? context.visitId : undefined);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#log.error({ error }, 'saved applications are still held by a visit that is over'); // until the next visit ends
    }
  }
}

/** A view, and by how much its times are ahead of the monotonic clock, by which the page carries them on. */
interface Told {
  readonly looks: string;
  readonly clockMs: number;
  readonly endMs: number;
}

function told({ clock, timeLeft, ...rest }: View): Told {
  const nowMs = performance.now();
  return {
    looks: JSON.stringify([rest, clock.timeZone, timeLeft?.warning]),
    clockMs: Date.parse(clock.now) - nowMs,
    endMs: timeLeft ? timeLeft.ms + nowMs : 0,
  };
}

function looksOtherThan(before: Told, now: Told): boolean {
  const jumps = Math.max(Math.abs(now.clockMs - before.clockMs), Math.abs(now.endMs - before.endMs));
  return now.looks !== before.looks || jumps >= TOLD_ANEW_MS;
}

class VisitRefused extends CodedError<'too-old' | 'no-progress' | 'unknown-state'> {
  override readonly name = 'VisitRefused';

  constructor(code: VisitRefused['code']) {
    super(code, `the stored visit is not taken up: ${code}`);
  }
}

/** What the page's word on its camera means to whoever is to mend it. */
const cameraTroubles = {
  missing: { cause: 'not-connected', detail: 'the page finds no camera' },
  denied: { cause: 'not-authorised', detail: 'the page may not use the camera: its browser or the system refuses it' },
  failed: {
    cause: 'hardware-error',
    detail: 'the camera does not open, gives no picture, or another program has it',
  },
} as const satisfies Record<string, { readonly cause: DeviceErrorCode; readonly detail: string }>;

const PLAIN_EVENTS = {
  start: 'START',
  next: 'NEXT',
  back: 'BACK',
  retry: 'RETRY',
  'without-face': 'WITHOUT_FACE',
  again: 'AGAIN',
  leave: 'LEAVE',
  'save-draft': 'SAVE_DRAFT',
  resume: 'RESUME',
  'discard-draft': 'DISCARD',
} as const;
