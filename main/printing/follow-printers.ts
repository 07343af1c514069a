import { sleep } from '../../drivers/core/index.ts';
import type { DeviceChange } from '../devices/devices.ts';
import type { Log } from '../log/log.ts';
import type { Printing } from './printing.ts';

/** A printer that is there and does not let go of a paper is asked again after this. */
const AGAIN_MS = 60_000;

export interface FollowPrintersOptions {
  readonly printing: Pick<Printing<never>, 'recover' | 'takeBack'>;
  readonly devices: { onChange(listener: (change: DeviceChange) => void): () => void };
  readonly log: Log;
}

/**
 * Asks the printers what became of what they had when the process before died; and takes back what nobody waits for as soon as
 * a printer that was away is there again. Until `signal` aborts; never rejects.
 */
export async function followPrinters(
  { printing, devices, log }: FollowPrintersOptions,
  signal: AbortSignal,
): Promise<void> {
  const trying = async (work: () => Promise<void>, failed: string): Promise<void> => {
    await work().catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error }, failed);
    });
  };
  let pause = new AbortController();
  const stop = devices.onChange(({ device }) => {
    if (device.class === 'licence-printer' && device.status.state === 'online') pause.abort();
  });
  const onAbort = (): void => pause.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  await trying(() => printing.recover(signal), 'the printers could not be asked what became of earlier papers');
  while (!signal.aborted) {
    pause = new AbortController(); // before the look: who comes back meanwhile is looked at again
    await trying(() => printing.takeBack(signal), 'earlier papers could not be taken back');
    if (!signal.aborted) await sleep(AGAIN_MS, pause.signal).catch(() => undefined);
  }
  stop();
  signal.removeEventListener('abort', onAbort);
}
