import type { BarcodeScan } from '../../drivers/barcode-scanner/contract.ts';
import type { LightPlace, LightRate } from '../../drivers/cabinet/contract.ts';
import { type DeviceFacts, machineTime, Observable, observed, sleep } from '../../drivers/core/index.ts';
import type { ReadProgress } from '../../drivers/id-card-reader/contract.ts';
import type { PowerAdvice } from '../../drivers/ups/contract.ts';
import type { PrinterStatus, PrintOutcome, PrintStage, SentJob } from '../../printers/core/contract.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import type { Log } from '../log/log.ts';
import { RemoteError } from '../processes/rpc.ts';
import { SupervisedProcess } from '../processes/supervised-process.ts';
import { PowerWatch } from './power.ts';
import { type PreparedPrint, type PrintOptions, preparePrint } from './prepared-print.ts';
import { type DevicesConfiguration, deviceContract } from './protocol.ts';
import type { Recovery } from './recovery.ts';
import type { AnyStatus, CardReading } from './schemas.ts';
import type { TestReport } from './self-test.ts';
import { faultOf } from './status.ts';

export interface DeviceState {
  readonly id: string;
  readonly class: string;
  readonly model: string;
  readonly status: AnyStatus;
  /** How often the driver looks; absent where nobody promises to. */
  readonly pollMs?: number;
  readonly recovery?: Recovery | undefined;
}

/** A device that has come into another condition: what a history is made of. */
export interface DeviceChange {
  readonly device: DeviceState;
  readonly at: string;
}

/** A printer that is just coming back is waited for: most of a second restart is over by then, and nobody has to choose. */
const PRINTER_PATIENCE_MS = 6_000;
/** Polls that may fail to come before what was said last is no fact any more. */
const POLLS_MISSED = 3;
/** On top of them: a busy small machine pauses, and a slow line takes its time for each of four answers. */
const STALE_SLACK_MS = 1_500;
const LOOK_MS = 500;
/** What one reader says of itself and not of a card: another one may go on waiting. */
const READER_GONE: readonly string[] = ['not-connected', 'timeout', 'hardware-error', 'process-down', 'unsupported'];

/** The core's view of the device process: every device's last word, and the operations of those that serve a class. */
export class Devices {
  /** All devices by id. Replaced, never changed in place. */
  readonly states = new Observable<ReadonlyMap<string, DeviceState>>(new Map());
  readonly process: SupervisedProcess<typeof deviceContract>;
  readonly #log: Log;
  readonly #progress = new Set<(deviceId: string, progress: ReadProgress) => void>();
  readonly #stages = new Set<(jobName: string, stage: PrintStage) => void>();
  readonly #changes = new Set<(change: DeviceChange) => void>();
  readonly #heardAtMs = new Map<string, number>();
  readonly #power = new PowerWatch();
  #guiding: LightPlace | undefined;

  constructor(configuration: DevicesConfiguration, entry: URL, log: Log) {
    this.#log = log;
    this.process = new SupervisedProcess({
      name: 'device',
      entry,
      contract: deviceContract,
      configuration,
      log,
      onEvent: (event, payload) => this.#onEvent(event, payload),
    });
    this.process.state.subscribe(({ state }) => {
      if (state === 'down' || state === 'stopped') this.#loseAll();
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.process.run(signal), this.watchAges(signal)]);
  }

  /** The camera hangs on the page, not on the device process, so the page's word is recorded here. */
  report(state: DeviceState): void {
    const before = this.states.value.get(state.id);
    this.#heardAtMs.set(state.id, performance.now());
    this.#power.observe(state);
    this.states.set(new Map(this.states.value).set(state.id, state));
    if (!before || conditionOf(before) !== conditionOf(state)) this.#tell(state);
  }

  /** Calls `listener` with every device that comes into another condition. The returned function ends it. */
  onChange(listener: (change: DeviceChange) => void): () => void {
    this.#changes.add(listener);
    return () => this.#changes.delete(listener);
  }

  /** The device that serves `deviceClass`: one that can, else one that is online, else any that is configured. */
  serving(deviceClass: string): DeviceState | undefined {
    const all = this.#all(deviceClass);
    const online = all.filter(({ status }) => status.state === 'online');
    return online.find(({ status }) => !faultOf(status)) ?? online[0] ?? all[0];
  }

  /** What the terminal does about its power. */
  get power(): PowerAdvice {
    return this.#power.advice(this.serving('ups'));
  }

  /**
   * Waits for a card on every reader that is there or comes, and reads the first. Rejects with RemoteError (the driver's
   * codes; what only one reader has to say of itself, once no other is left), or with the signal's reason.
   */
  async readCard(signal: AbortSignal, onProgress: (progress: ReadProgress) => void): Promise<CardReading> {
    const readers = this.#all('id-card-reader');
    if (readers.length === 0) throw new RemoteError('not-connected', 'no id-card-reader is configured');
    const others = new AbortController();
    const onAbort = (): void => others.abort(signal.reason);
    const listener = (from: string, progress: ReadProgress): void => {
      if (readers.some(({ id }) => id === from)) onProgress(progress);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#progress.add(listener);
    try {
      signal.throwIfAborted();
      return await this.#firstCard(others.signal);
    } finally {
      others.abort(new RemoteError('canceled', 'a card was read on another reader'));
      signal.removeEventListener('abort', onAbort);
      this.#progress.delete(listener);
    }
  }

  /** From any reader that is online or comes to be; one that is gone leaves the word to the others. */
  async #firstCard(signal: AbortSignal): Promise<CardReading> {
    const asked = new Set<string>();
    const first = Promise.withResolvers<CardReading>();
    const ask = (deviceId: string): void => {
      asked.add(deviceId);
      this.process.call('readCard', { deviceId }, signal).then(first.resolve, (error: unknown) => {
        asked.delete(deviceId);
        const isGone = error instanceof RemoteError && READER_GONE.includes(error.code);
        if (asked.size === 0 || !isGone) first.reject(error);
      });
    };
    const askAll = (): void => {
      for (const { id, status } of this.#all('id-card-reader')) {
        if (status.state === 'online' && !asked.has(id)) ask(id);
      }
    };
    askAll();
    const [any] = this.#all('id-card-reader');
    if (asked.size === 0 && any) ask(any.id); // it says why it cannot
    const stopLooking = this.onChange(askAll);
    return await first.promise.finally(stopLooking);
  }

  /** The next code that is presented to the scanner. Rejects with RemoteError, or with the signal's reason. */
  async scanCode(visitor: string, signal: AbortSignal): Promise<BarcodeScan> {
    const scanner = this.serving('barcode-scanner');
    if (!scanner) throw new RemoteError('not-connected', 'no barcode-scanner is configured');
    return await this.process.call('scanCode', { deviceId: scanner.id, visitor }, signal);
  }

  /**
   * Cuts off the receipt that a process may have left half printed when it died: the next resident's must not hang on to it.
   * Rejects with RemoteError, or with the signal's reason.
   */
  async endReceipt(signal: AbortSignal): Promise<void> {
    await this.#untilOnline(() => this.serving('receipt-printer'), signal);
    signal.throwIfAborted();
    const printer = this.serving('receipt-printer');
    if (printer) await this.process.call('endPaper', { deviceId: printer.id }, signal);
  }

  /**
   * Brings a document to a printer's gate: rendered, and the printer able to print it. An outcome where it did not come so far,
   * which is never `printed`. Rejects only with the signal's reason.
   */
  async prepare(
    document: PaperDocument,
    options: PrintOptions,
    signal: AbortSignal,
  ): Promise<PreparedPrint | PrintOutcome> {
    const deviceClass = document.kind === 'receipt' ? 'receipt-printer' : 'licence-printer';
    const printer = await this.#printer(deviceClass, signal, options.printerId);
    if ('outcome' in printer) return printer;
    const onStage = (jobName: string, listener: (stage: PrintStage) => void): (() => void) => {
      const hear = (of: string, stage: PrintStage): void => {
        if (of === jobName) listener(stage);
      };
      this.#stages.add(hear);
      return () => this.#stages.delete(hear);
    };
    return await preparePrint({ process: this.process, printerId: printer.id, onStage }, document, options, signal);
  }

  /**
   * What a printer says of a job that was sent before this process, or the device process, died: `undefined` where it cannot
   * say. Rejects with RemoteError where it cannot be asked, or with the signal's reason.
   */
  async whatBecameOf(
    printerId: string,
    { name: jobName, begunAt }: SentJob,
    signal: AbortSignal,
  ): Promise<PrintOutcome | 'unheard-of' | undefined> {
    await this.#untilOnline(() => this.states.value.get(printerId), signal);
    return (await this.process.call('whatBecameOf', { deviceId: printerId, jobName, begunAt }, signal)) ?? undefined;
  }

  /**
   * Takes back a job that nobody waits for any more, and tells what became of it; `undefined` where the printer has none such.
   * Rejects with RemoteError where that cannot be said yet, or with the signal's reason.
   */
  async withdraw(
    printerId: string,
    { name: jobName, begunAt }: SentJob,
    signal: AbortSignal,
  ): Promise<PrintOutcome | undefined> {
    const params = { deviceId: printerId, jobName, begunAt };
    return (await this.process.call('withdrawPrint', params, signal)) ?? undefined;
  }

  /**
   * Flashes the light at the place where the hand goes next, and puts out the one before; `undefined` puts it out. Without a
   * cabinet, or without that light, nothing happens: the page says the same.
   */
  guide(light: LightPlace | undefined): void {
    if (light === this.#guiding) return;
    if (this.#guiding) this.#light(this.#guiding, 'off');
    this.#guiding = light;
    if (light) this.#light(light, 'slow');
  }

  /** Resolves once the device has answered again. Rejects with RemoteError, or with the signal's reason. */
  async reset(deviceId: string, signal: AbortSignal): Promise<void> {
    await this.process.call('resetDevice', { deviceId }, signal);
  }

  async check(deviceId: string, signal: AbortSignal): Promise<DeviceFacts> {
    return await this.process.call('checkDevice', { deviceId }, signal);
  }

  async test(deviceId: string, signal: AbortSignal): Promise<TestReport> {
    return await this.process.call('testDevice', { deviceId }, signal);
  }

  #light(light: LightPlace, rate: LightRate): void {
    const cabinet = this.serving('cabinet');
    if (!cabinet?.status.lights || [undefined, 'not-supported'].includes(cabinet.status.lights[light])) return;
    this.process
      .call('setLight', { deviceId: cabinet.id, light, rate }, new AbortController().signal)
      .catch((error) => {
        this.#log.info({ device: cabinet.id, light, error }, 'a light was not set');
      });
  }

  #all(deviceClass: string): DeviceState[] {
    return [...this.states.value.values()].filter((device) => device.class === deviceClass);
  }

  /** The printer to print on, or why there is none. */
  async #printer(deviceClass: string, signal: AbortSignal, id?: string): Promise<DeviceState | PrintOutcome> {
    const find = (): DeviceState | undefined =>
      id === undefined ? this.serving(deviceClass) : this.states.value.get(id);
    await this.#untilOnline(find, signal);
    signal.throwIfAborted();
    if (!this.power.mayStartPrint) {
      return { outcome: 'not-printed', code: 'canceled', detail: 'the battery is nearly empty: no page is begun' };
    }
    const device = find();
    if (this.process.state.value.state !== 'running' || !device) {
      return { outcome: 'not-printed', code: 'not-connected', detail: `no ${id ?? deviceClass} is there` };
    }
    return device;
  }

  /** Or until patience ends or `signal` aborts: which of them it was shows afterwards. */
  async #untilOnline(find: () => DeviceState | undefined, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    const timer = setTimeout(stop, PRINTER_PATIENCE_MS);
    signal.addEventListener('abort', stop, { once: true });
    const isOnline = (): boolean => find()?.status.state === 'online';
    await this.states.until(isOnline, enough.signal).catch(() => undefined);
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }

  #onEvent(event: string, payload: unknown): void {
    if (event === 'readProgress') {
      const { deviceId, progress } = deviceContract.events.readProgress.parse(payload);
      for (const listener of this.#progress) listener(deviceId, progress);
      return;
    }
    if (event === 'printStage') {
      const { jobName, stage } = deviceContract.events.printStage.parse(payload);
      for (const listener of [...this.#stages]) listener(jobName, stage);
      return;
    }
    const { deviceId: id, ...state } = deviceContract.events.status.parse(payload);
    this.report({ id, ...state });
  }

  #tell(device: DeviceState): void {
    const { id, status, recovery } = device;
    const { cause, detail } = status.state === 'offline' ? status : {};
    const told = { device: id, state: status.state, paper: status.paper, cause, detail, rung: recovery?.rung };
    this.#log.info(told, 'device status');
    const change = { device, at: machineTime() };
    for (const listener of [...this.#changes]) listener(change);
  }

  /** A driver that has stopped looking must not leave its device on screen as ready. Until `signal` aborts. */
  async watchAges(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, signal).catch(() => undefined);
      for (const device of this.states.value.values()) this.#doubt(device);
    }
  }

  #doubt(device: DeviceState): void {
    const { status, pollMs } = device;
    const silentMs = performance.now() - (this.#heardAtMs.get(device.id) ?? 0);
    if (status.state !== 'online' || pollMs === undefined || silentMs <= POLLS_MISSED * pollMs + STALE_SLACK_MS) return;
    const detail = `nothing was heard of it for ${Math.round(silentMs)} ms, although it is looked at every ${pollMs} ms`;
    this.report({ ...device, status: lost(device, 'timeout', detail, pollMs) });
  }

  /** Nothing is known of a device whose process has died, and nothing known is not "fine". */
  #loseAll(): void {
    for (const device of this.states.value.values()) {
      if (device.class === 'camera') continue;
      const detail = 'the device process is being restarted';
      this.report({ ...device, recovery: undefined, status: lost(device, 'not-connected', detail, 1_000) });
    }
  }
}

/** What makes a history: the words, not the instant at which they were said again. */
function conditionOf({ status, recovery }: DeviceState): string {
  const { state, paper, power, doors } = status;
  return [state, faultOf(status), paper, power, doors && Object.values(doors), recovery?.rung].join();
}

function lost(device: DeviceState, cause: 'timeout' | 'not-connected', detail: string, retryInMs: number): AnyStatus {
  const { paper } = device.status as Partial<PrinterStatus>;
  return {
    state: 'offline',
    cause,
    detail,
    retryInMs,
    ...observed('inferred'),
    ...(paper && { paper: 'unknown' }),
  };
}
