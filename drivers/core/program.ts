/** A program that is not ours. */
export interface ForeignProgram {
  /** The program and its arguments; no shell. */
  readonly command: readonly [string, ...string[]];
  /** On top of this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** On its standard input, which ends then. */
  readonly input?: Uint8Array;
  /** What it writes, as it comes; how much of it is kept is for whoever runs it to say. Standard error is dropped where nobody hears it. */
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly onComplaint?: (chunk: Uint8Array) => void;
  /** How long it has to end by itself once it is given up on, in ms; 0: it is killed at once. 2,000 where nothing is said. */
  readonly stopMs?: number;
  /** For the technician: what installs it. */
  readonly installedBy?: string;
}

/**
 * Runs a program to its end, and tells its exit code; `undefined` where a signal ended it. Rejects with DeviceError
 * `not-connected` where it cannot be started, and with the signal's reason once the program and all that it started are gone.
 */
export type ProgramRunner = (program: ForeignProgram, signal: AbortSignal) => Promise<number | undefined>;
