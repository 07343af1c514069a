import { SyncError } from './errors.ts';
import type { FetchAnswer } from './fetch.ts';

/** No answer of the platform's is near it; a certificate of 60 rows has some 20 kB. */
export const maxAnswerBytes = 1024 * 1024;

/** The JSON of a body; `undefined` where it is something else. Rejects `invalid-answer` when it is too long to be ours. */
export async function readBody(what: string, response: FetchAnswer): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxAnswerBytes) {
      throw new SyncError('invalid-answer', `${what}: an answer of more than ${maxAnswerBytes} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
