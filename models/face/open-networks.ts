import { startLivenessThread } from './liveness-thread.ts';
import { type FaceManifest, modelNames } from './manifest.ts';
import { type FaceNetworks, faceNetworks } from './networks.ts';
import { loadRuntime } from './runtime.ts';

export interface OpenNetworks {
  readonly networks: FaceNetworks;
  /** Of the thread for liveness. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
}

/** Liveness in a thread of its own, all others in this one. Rejects as `loadRuntime` does, with nothing left open. */
export async function openNetworks(weightsDir: string, manifest: FaceManifest): Promise<OpenNetworks> {
  const others = modelNames.filter((model) => model !== 'liveness');
  const [loaded, started] = await Promise.allSettled([
    loadRuntime(weightsDir, manifest, others),
    startLivenessThread(weightsDir, manifest),
  ]);
  const close = async (): Promise<void> => {
    for (const part of [started, loaded]) if (part.status === 'fulfilled') await part.value.close();
  };
  if (loaded.status === 'rejected' || started.status === 'rejected') {
    await close();
    throw (loaded.status === 'rejected' ? loaded : (started as PromiseRejectedResult)).reason;
  }
  if (started.value.lost.aborted) {
    await close(); // it ended while the others were loaded, and nobody was there to hear it
    throw started.value.lost.reason;
  }
  return {
    networks: { ...faceNetworks(loaded.value, manifest), liveness: started.value.liveness },
    lost: started.value.lost,
    close,
  };
}
