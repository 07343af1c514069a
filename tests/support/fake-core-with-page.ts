import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

// A core whose page is served by the test that started it all, on the port of its second argument.
const [recordFile = '', port = '0'] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin });
lines.on('line', (text) => {
  appendFileSync(recordFile, `${text}\n`);
  const line: { type: string } = JSON.parse(text);
  const address = `http://127.0.0.1:${port}/`;
  const answer =
    line.type === 'start' ? { type: 'listening', port: Number(port), address } : { type: 'address', address };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
setInterval(() => process.stdout.write('{"type":"alive"}\n'), 1_000);
lines.on('close', () => {
  appendFileSync(recordFile, 'input ended\n');
  process.exit(0);
});
