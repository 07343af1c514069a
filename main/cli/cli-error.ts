/** A command's failure that the person at the keyboard can do something about: one line, no stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** For scripts; stays the same when the message is reworded. */
  readonly code: string;
  readonly exitCode = 2;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
