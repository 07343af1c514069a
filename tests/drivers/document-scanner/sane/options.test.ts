import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../../../drivers/core/index.ts';
import type { ScanSettings } from '../../../../drivers/document-scanner/contract.ts';
import { feederOf, parseOptions, ticketFor } from '../../../../drivers/document-scanner/sane/options.ts';
import { failureOf } from '../../../../drivers/document-scanner/sane/status.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';

/** As scanimage 1.1.1 wrote it of the backend `test`. */
const written = readFileSync(new URL('./test-backend-options.txt', import.meta.url), 'utf8');
const options = (...lines: string[]) => parseOptions(lines.map((line) => `    ${line}\n`).join(''));
const settings: ScanSettings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 200 };

describe('the options of a SANE device', () => {
  test('are read as scanimage writes them', () => {
    const test = parseOptions(written);
    expect(test.get('mode')).toEqual({ name: 'mode', values: ['Gray', 'Color'], current: 'Gray', inactive: false });
    expect(test.get('resolution')).toMatchObject({ range: { min: 1, max: 1_200, step: 1 }, current: '50' });
    expect(test.get('source')?.values).toEqual(['Flatbed', 'Automatic Document Feeder']);
    expect(test.get('three-pass')).toMatchObject({ values: ['yes', 'no'], inactive: true });
    expect(test.get('x')).toMatchObject({ range: { min: 0, max: 200, step: 1 }, current: '80' });
    expect(test.get('print-options')).toMatchObject({ values: [], current: '' });
    expect(test.get('fixed-constraint-range')?.range).toEqual({ min: -42.17, max: 32_768, step: 2 });
    expect(test.size).toBe([...written.matchAll(/^ {4}-/gm)].length);
  });

  test.each([
    ['--resolution auto||75|150|300dpi [75]', ['75', '150', '300']],
    ['--adf-mode Simplex|Duplex [inactive]', ['Simplex', 'Duplex']],
    ['--mode Black & White|True Gray|24bit Color [24bit Color]', ['Black & White', 'True Gray', '24bit Color']],
    ['--page-loaded[=(yes|no)] [no] [hardware]', ['yes', 'no']],
  ])('%s', (line, values) => {
    expect([...options(line).values()][0]?.values).toEqual(values);
  });

  test('of which there are none are a protocol error', () => {
    expect(() => parseOptions('usage: scanimage\n')).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('whatever text comes, it is parsed or refused', () => {
    const word = fc.constantFrom('    --', 'a', '|', '[', ']', '=(', ')', '..', '1', 'dpi', ' ', '\n', '(in steps of ');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 200 }), (words) => {
        try {
          parseOptions(words.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(DeviceError);
        }
      }),
    );
  });

  test('a line made to be slow is not', () => {
    const startMs = performance.now();
    expect(() => parseOptions(`    --a ${'[a] '.repeat(50_000)}!\n`)).toThrow(DeviceError);
    expect(() => parseOptions(`    --a[=(${')'.repeat(100_000)}\n`)).toThrow(DeviceError);
    parseOptions(`    --a ${' '.repeat(100_000)}]\n    --b ${'[b'.repeat(50_000)}\n    --c\n`);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});

messageDecoderConformance(
  'scanimage -A',
  (bytes) => parseOptions(Buffer.from(bytes).toString('latin1')),
  Buffer.from(written),
);

describe('what scanimage is told', () => {
  const fujitsu = options(
    '--source ADF Front|ADF Back|ADF Duplex [ADF Front]',
    '--mode Lineart|Halftone|Gray|Color [Lineart]',
    '--resolution 50..600dpi (in steps of 1) [600]',
  );
  const epson = options('--source Flatbed|Automatic Document Feeder [Flatbed]', '--adf-mode Simplex|Duplex [inactive]');

  test.each([
    ['one side', fujitsu, {}, ['--source=ADF Front', '--mode=Color', '--resolution=200']],
    ['both sides', fujitsu, { duplex: true }, ['--source=ADF Duplex', '--mode=Color', '--resolution=200']],
    ['line art', fujitsu, { colour: 'black-white' }, ['--source=ADF Front', '--mode=Lineart', '--resolution=200']],
    ['a feeder with a mode', epson, {}, ['--source=Automatic Document Feeder', '--adf-mode=Simplex']],
    ['both sides by mode', epson, { duplex: true }, ['--source=Automatic Document Feeder', '--adf-mode=Duplex']],
    ['the glass', epson, { source: 'platen' }, ['--source=Flatbed', '--batch-count=1']],
    [
      'a scanner that is a glass and nothing else',
      options('--mode Gray [Gray]'),
      { source: 'platen' },
      ['--mode=Gray', '--batch-count=1'],
    ],
  ] as const)('%s', (_, device, change, args) => {
    expect(
      ticketFor(device, {
        ...settings,
        ...(change as Partial<ScanSettings>),
        ...(device.get('mode')?.values[0] === 'Gray' && { colour: 'grey' }),
      }).args,
    ).toEqual(args);
  });

  test('no more than A4, and no more than the device has', () => {
    expect(ticketFor(parseOptions(written), settings).args).toEqual([
      '--source=Automatic Document Feeder',
      '--mode=Color',
      '--resolution=200',
      '-x',
      '200',
      '-y',
      '200',
    ]);
  });

  test('line art comes as PNG, all else as JPEG', () => {
    expect(ticketFor(fujitsu, { ...settings, colour: 'black-white' }).mediaType).toBe('image/png');
    expect(ticketFor(fujitsu, { ...settings, colour: 'grey' }).mediaType).toBe('image/jpeg');
  });

  test.each([
    ['both sides of a feeder that has one', parseOptions(written), { duplex: true }],
    ['a feeder of a scanner without', options('--mode Color [Color]'), {}],
    ['the glass of a scanner without', fujitsu, { source: 'platen' }],
    ['colour of a scanner without', options('--source ADF [ADF]', '--mode Gray [Gray]'), {}],
  ] as const)('%s is refused', (_, device, change) => {
    expect(() => ticketFor(device, { ...settings, ...change })).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });
});

describe('the feeder of a SANE device', () => {
  const source = '--source ADF [ADF]';
  test.each([
    ['not-supported', options('--source Flatbed [Flatbed]')],
    ['unknown', options(source)],
    ['loaded', options(source, '--page-loaded[=(yes|no)] [yes] [hardware]')],
    ['empty', options(source, '--adf-loaded[=(yes|no)] [no] [hardware]')],
    ['open', options(source, '--page-loaded[=(yes|no)] [yes] [hardware]', '--cover-open[=(yes|no)] [yes] [hardware]')],
  ])('is %s', (state, device) => {
    expect(feederOf(device)).toBe(state);
  });
});

test.each([
  [1, 'scanimage: open of device x failed: Invalid argument', 'not-connected'],
  [1, 'scanimage: open of device x failed: Device busy', 'timeout'],
  [1, 'scanimage: open of device x failed: Access to resource has been denied', 'not-authorised'],
  [1, 'scanimage: no SANE devices found', 'not-connected'],
  [6, 'scanimage: sane_read: Document feeder jammed', 'media-jammed'],
  [7, 'scanimage: sane_start: Document feeder out of documents', 'no-media'],
  [8, 'scanimage: sane_start: Scanner cover is open', 'cover-open'],
  [9, 'scanimage: sane_read: Error during device I/O', 'hardware-error'],
  [11, 'cannot open /tmp/x/page1.jpg.part', 'hardware-error'],
  [undefined, '', 'hardware-error'],
  [127, '', 'hardware-error'],
])('exit code %s with %j is %s', (exitCode, complaint, code) => {
  expect(failureOf({ exitCode, output: '', complaint }).code).toBe(code);
});
