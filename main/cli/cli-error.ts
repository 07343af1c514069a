import { CodedError } from '../../drivers/core/index.ts';
/** A command's failure that the person at the keyboard can do something about: one line, no stack. The code is for scripts. */
export class CliError extends CodedError {
  override readonly name = 'CliError';
  readonly exitCode = 2;
}
