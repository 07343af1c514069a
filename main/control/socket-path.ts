import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

/** `sun_path` has room for 107 bytes on Linux and 103 on macOS. */
const LONGEST_BYTES = 100;

/** Where whoever keeps `folder` answers: a socket in it, or a pipe named after it. `name`: `control`, `simulators`. */
export function socketPath(folder: string, name: string): string {
  const whole = resolve(folder);
  const short = createHash('sha256').update(whole).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\jiujin-${name}-${short}`;
  const path = join(whole, `${name}.sock`);
  return Buffer.byteLength(path) <= LONGEST_BYTES ? path : join(tmpdir(), `jiujin-${name}-${short}.sock`);
}
