import { expect, test } from 'vitest';
import { parseManifest, readManifest } from '../../../models/face/manifest.ts';

const other = '0'.repeat(64);

test('new weights without a new threshold do not start', () => {
  const manifest = structuredClone(readManifest());
  manifest.weights.embed.sha256 = other;
  expect(() => parseManifest(manifest)).toThrow(/measured with other weights/);
  manifest.thresholds.match.weights = other;
  expect(parseManifest(manifest).thresholds.match.weights).toBe(other);
});

test('new liveness weights without a new threshold do not start', () => {
  const manifest = structuredClone(readManifest());
  manifest.weights.liveness.sha256 = other;
  expect(() => parseManifest(manifest)).toThrow(/measured with other weights/);
});

test('the match threshold lies between the measured strangers and the measured same persons', () => {
  const { cosine } = readManifest().thresholds.match;
  expect(cosine).toBeGreaterThan(0.4673); // above it 1 of 10,000 pairs of different persons, models/README.md
  expect(cosine).toBeLessThan(0.67); // lowest of one person, chip against full size
});

test.each<[string, (manifest: ReturnType<typeof readManifest>) => void]>([
  [
    'a colour order that does not fit its channels',
    ({ weights }) => Object.assign(weights.detect.input, { colour: 'grey' }),
  ],
  ['a missing number for a channel', ({ weights }) => weights.pose.input.subtract.pop()],
  ['a division by zero', ({ weights }) => weights.pose.input.divide.fill(0)],
  ['a file outside its folder', ({ weights }) => Object.assign(weights.pose, { file: '../x.onnx' })],
  ['a network too few', ({ weights }) => Reflect.deleteProperty(weights, 'pose')],
  ['no alignment', (manifest) => Reflect.deleteProperty(manifest, 'alignment')],
  ['an alignment of four points', ({ alignment }) => Object.assign(alignment, { length: 4 })],
  ['an alignment outside the picture', ({ alignment }) => Object.assign(alignment[3], { y: 113 })],
  ['a face that is aligned to no square', ({ weights }) => Object.assign(weights.embed.input.shape, { 3: 128 })],
  ['a threshold of nothing', ({ thresholds }) => Object.assign(thresholds.match, { cosine: 0 })],
])('%s is refused', (_, spoil) => {
  const manifest = structuredClone(readManifest());
  spoil(manifest);
  expect(() => parseManifest(manifest)).toThrow(expect.objectContaining({ code: 'manifest-invalid' }));
});
