import { SerialPort } from 'serialport';
import { sleep } from '../../drivers/core/index.ts';
import { commands } from '../../drivers/id-card-reader/samv/commands.ts';
import { SamvDriver } from '../../drivers/id-card-reader/samv/driver.ts';
import { SamvSimulator } from '../../drivers/id-card-reader/samv/simulator.ts';
import { serialTransport } from '../../drivers/transport/serial.ts';
import { loadResidents } from '../platform/residents.ts';
import { portraitOnChip } from '../simulators/chip-portrait.ts';
import { servePty } from '../simulators/pty-far-end.ts';
import { type BenchResult, summary } from './result.ts';

const ROUNDS = 4;
const READS_PER_ROUND = 15;
/** The driver asks for a card three times a second at the most; its first find must not have to wait for that. */
const BETWEEN_MS = 400;
const BAUD_RATE = 115_200;
/** "Driver overhead median ≤ 5 ms". */
const GOAL_MS = 5;
/** Replies to find, select and read: head, SW1 to SW3, data, check byte. */
const REPLY_BYTES = [15, 19, 1_295] as const;

/**
 * Find, select and read over a real pseudo-terminal, against a reader that answers at once: the driver's whole call, and the
 * same bytes written and awaited by hand on the same pair. The two take turns, as these machines are noisy.
 */
export async function benchIdCard(): Promise<BenchResult[]> {
  const reader = new SamvSimulator();
  const line = await servePty(reader);
  const [driver, raw]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      driver.push(...(await timeDriver(reader, line.path)));
      raw.push(...(await timeRaw(reader, line.path)));
    }
  } finally {
    await line.close();
  }
  const [whole, bare] = [summary('read', driver), summary('raw-bytes', raw)];
  const overheadMs = Math.round((whole.median - bare.median) * 100) / 100;
  return [
    {
      ...whole,
      peer: { id: bare.id, median: bare.median },
      ratio: Math.round((bare.median / whole.median) * 100) / 100,
    },
    bare,
    { id: 'overhead', unit: 'ms', median: overheadMs, goal: GOAL_MS, met: overheadMs <= GOAL_MS },
  ];
}

async function timeDriver(reader: SamvSimulator, path: string): Promise<number[]> {
  const stop = new AbortController();
  const driver = new SamvDriver(serialTransport({ path, baudRate: BAUD_RATE }));
  const running = driver.run(stop.signal);
  await driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(10_000));
  const tookMs: number[] = [];
  for (let read = -1; read < READS_PER_ROUND; read += 1) {
    await sleep(BETWEEN_MS);
    placeCard(reader);
    const startedMs = performance.now();
    await driver.readCard(stop.signal);
    if (read >= 0) tookMs.push(performance.now() - startedMs);
  }
  stop.abort();
  await running;
  return tookMs;
}

async function timeRaw(reader: SamvSimulator, path: string): Promise<number[]> {
  const port = new SerialPort({ path, baudRate: BAUD_RATE, autoOpen: false });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  let received = 0;
  let onData = (): void => undefined;
  port.on('data', (chunk: Buffer) => {
    received += chunk.length;
    onData();
  });
  const requests = [commands.find.request, commands.select.request, commands.read.request];
  const tookMs: number[] = [];
  for (let read = -1; read < READS_PER_ROUND; read += 1) {
    await sleep(BETWEEN_MS);
    placeCard(reader);
    const startedMs = performance.now();
    for (const [step, request] of requests.entries()) {
      received = 0;
      const whole = new Promise<void>((resolve) => {
        onData = () => {
          if (received >= REPLY_BYTES[step]!) resolve();
        };
      });
      port.write(request);
      await whole;
    }
    if (read >= 0) tookMs.push(performance.now() - startedMs);
  }
  await new Promise((resolve) => port.close(resolve));
  return tookMs;
}

function placeCard(reader: SamvSimulator): void {
  const [resident] = [...loadResidents().values()];
  if (!resident) throw new Error('the stand-in platform has no residents');
  const { id: _id, portrait, ...text } = resident.person;
  reader.placeCard({ text: { ...text, cardType: 'citizen', idNumberValid: true }, wlt: portraitOnChip(portrait) });
}
