import type { ProgramEnd, RunProgram } from '../../../../drivers/document-scanner/sane/program.ts';
import { type AnswerBytes, MessageLine } from '../../../support/exchange-line.ts';

const outputs: AnswerBytes<ProgramEnd> = {
  of: ({ output }) => Buffer.from(output),
  replaced: (end, bytes) => ({ ...end, output: Buffer.from(bytes).toString() }),
};

/** What stands between a driver and the programs that it runs: their output is lost, garbled, or they cannot be started. */
export class ProgramLine extends MessageLine {
  readonly run: RunProgram;

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
}
