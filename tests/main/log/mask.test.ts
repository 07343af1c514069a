import { expect, test } from 'vitest';
import { mask } from '../../../main/log/mask.ts';

const idNumber = '230299197506180027';

test.each([
  ['a citizen number', idNumber],
  ['a number that ends in X', '23029919510309001X'],
  ['a number of fifteen digits', '110105750618002'],
  ['a permit number', 'ABC123456789012'],
  ['a mobile number', '13800138000'],
])('%s does not reach the log, wherever it stands in a text', (_, secret) => {
  const { text, alone } = mask({ text: `reading ${secret}, then ${secret}.`, alone: secret });
  expect([text, alone]).toEqual(['reading [masked], then [masked].', '[masked]']);
});

test.each([
  ['case numbers', 'LS03-20261121-0047'],
  ['instants', '2026-11-21T08:00:00.000Z'],
  ['ports and durations', 49_152],
  ['UUIDs', '0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11'],
  ['truth values', true],
])('%s stay readable', (_, value) => {
  expect(mask({ value })).toEqual({ value });
});

test('personal numbers are masked as numbers too', () => {
  expect(mask({ a: 13_800_138_000, b: BigInt(idNumber), c: 7n })).toEqual({ a: '[masked]', b: '[masked]', c: 7n });
});

test('fields named for personal data are masked whatever they hold, to any depth and in lists', () => {
  const fields = {
    visits: [{ identity: { card: 'x' }, steps: { name: '林晓岚', at: [{ portrait: 'AAAA' }, 3] } }],
    answers: { years: 3 },
  };
  expect(mask(fields)).toEqual({
    visits: [{ identity: '[masked]', steps: { name: '[masked]', at: [{ portrait: '[masked]' }, 3] } }],
    answers: '[masked]',
  });
});

test('bytes and embeddings are never written', () => {
  const fields = { a: Uint8Array.of(1, 2), b: new Float32Array(512), c: Buffer.from(idNumber), d: new ArrayBuffer(4) };
  expect(mask(fields)).toEqual({ a: '[masked]', b: '[masked]', c: '[masked]', d: '[masked]' });
});

test('of an error stay type, code, message and places, of its cause the same, and nothing that hangs on them', () => {
  const cause = Object.assign(new TypeError(`no field ${idNumber}`), { request: { headers: 'secret' } });
  const error = Object.assign(new Error('could not save', { cause }), { code: 'full', snapshot: 'secret' });
  const masked = mask({ error });
  expect(masked).toEqual({
    error: {
      type: 'Error',
      code: 'full',
      message: 'could not save',
      at: expect.arrayContaining([expect.stringContaining('mask.test.ts')]),
      cause: { type: 'TypeError', message: 'no field [masked]', at: expect.any(Array) },
    },
  });
  expect(JSON.stringify(masked)).not.toContain('secret');
});

test('what holds itself, or is as wide as a library’s socket, is written in no time', () => {
  const ring: Record<string, unknown> = { text: idNumber };
  ring['itself'] = ring;
  ring['many'] = Array.from({ length: 200 }, () => ring);
  const cause = new Error('round');
  cause.cause = cause;
  const wide = Array.from({ length: 100 }, (_, index): Record<string, unknown> => ({ index }));
  for (const item of wide) item['all'] = wide;
  const startedAt = performance.now();
  expect(JSON.stringify(mask({ ring, cause, wide }))).not.toContain(idNumber);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('instants in Date form and empty values keep their form', () => {
  expect(mask({ at: new Date(0), nothing: null, missing: undefined })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    nothing: null,
    missing: undefined,
  });
});
