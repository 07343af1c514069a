/**
 * What can go wrong between this terminal and a device. The words are XFS4IoT's completion and error codes in our case
 * (`deviceNotReady` is `not-connected` here, as the far side is simply not there).
 */
export const deviceErrorCodes = [
  'not-connected', // no port, no answer at all, or the far side went away
  'timeout', // connected, but this command was not answered in time
  'canceled', // the caller gave up
  'no-media', // nothing on the reader, nothing in the slot
  'invalid-media', // a card of another kind, or one that cannot be read
  'media-not-genuine', // card and security module refuse each other: possibly forged
  'media-jammed',
  'paper-out',
  'cover-open',
  'user-error', // a person must clear it, and no narrower word fits
  'not-authorised', // the device itself is not released for use
  'unsupported', // the device does not know this command
  'invalid-data', // what we were asked to send cannot be sent
  'protocol', // bytes came, and they make no sense
  'hardware-error', // the device says that it is broken
  'outcome-unknown', // the command may or may not have taken effect: ask, never repeat
] as const;
export type DeviceErrorCode = (typeof deviceErrorCodes)[number];

/**
 * What every error of ours is: `code`, a word of its module's closed list, drives behaviour; the message is for the technician
 * and holds no personal data; `cause` keeps the original.
 */
export abstract class CodedError<Code extends string = string> extends Error {
  abstract override readonly name: string;
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A device cannot do what it was asked to, or cannot be asked. */
export class DeviceError extends CodedError<DeviceErrorCode> {
  override readonly name = 'DeviceError';

  /** Node's socket and file codes, and anything else thrown below a driver, as one of ours. */
  static from(error: unknown): DeviceError {
    if (error instanceof DeviceError) return error;
    const { name = '', code = '', message = String(error) } = error as Partial<Error & { code: string }>;
    if (name === 'AbortError') return new DeviceError('canceled', message, { cause: error });
    if (name === 'TimeoutError') return new DeviceError('timeout', message, { cause: error });
    const gone = /^(ECONN|EPIPE|ENOENT|ENODEV|ENXIO|EIO|EHOST|ENET|ETIMEDOUT|EBADF)/.test(code);
    return new DeviceError(gone ? 'not-connected' : 'hardware-error', message, { cause: error });
  }
}
