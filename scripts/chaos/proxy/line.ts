import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sleep } from '../../../drivers/core/index.ts';
import type { Ending, LineFault, Way } from './draw.ts';

/** A throttled line passes this many slices a second. */
const SLICES_PER_SECOND = 20;

export interface LineEnds {
  readonly terminal: Socket;
  /** Towards the platform. */
  readonly inner: Duplex;
}

/**
 * Carries bytes both ways, with the connection's fault, until either side or the fault ends it, or `signal` aborts. Leaves both
 * ends destroyed. Never rejects. `tell` hears of a cut or a halved chunk when it happens.
 */
export async function carry(
  { terminal, inner }: LineEnds,
  fault: LineFault,
  tell: (what: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    terminal.destroy();
    inner.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  terminal.on('close', end);
  for (const side of [terminal, inner]) side.on('error', () => undefined); // `close` follows; a broken line is no fault of ours
  const cut = (ending: Ending): void => {
    if (ending === 'reset') terminal.resetAndDestroy();
    else terminal.destroySoon();
    inner.destroy();
  };
  const pumping = { tell, cut, over: over.signal };
  await Promise.allSettled([
    pump(terminal, inner, 'up', fault, pumping).catch(() => inner.destroy()),
    // What the platform's side has ended is over, whether or not the terminal has more to say.
    pump(inner, terminal, 'down', fault, pumping).finally(() => terminal.destroySoon()),
  ]);
  signal.removeEventListener('abort', end);
  inner.destroy();
}

interface Pumping {
  readonly tell: (what: string) => void;
  readonly cut: (ending: Ending) => void;
  /** Aborts when there is nobody left to carry for. */
  readonly over: AbortSignal;
}

async function pump(from: Duplex, to: Duplex, way: Way, { pace, end }: LineFault, { tell, cut, over }: Pumping) {
  const mine = end.kind !== 'none' && end.way === way ? end : undefined;
  let passedBytes = 0;
  for await (const data of from) {
    const chunk: Buffer = data;
    if (pace.kind === 'delay') await sleep(pace.ms, over);
    const leftBytes = mine ? mine.afterBytes - passedBytes : Number.POSITIVE_INFINITY;
    if (mine && chunk.length > leftBytes) {
      const keptBytes = mine.kind === 'cut' ? leftBytes : Math.floor(chunk.length / 2);
      await pass(chunk.subarray(0, keptBytes), to, pace, over);
      tell(`${mine.kind} ${way} after ${passedBytes + keptBytes} bytes, ${mine.ending}`);
      if (mine.kind === 'halve') await sleep(mine.stallMs, over);
      cut(mine.ending);
      return;
    }
    await pass(chunk, to, pace, over);
    passedBytes += chunk.length;
  }
  to.end();
}

async function pass(chunk: Buffer, to: Duplex, pace: LineFault['pace'], over: AbortSignal): Promise<void> {
  const sliceBytes = pace.kind === 'throttle' ? Math.ceil(pace.bytesPerSecond / SLICES_PER_SECOND) : chunk.length;
  for (let at = 0; at < chunk.length; at += sliceBytes) {
    const slice = chunk.subarray(at, at + sliceBytes);
    if (pace.kind === 'throttle') await sleep((1_000 * slice.length) / pace.bytesPerSecond, over);
    if (!to.write(slice)) await once(to, 'drain', { signal: over });
  }
}
