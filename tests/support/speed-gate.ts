import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Attachment, FarEnd } from '../../drivers/simulation/far-end.ts';

/**
 * A device that stands at `baudRate`, behind a pseudo-terminal. That has no speed of its own, but keeps the one that the host has
 * set: it is asked for at every request, and a host at another speed hears rubbish and is not understood, as on a wire.
 */
export class SpeedGate implements FarEnd {
  readonly name: string;
  /** The terminal's name, once it has one. */
  path = '';
  baudRate: number;
  /** The speeds at which the host has spoken, in order. */
  readonly heardAt: number[] = [];
  readonly #farEnd: FarEnd;

  constructor(farEnd: FarEnd, baudRate: number) {
    this.#farEnd = farEnd;
    this.name = farEnd.name;
    this.baudRate = baudRate;
  }

  attach(send: (bytes: Uint8Array) => void): Attachment {
    const attachment = this.#farEnd.attach(send);
    let turn = Promise.resolve();
    return {
      receive: (bytes) => {
        turn = turn.then(async () => {
          const speed = await speedOf(this.path);
          if (speed === undefined) return; // the host has closed the port, or the cable was pulled
          this.heardAt.push(speed);
          if (speed === this.baudRate) attachment.receive(bytes);
          else send(Uint8Array.of(0xf8, 0x00, 0xe6, ...bytes.map((byte) => byte ^ 0x7e)));
        });
      },
      detach: () => attachment.detach(),
    };
  }
}

async function speedOf(path: string): Promise<number | undefined> {
  const asked = promisify(execFile)('stty', [process.platform === 'linux' ? '-F' : '-f', path, 'speed']);
  return await asked.then(
    ({ stdout }) => Number(stdout),
    () => undefined,
  );
}
