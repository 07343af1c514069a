import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benchFace } from './face.ts';
import type { BenchResult } from './result.ts';
import { benchStartup } from './startup.ts';

const benches: Readonly<Record<string, () => Promise<BenchResult[]>>> = { face: benchFace, startup: benchStartup };
const USAGE = `npm run bench -- NAME [--json]\n\nNAME: ${Object.keys(benches).join(', ')}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const bench = benches[name];
if (values.help || !bench) {
  const message = values.help ? USAGE : `There is no bench "${name}".\n\n${USAGE}`;
  if (values.json && !values.help) console.log(JSON.stringify({ error: { code: 'no-such-bench', message } }));
  else console.log(message);
  process.exit(values.help ? 0 : 2);
}

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`;
const results = await bench();
if (values.json) {
  console.log(JSON.stringify({ bench: name, machine, results }));
} else {
  console.log(machine);
  for (const { id, unit, median, p95, goal, met } of results) {
    const aim = goal === undefined ? '' : `   goal ${goal} ${met ? 'met' : 'MISSED'}`;
    console.log(`${id.padEnd(28)} ${median.toFixed(1).padStart(9)} ${unit}   p95 ${p95?.toFixed(1) ?? '–'}${aim}`);
  }
}
