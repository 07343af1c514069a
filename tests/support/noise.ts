/** The same bytes on every run (Lehmer's generator), so that a failure can be looked at again. */
export class Noise {
  #seed: number;

  constructor(seed = 20_260_101) {
    this.#seed = seed;
  }

  /** 0 to `below` - 1. */
  number(below: number): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return Math.floor((this.#seed / 2_147_483_647) * below);
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at += 1) bytes[at] = this.number(256);
    return bytes;
  }
}
