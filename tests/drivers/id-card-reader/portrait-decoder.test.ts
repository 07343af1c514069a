import { expect, test } from 'vitest';
import type { ProgramRunner } from '../../../drivers/core/index.ts';
import { externalPortraitDecoder, noPortraitDecoder } from '../../../drivers/id-card-reader/portrait-decoder.ts';
import { runProgram } from '../../../drivers/transport/program.ts';

const signal = new AbortController().signal;
const wlt = new Uint8Array(1_024).fill(9);

/** A decoder written in one line of JavaScript. */
function decoder(source: string, timeoutMs = 5_000) {
  return externalPortraitDecoder({ command: [process.execPath, '-e', source], timeoutMs, run: runProgram });
}
const answering = (hex: string): string =>
  `process.stdin.resume().on('end', () => process.stdout.write(Buffer.from('${hex}', 'hex')))`;

test('a machine without a decoder says that no portrait can be decoded there', async () => {
  expect(await noPortraitDecoder.decode(wlt, signal)).toEqual({ outcome: 'not-decodable-here' });
});

test.each([
  ['JPEG', 'FFD8FFE000104A464946'],
  ['PNG', '89504E470D0A1A0A0000000D'],
  ['BMP', '424DCE97000000000000'],
])('a %s from the program is the portrait', async (_, hex) => {
  expect(await decoder(answering(hex)).decode(wlt, signal)).toEqual({
    outcome: 'decoded',
    picture: Buffer.from(hex, 'hex'),
  });
});

test('the program gets the 1,024 bytes of the chip on its standard input', async () => {
  const echo = `let got = []; process.stdin.on('data', (d) => got.push(d)).on('end', () =>
    process.stdout.write(Buffer.concat([Buffer.from('BM'), ...got])))`;
  expect(await decoder(echo).decode(wlt, signal)).toEqual({
    outcome: 'decoded',
    picture: Buffer.concat([Buffer.from('BM'), wlt]),
  });
});

test.each([
  ['fails', `${answering('FFD8FFE0')}; process.exitCode = 5`],
  ['ends before it has read anything', 'process.exit(1)'],
  ['writes no picture', answering('00112233')],
  ['writes nothing', answering('')],
  ['writes without end', "setInterval(() => process.stdout.write(Buffer.alloc(65536, 'BM')), 1)"],
])('a program that %s has refused the portrait', async (_, source) => {
  expect(await decoder(source).decode(wlt, signal)).toEqual({ outcome: 'refused' });
});

test('a program that hangs is ended at its deadline', async () => {
  const startMs = performance.now();
  expect(await decoder('setInterval(() => {}, 1000)', 300).decode(wlt, signal)).toEqual({ outcome: 'refused' });
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

test('a program that will not end is gone before the next card comes', async () => {
  const source = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); process.stdout.write('BM')";
  const leaving = new AbortController();
  const running = Promise.withResolvers<unknown>();
  const run: ProgramRunner = (program, stop) => {
    const work = runProgram({ ...program, onOutput: () => leaving.abort(new Error('left')) }, stop);
    running.resolve(work);
    return work;
  };
  const decoding = externalPortraitDecoder({ command: [process.execPath, '-e', source], timeoutMs: 60_000, run });
  await expect(decoding.decode(wlt, leaving.signal)).rejects.toThrow('left');
  const startMs = performance.now();
  await running.promise.catch(() => undefined);
  expect(performance.now() - startMs).toBeLessThan(1_500);
});

test('a program that is not there decodes nothing here', async () => {
  const missing = externalPortraitDecoder({ command: ['/no/such/decoder'], timeoutMs: 1_000, run: runProgram });
  expect(await missing.decode(wlt, signal)).toEqual({ outcome: 'not-decodable-here' });
});

test('a caller who leaves ends the program', async () => {
  const leaving = new AbortController();
  const decoding = decoder('setInterval(() => {}, 1000)').decode(wlt, leaving.signal);
  leaving.abort(new Error('the resident has left'));
  await expect(decoding).rejects.toThrow('the resident has left');
});
