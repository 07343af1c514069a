import { z } from 'zod';
import { startPlatform } from '../../platform/platform.ts';

// The stand-in platform as a process that lasts no longer than whoever started it: ends with its input, or on SIGTERM.
const { port, file, token } = z
  .strictObject({ port: z.int(), file: z.string().min(1), token: z.string().min(1) })
  .parse(JSON.parse(process.argv[2] ?? ''));
const platform = await startPlatform({ port, file, token });
process.stdout.write(`${JSON.stringify({ listening: platform.url })}\n`);
process.stdin.resume().once('end', () => process.exit());
process.once('SIGTERM', async () => {
  await platform.close();
  process.exit();
});
