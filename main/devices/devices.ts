import { type DeviceStatus, Observable } from '../../drivers/core/index.ts';
import type { IdCard, ReadProgress } from '../../drivers/id-card-reader/contract.ts';
import type { PaperState, PrinterStatus, PrintOutcome } from '../../printers/core/contract.ts';
import type { Certificate, Receipt } from '../../printers/document/document.ts';
import type { Log } from '../log/log.ts';
import { RemoteError } from '../processes/rpc.ts';
import { SupervisedProcess } from '../processes/supervised-process.ts';
import { type DevicesConfiguration, deviceContract } from './protocol.ts';

export type AnyStatus = DeviceStatus & { readonly paper?: PaperState };
export interface DeviceState {
  readonly id: string;
  readonly class: string;
  readonly model: string;
  readonly status: AnyStatus;
}

/** A printer that is just coming back is waited for: most of a second restart is over by then, and nobody has to choose. */
const PRINTER_PATIENCE_MS = 6_000;

/** The core's view of the device process: every device's last word, and the operations of those that serve a class. */
export class Devices {
  /** All devices by id. Replaced, never changed in place. */
  readonly states = new Observable<ReadonlyMap<string, DeviceState>>(new Map());
  readonly process: SupervisedProcess<typeof deviceContract>;
  readonly #progress = new Set<(deviceId: string, progress: ReadProgress) => void>();

  constructor(configuration: DevicesConfiguration, entry: URL, log: Log) {
    this.process = new SupervisedProcess({
      name: 'device',
      entry,
      contract: deviceContract,
      configuration,
      log,
      onEvent: (event, payload) => this.#onEvent(event, payload, log),
    });
    this.process.state.subscribe(({ state }) => {
      if (state === 'down' || state === 'stopped') this.#loseAll();
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.process.run(signal);
  }

  /** The camera hangs on the page, not on the device process, so the page's word is recorded here. */
  report(state: DeviceState): void {
    this.states.set(new Map(this.states.value).set(state.id, state));
  }

  /** The device that serves `deviceClass`: one that is online, else any that is configured. */
  serving(deviceClass: string): DeviceState | undefined {
    const all = [...this.states.value.values()].filter((device) => device.class === deviceClass);
    return all.find(({ status }) => status.state === 'online') ?? all[0];
  }

  /** Waits for a card and reads it. Rejects with RemoteError (the driver's codes), or with the signal's reason. */
  async readCard(
    signal: AbortSignal,
    onProgress: (progress: ReadProgress) => void,
  ): Promise<{ card: IdCard; portrait?: Uint8Array }> {
    const deviceId = this.#require('id-card-reader');
    const listener = (from: string, progress: ReadProgress): void => {
      if (from === deviceId) onProgress(progress);
    };
    this.#progress.add(listener);
    try {
      return await this.process.call('readCard', { deviceId }, signal);
    } finally {
      this.#progress.delete(listener);
    }
  }

  /** Never rejects but with the signal's reason: a device process that dies in between leaves the outcome unknown. */
  printReceipt(receipt: Receipt, signal: AbortSignal): Promise<PrintOutcome> {
    return this.#print('receipt-printer', signal, (deviceId) =>
      this.process.call('printReceipt', { deviceId, receipt }, signal),
    );
  }

  printCertificate(certificate: Certificate, copies: number, signal: AbortSignal): Promise<PrintOutcome> {
    return this.#print('licence-printer', signal, (deviceId) =>
      this.process.call('printCertificate', { deviceId, certificate, copies }, signal),
    );
  }

  async #print(
    deviceClass: string,
    signal: AbortSignal,
    call: (deviceId: string) => Promise<PrintOutcome>,
  ): Promise<PrintOutcome> {
    await this.#untilOnline(deviceClass, signal);
    signal.throwIfAborted();
    if (this.process.state.value.state !== 'running' || !this.serving(deviceClass)) {
      return { outcome: 'not-printed', code: 'not-connected', detail: `no ${deviceClass} is there` };
    }
    try {
      return await call(this.#require(deviceClass));
    } catch (error) {
      signal.throwIfAborted();
      return { outcome: 'unknown', code: 'outcome-unknown', detail: (error as Error).message };
    }
  }

  /** Or until patience ends or `signal` aborts: which of them it was shows afterwards. */
  async #untilOnline(deviceClass: string, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    const timer = setTimeout(stop, PRINTER_PATIENCE_MS);
    signal.addEventListener('abort', stop, { once: true });
    const isOnline = (): boolean => this.serving(deviceClass)?.status.state === 'online';
    await this.states.until(isOnline, enough.signal).catch(() => undefined);
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }

  #require(deviceClass: string): string {
    const device = this.serving(deviceClass);
    if (!device) throw new RemoteError('not-connected', `no ${deviceClass} is configured`);
    return device.id;
  }

  #onEvent(event: string, payload: unknown, log: Log): void {
    if (event === 'readProgress') {
      const { deviceId, progress } = deviceContract.events.readProgress.parse(payload);
      for (const listener of this.#progress) listener(deviceId, progress);
      return;
    }
    const { deviceId, class: deviceClass, model, status } = deviceContract.events.status.parse(payload);
    const before = this.states.value.get(deviceId)?.status;
    const { cause, detail } = status.state === 'offline' ? status : {};
    if (before?.state !== status.state || before?.paper !== status.paper) {
      log.info({ device: deviceId, state: status.state, paper: status.paper, cause, detail }, 'device status');
    }
    this.report({ id: deviceId, class: deviceClass, model, status });
  }

  /** Nothing is known of a device whose process has died, and nothing known is not "fine". */
  #loseAll(): void {
    const observedAt = new Date().toISOString();
    const lost = [...this.states.value.values()].map((device): [string, DeviceState] => {
      if (device.class === 'camera') return [device.id, device];
      const { paper } = device.status as Partial<PrinterStatus>;
      const status: AnyStatus = {
        state: 'offline',
        cause: 'not-connected',
        detail: 'the device process is being restarted',
        retryInMs: 1_000,
        observedAt,
        source: 'inferred',
        ...(paper && { paper: 'unknown' }),
      };
      return [device.id, { ...device, status }];
    });
    this.states.set(new Map(lost));
  }
}
