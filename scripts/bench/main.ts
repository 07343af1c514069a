import { cpus } from 'node:os';
import { readCommandLine } from '../command-line.ts';
import { benchCertificate } from './certificate.ts';
import { benchDrain } from './drain.ts';
import { benchEscpos } from './escpos.ts';
import { benchFace } from './face.ts';
import { benchFaceBrowser } from './face-browser.ts';
import { benchFaceMemory } from './face-memory.ts';
import { benchFaceSessions } from './face-sessions.ts';
import { benchIdCard } from './idcard.ts';
import { benchOutbox } from './outbox.ts';
import type { BenchResult } from './result.ts';
import { benchStartup } from './startup.ts';

const benches: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  certificate: benchCertificate,
  drain: benchDrain,
  escpos: benchEscpos,
  face: benchFace,
  'face-browser': benchFaceBrowser,
  'face-memory': benchFaceMemory,
  'face-sessions': benchFaceSessions,
  idcard: benchIdCard,
  outbox: benchOutbox,
  startup: benchStartup,
};
const USAGE = `npm run bench -- NAME [--json]\n\nNAME: ${Object.keys(benches).join(', ')}`;

const { values, positionals } = readCommandLine(USAGE, {
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const bench = benches[name];
if (values.help) console.log(USAGE);
else if (bench) {
  await bench().then(report, (error: unknown) => {
    refuse('failed', error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
} else {
  refuse('no-such-bench', `There is no bench "${name}".\n\n${USAGE}`);
  process.exitCode = 2;
}

function refuse(code: 'no-such-bench' | 'failed', message: string): void {
  if (values.json) console.log(JSON.stringify({ error: { code, message } }));
  else console.error(message);
}

function report(results: readonly BenchResult[]): void {
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`;
  if (values.json) {
    console.log(JSON.stringify({ bench: name, machine, results }));
    return;
  }
  console.log(machine);
  for (const { id, unit, median, p95, goal, met } of results) {
    const aim = goal === undefined ? '' : `   goal ${goal} ${met ? 'met' : 'MISSED'}`;
    console.log(
      `${id.padEnd(28)} ${median.toFixed(unit === '×' ? 2 : 1).padStart(9)} ${unit.padEnd(3)}   p95 ${p95?.toFixed(1) ?? '–'}${aim}`,
    );
  }
}
