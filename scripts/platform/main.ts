import { parseArgs } from 'node:util';
import { startPlatform } from './platform.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    token: { type: 'string', default: 'stand-in' },
  },
});
const { port, file, token } = values;
const platform = await startPlatform({ port: Number(port), token, ...(file !== undefined && { file }) });
process.stdout.write(`${JSON.stringify({ listening: platform.url, catalogueKey: platform.catalogueKey })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => platform.close());
