import { type Channel, DeviceError, type Transport } from '../core/index.ts';

/** Whether the wanted device answers on an open channel. Resolves within a second; rejects only with the signal's reason. */
export type Probe = (channel: Channel, signal: AbortSignal) => Promise<boolean>;

/**
 * One line that may be used in several ways (speeds, pipes), all for the same device: opens each in turn and keeps the first on
 * which it answers, which is the first to be tried from then on. Its name is `name` until one has answered, then that one's.
 */
export function probingTransport(
  name: string,
  candidates: readonly [Transport, ...Transport[]],
  probe: Probe,
): Transport {
  let chosen: Transport | undefined;
  const likeliest = (): Transport => chosen ?? candidates[0];
  const { appeared, reset } = candidates[0];
  return {
    get name() {
      return chosen?.name ?? name;
    },
    open: async (signal) => {
      const first = likeliest();
      let failure: unknown;
      for (const candidate of [first, ...candidates.filter((other) => other !== first)]) {
        try {
          const channel = await openIfAnswered(candidate, probe, signal);
          if (channel) {
            chosen = candidate;
            return channel;
          }
        } catch (error) {
          signal.throwIfAborted();
          failure ??= error;
        }
      }
      // A line that could be opened is not what is wrong.
      throw failure ?? new DeviceError('not-connected', `${name}: no answer on ${candidates.map(namesOf).join(', ')}`);
    },
    ...(appeared && { appeared: (signal) => likeliest().appeared?.(signal) ?? appeared.call(candidates[0], signal) }),
    ...(reset && { reset: (signal) => likeliest().reset?.(signal) ?? reset.call(candidates[0], signal) }),
  };
}

function namesOf({ name }: Transport): string {
  return name;
}

async function openIfAnswered(candidate: Transport, probe: Probe, signal: AbortSignal): Promise<Channel | undefined> {
  const channel = await candidate.open(signal);
  let answered = false;
  try {
    answered = await probe(channel, signal);
  } finally {
    if (!answered) await channel.close();
  }
  return answered ? channel : undefined;
}
