import { writeFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import { readFileUpTo } from './read-file.ts';

/** The whole of a file that somebody named at the keyboard. Fails with a CliError that says what is the matter with it. */
export async function readNamed(path: string, maxBytes: number): Promise<Buffer> {
  const found = await readFileUpTo(path, maxBytes);
  switch (found.state) {
    case 'read':
      if (found.bytes.length === 0) throw new CliError('empty', `${path} is empty`);
      return found.bytes;
    case 'missing':
      throw new CliError('cannot-read', `${path} is not there`);
    case 'unreadable':
      throw new CliError('cannot-read', `${path} cannot be read: ${found.reason}`);
    case 'too-large':
      throw new CliError('too-large', `${path} is larger than ${maxBytes} bytes`);
  }
}

/** Over what is there already, as a drawing is made again and again. A new file is its owner's alone: it may name a resident. */
export async function writeNamed(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new CliError('cannot-write', `${path} cannot be written: ${error.code ?? error.message}`);
  });
}
