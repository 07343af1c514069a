import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

// A core of which a shell sees only its protocol. Writes down what it is told; what it does is its second argument.
const [recordFile = '', behaviour = 'serve'] = process.argv.slice(2);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

let addresses = 0;
const address = (): string => {
  addresses += 1;
  return `http://127.0.0.1:4000/enter?token=${process.pid}-${addresses}`;
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (text) => {
  appendFileSync(recordFile, `${text}\n`);
  const line: { type: string; port?: number } = JSON.parse(text);
  if (line.type === 'address') {
    say({ type: 'address', address: address() });
    return;
  }
  if (behaviour === 'fail') {
    say({ type: 'failed', code: 'key-missing', message: 'a database without its key' });
    process.exit(1);
  }
  if (behaviour === 'hang') return;
  if (behaviour === 'babble') {
    process.stdout.write('a library says hello\n{"type":"listening"}\n[]\n');
  }
  if (behaviour === 'parent') {
    const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
    appendFileSync(recordFile, `${JSON.stringify({ child: pid })}\n`);
  }
  say({ type: 'listening', port: behaviour === 'move' ? 4_000 + (process.pid % 1_000) : 4_000, address: address() });
  if (behaviour !== 'mute') setInterval(() => say({ type: 'alive' }), 100);
});
lines.on('close', () => {
  if (behaviour !== 'stubborn') process.exit(0);
});
process.on('SIGTERM', () => undefined);
if (behaviour === 'stubborn') setInterval(() => undefined, 1_000);
