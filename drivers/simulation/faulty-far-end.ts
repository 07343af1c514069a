import type { Attachment, FarEnd } from './far-end.ts';

/** A device at the end of a line that is not well. Its faults are plain fields; without one it is as good as none. */
export class FaultyFarEnd implements FarEnd {
  readonly name: string;
  readonly #farEnd: FarEnd;
  /** Switched off, or its cable cut where nobody sees it: it hears nothing and says nothing. */
  silent = false;
  /** In so many of the next chunks from the device one bit is wrong. */
  garbles = 0;

  constructor(farEnd: FarEnd) {
    this.#farEnd = farEnd;
    this.name = farEnd.name;
  }

  attach(send: (bytes: Uint8Array) => void): Attachment {
    const attachment = this.#farEnd.attach((bytes) => {
      if (!this.silent) send(this.#passed(bytes));
    });
    return {
      receive: (bytes) => {
        if (!this.silent) attachment.receive(bytes);
      },
      detach: () => attachment.detach(),
    };
  }

  #passed(bytes: Uint8Array): Uint8Array {
    if (this.garbles === 0 || bytes.length === 0) return bytes;
    this.garbles -= 1;
    const wrong = Uint8Array.from(bytes);
    wrong[wrong.length >> 1]! ^= 0x04;
    return wrong;
  }
}
