import { type Channel, within } from '../../core/index.ts';
import { FrameDecoder, MIN_REPLY_LENGTH } from './codec.ts';
import { commands } from './commands.ts';

/** What a vendor's driver gives `11 FF`; five speeds must fit into the time that a module has to be online again. */
const PROBE_MS = 300;

/** Whether a module answers `11 FF`, in whatever condition. Leaves nothing set at the module. */
export async function answersAsSamv(channel: Channel, signal: AbortSignal): Promise<boolean> {
  signal.throwIfAborted();
  const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
  const answered = new Promise<true>((resolve) => {
    channel.onData((chunk) => {
      if (decoder.push(chunk).some(({ kind }) => kind === 'frame')) resolve(true);
    });
  });
  try {
    const asked = channel.write(commands.status.request);
    return await within(
      PROBE_MS,
      'probe',
      [signal, channel.lost],
      Promise.race([asked.then(() => answered), answered]),
    );
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
