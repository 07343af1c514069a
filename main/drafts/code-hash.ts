import { createHash } from 'node:crypto';

/** What the platform knows a code by: the same from every terminal of a city. 64 hexadecimal digits. */
export function codeHashOf(code: string): string {
  return createHash('sha256').update(`jiujin draft ${code}`).digest('hex');
}
