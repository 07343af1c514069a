import type { Attachment, FarEnd } from '../../drivers/simulation/far-end.ts';

/** A device that says back what it hears, and what it is told to. */
export class Echo implements FarEnd {
  readonly name = 'echo';
  /** What it has heard, one entry for each time that bytes came. */
  readonly heard: Uint8Array[] = [];
  hosts = 0;
  answers = true;
  #send: (bytes: Uint8Array) => void = () => undefined;

  attach(send: (bytes: Uint8Array) => void): Attachment {
    this.hosts += 1;
    this.#send = send;
    return {
      receive: (bytes) => {
        this.heard.push(bytes);
        if (this.answers) send(bytes);
      },
      detach: () => {
        this.hosts -= 1;
      },
    };
  }

  say(bytes: Uint8Array): void {
    this.#send(bytes);
  }
}
