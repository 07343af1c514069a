import { type Channel, DeviceError, within } from '../../core/index.ts';
import { MAX_PAYLOAD_BYTES } from '../contract.ts';
import { ScannerLink } from './link.ts';
import { askableProfiles, type Profile } from './profiles.ts';

/** For each; all of them together stay below a second. An engine that is idle answers in some tens of milliseconds. */
const ANSWER_MS = 300;
const GAP_MS = 50;

/** The first that answers, of those that can be asked; `connect` opens one at a time on the same channel. */
export async function recognise(
  connect: (profile: Profile) => ScannerLink,
  signal: AbortSignal,
): Promise<ScannerLink | undefined> {
  for (const profile of askableProfiles) {
    const link = connect(profile);
    const asked = Promise.all(profile.questions.slice(0, 1).map((question) => link.tell(question, signal)));
    const answers = await within(ANSWER_MS, profile.id, [signal], asked).catch((error: unknown) => {
      if (link.ended.aborted || signal.aborted || DeviceError.from(error).code !== 'timeout') throw error;
      return [];
    });
    if (answers[0]) return link;
    link.end(new DeviceError('canceled', `no answer as ${profile.id}`));
  }
  return undefined;
}

/**
 * For a port of which nothing is known. The questions change nothing in a scanner. Rejects only with the signal's reason; a
 * line that breaks is no scanner.
 */
export async function answersAsScanner(channel: Channel, signal: AbortSignal): Promise<boolean> {
  let link: ScannerLink | undefined;
  const connect = (profile: Profile): ScannerLink => {
    const [question] = profile.questions;
    if (!question) throw new RangeError(`profile ${profile.id} cannot be asked`);
    link = new ScannerLink(channel, {
      profile,
      terminator: 'line',
      maxCodeBytes: MAX_PAYLOAD_BYTES,
      gapMs: GAP_MS,
      nextQuestion: () => question,
      onReceived: () => undefined,
    });
    return link;
  };
  try {
    return (await recognise(connect, signal)) !== undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeviceError) return false;
    throw error;
  } finally {
    link?.end(new DeviceError('canceled', 'the question has been answered'));
  }
}
