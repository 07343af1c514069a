import type { HotPlug, UsbPlace } from '../../../../drivers/core/index.ts';
import type { ProgramEnd, RunProgram } from '../../../../drivers/document-scanner/sane/program.ts';
import { type AnswerBytes, MessageLine } from '../../../support/exchange-line.ts';

const outputs: AnswerBytes<ProgramEnd> = {
  of: ({ output }) => Buffer.from(output),
  replaced: (end, bytes) => ({ ...end, output: Buffer.from(bytes).toString() }),
};

type Listener = Parameters<HotPlug['watch']>[0];

const place: UsbPlace = { vendorId: 0x04a9, productId: 0x190f, port: '1-2' };

/**
 * What stands between a driver and the programs that it runs: their output is lost, garbled, or they cannot be started. Tells
 * of being unplugged and plugged in, as a bus does.
 */
export class ProgramLine extends MessageLine implements HotPlug {
  readonly run: RunProgram;
  readonly #listeners = new Set<Listener>();

  constructor(farEnd: RunProgram) {
    super();
    this.run = (program, signal) => {
      const onLine = (line: string): void => {
        const passed = this.toHost(Buffer.from(line));
        if (passed) program.onLine?.(Buffer.from(passed).toString());
      };
      return this.carry((giveUp) => farEnd({ ...program, onLine }, giveUp), signal, outputs);
    };
  }

  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  override unplug(): void {
    super.unplug();
    this.#tell('disconnected');
  }

  override plug(): void {
    super.plug();
    this.#tell('connected');
  }

  #tell(change: 'connected' | 'disconnected'): void {
    for (const listener of [...this.#listeners]) listener(change, place);
  }
}
