import { sleep } from '../../drivers/core/index.ts';

/**
 * Looks every 50 ms until `wanted`, at most 45 s, as five tests share two cores: for processes and sockets, where no clock can be
 * faked.
 */
export async function eventually<T>(look: () => T | Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await look();
    if (wanted(value)) return value;
    if (tries === 900) throw new Error(`It never came to that; at last it was ${JSON.stringify(value)}.`);
    await sleep(50);
  }
}
