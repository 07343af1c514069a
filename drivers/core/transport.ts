/** The one byte seam. A serial port, HID pipe, USB endpoint and TCP socket all look like this to a driver. */
export interface Transport {
  /** For people and logs: `tcp:127.0.0.1:9100`, `serial:/dev/ttyS1`. */
  readonly name: string;
  /** Rejects with a DeviceError, or with the signal's reason. Nothing stays open after a rejection. */
  open(signal: AbortSignal): Promise<Channel>;
  /**
   * Resolves when the bus sees the device come, so that it need not be waited for; never, where the bus does not tell.
   * Rejects with the signal's reason.
   */
  appeared?(signal: AbortSignal): Promise<void>;
  /** Resets the far side through the bus, while no channel is open. Rejects with a DeviceError where that fails. */
  reset?(signal: AbortSignal): Promise<void>;
}

export interface Channel {
  /** Resolves when the operating system has taken the bytes. Rejects with a DeviceError. */
  write(bytes: Uint8Array): Promise<void>;
  /** One listener; chunks of any size, none before it is set. From HID, each chunk is one report, its id first. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Aborts with a DeviceError `not-connected` when the far side goes away. */
  readonly lost: AbortSignal;
  /** Never rejects, and may be called twice. */
  close(): Promise<void>;
}
