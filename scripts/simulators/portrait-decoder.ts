import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { nameOnChip } from './chip-portrait.ts';

/**
 * Stands where a licensed decoder's program stands: 1,024 bytes in, a picture out, exit code 1 where it cannot.
 * Usage: node scripts/simulators/portrait-decoder.ts FOLDER
 */
const name = nameOnChip(await buffer(process.stdin));
if (!name) process.exit(1);
await pipeline(createReadStream(join(process.argv[2] ?? '.', `${name}-portrait.jpg`)), process.stdout);
