import { type CameraState, detectCamera } from './detect.ts';

/** Often enough for somebody who waits, seldom enough for a lamp that lights up each time. */
const TRY_AGAIN_MS = 10_000;

export type CameraPorts = {
  readonly devices: MediaDevices | undefined;
  /** Tells the core. */
  readonly send: (state: CameraState) => void;
  /** Opens the camera to see whether it works, and closes it. */
  readonly tryCamera: () => Promise<CameraState>;
};

/**
 * Tells the core whether a camera is there: at the start, when one is plugged or pulled, and what looking through it showed. One
 * that failed is tried again until it works, as nothing else would say that it does, and services would stay closed.
 */
export class CameraWatch {
  readonly #ports: CameraPorts;
  #running = false;
  #reports = 0;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: CameraPorts) {
    this.#ports = ports;
  }

  /** Returns how to stop. */
  start(): () => void {
    const { devices } = this.#ports;
    const detect = (): void => void this.detect();
    this.#running = true;
    detect();
    devices?.addEventListener('devicechange', detect);
    return () => {
      this.#running = false;
      devices?.removeEventListener('devicechange', detect);
      clearTimeout(this.#later);
    };
  }

  /** Whether one is plugged in; with one there, the core goes back to looking, which opens it. */
  async detect(): Promise<void> {
    this.report(await detectCamera(this.#ports.devices));
  }

  report(state: CameraState): void {
    if (!this.#running) return;
    this.#reports += 1;
    this.#ports.send(state);
    clearTimeout(this.#later);
    if (state !== 'online') this.#tryLater(state);
  }

  #tryLater(before: CameraState): void {
    const report = this.#reports;
    this.#later = setTimeout(async () => {
      const state = await this.#ports.tryCamera();
      if (!this.#running || this.#reports !== report) return; // somebody knows better meanwhile
      if (state === before) this.#tryLater(before);
      else this.report(state);
    }, TRY_AGAIN_MS);
  }
}
