import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { conditionOf, feederTrouble } from '../../../../drivers/document-scanner/escl/condition.ts';
import { pathOfLocation } from '../../../../drivers/document-scanner/escl/location.ts';
import {
  colorModes,
  decodeCapabilities,
  decodeSettings,
  decodeStatus,
  encodeCapabilities,
  encodeSettings,
  encodeStatus,
  jobStates,
  type ScannerCapabilities,
  type ScanTicket,
  scannerStates,
} from '../../../../drivers/document-scanner/escl/messages.ts';
import { ticketFor } from '../../../../drivers/document-scanner/escl/ticket.ts';
import { MAX_XML_BYTES, parseXml } from '../../../../drivers/document-scanner/escl/xml.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import samples from './escl-messages.json' with { type: 'json' };

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const platen: ScanTicket = {
  source: 'Platen',
  duplex: false,
  colorMode: 'RGB24',
  format: 'image/jpeg',
  dpi: 300,
  width: 2480,
  height: 3508,
};
const protocol = expect.objectContaining({ code: 'protocol' });

describe('the messages of eSCL', () => {
  test('settings are written as the published ones are', () => {
    expect(Buffer.from(encodeSettings(platen)).toString()).toBe(samples.scanSettingsPlaten);
    const duplex = { ...platen, source: 'Feeder', duplex: true } as const;
    expect(Buffer.from(encodeSettings(duplex)).toString()).toBe(samples.scanSettingsAdfDuplex);
  });

  test('published settings are read', () => {
    expect(decodeSettings(bytes(samples.scanSettingsPlaten))).toEqual(platen);
    expect(decodeSettings(bytes(samples.scanSettingsAdfDuplex))).toEqual({ ...platen, source: 'Feeder', duplex: true });
  });

  test('published capabilities are read', () => {
    const profiles = [
      {
        colorModes: ['BlackAndWhite1', 'Grayscale8', 'RGB24'],
        formats: ['image/jpeg', 'application/pdf'],
        resolutions: [200, 300],
      },
    ];
    expect(decodeCapabilities(bytes(samples.scannerCapabilities))).toEqual({
      version: '2.63',
      makeAndModel: 'Test Scanner A4',
      serialNumber: 'SIM0001',
      platen: { maxWidth: 2550, maxHeight: 3508, profiles },
      feeder: { maxWidth: 2550, maxHeight: 4200, profiles },
      duplexFeeder: { maxWidth: 2550, maxHeight: 4200, profiles },
      detectsPaper: true,
    });
  });

  test.each([
    ['scannerStatusIdle', 'Idle', 'ScannerAdfEmpty', undefined, []],
    ['scannerStatusLoaded', 'Idle', 'ScannerAdfLoaded', undefined, []],
    ['scannerStatusBusy', 'Processing', 'ScannerAdfProcessing', 'Processing', ['JobScanning']],
    ['scannerStatusJam', 'Idle', 'ScannerAdfJam', 'Aborted', ['ErrorsDetected']],
    ['scannerStatusDone', 'Idle', 'ScannerAdfEmpty', 'Completed', ['JobCompletedSuccessfully']],
  ] as const)('the published %s is read', (sample, state, adfState, jobState, reasons) => {
    const jobs = jobState ? [{ uri: '/eSCL/ScanJobs/1001', state: jobState, reasons: [...reasons] }] : [];
    expect(decodeStatus(bytes(samples[sample]))).toEqual({ state, adfState, jobs });
  });

  test('elements count by their namespace, whatever their prefix is', () => {
    const other = samples.scannerStatusJam.replaceAll('pwg:', 'a:').replaceAll('scan:', 'b:');
    const renamed = other.replace('xmlns:pwg', 'xmlns:a').replace('xmlns:scan', 'xmlns:b');
    expect(decodeStatus(bytes(renamed))).toEqual(decodeStatus(bytes(samples.scannerStatusJam)));
    const wrong = samples.scannerStatusJam.replace('imaging/escl/2011/05/03', 'imaging/escl/2099');
    expect(() => decodeStatus(bytes(wrong))).toThrow(protocol);
    const moved = samples.scannerStatusJam.replace('http://www.pwg.org/schemas/2010/12/sm', 'urn:other');
    expect(() => decodeStatus(bytes(moved))).toThrow(protocol);
  });

  test('a range of resolutions is read', () => {
    const range =
      '<scan:ResolutionRange><scan:XResolutionRange><scan:Min>75</scan:Min><scan:Max>600</scan:Max>' +
      '<scan:Step>5</scan:Step></scan:XResolutionRange></scan:ResolutionRange>';
    const [before = '', rest = ''] = samples.scannerCapabilities.split('<scan:DiscreteResolutions>', 2);
    const after = samples.scannerCapabilities.slice(
      samples.scannerCapabilities.indexOf('</scan:DiscreteResolutions>') + '</scan:DiscreteResolutions>'.length,
    );
    expect(rest).not.toBe('');
    const { platen: glass } = decodeCapabilities(bytes(`${before}${range}${after}`));
    expect(glass?.profiles[0]?.resolutions).toEqual({ min: 75, max: 600, step: 5 });
  });

  const text = fc.string({ maxLength: 40 }).map((some) => some.replaceAll(/[^\x20-\x7e]/g, '').trim());
  const tickets = fc.record({
    source: fc.constantFrom('Platen', 'Feeder'),
    duplex: fc.boolean(),
    colorMode: fc.constantFrom(...colorModes),
    format: fc.constantFrom('image/jpeg', 'image/png'),
    dpi: fc.nat(9_600),
    width: fc.nat(9_999),
    height: fc.nat(9_999),
  });

  test('settings, statuses and capabilities survive writing and reading', () => {
    fc.assert(
      fc.property(tickets, (ticket) => {
        expect(decodeSettings(encodeSettings(ticket))).toEqual(ticket);
      }),
    );
    const job = fc.record({
      uri: text,
      state: fc.constantFrom(...jobStates),
      reasons: fc.array(text, { maxLength: 3 }),
    });
    const status = fc.record({
      state: fc.constantFrom(...scannerStates),
      adfState: text.filter((some) => some !== ''),
      jobs: fc.array(job, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(status, (some) => {
        expect(decodeStatus(encodeStatus(some))).toEqual(some);
      }),
    );
    const resolutions = fc.oneof(
      fc.array(fc.integer({ min: 1, max: 1_200 }), { maxLength: 5 }),
      fc.record({ min: fc.nat(99), max: fc.nat(1_200), step: fc.integer({ min: 1, max: 50 }) }),
    );
    const profile = fc.record({
      colorModes: fc.subarray([...colorModes]),
      formats: fc.subarray(['image/jpeg', 'image/png', 'application/pdf']),
      resolutions,
    });
    const input = fc.record({
      maxWidth: fc.nat(9_999),
      maxHeight: fc.nat(9_999),
      profiles: fc.array(profile, { maxLength: 2 }),
    });
    const capabilities = fc.record(
      {
        version: text,
        makeAndModel: text,
        serialNumber: text,
        platen: input,
        feeder: input,
        detectsPaper: fc.boolean(),
      },
      { requiredKeys: ['version', 'makeAndModel', 'serialNumber'] },
    );
    fc.assert(
      fc.property(capabilities, ({ detectsPaper = false, ...some }) => {
        const written = { ...some, detectsPaper: detectsPaper && some.feeder !== undefined };
        expect(decodeCapabilities(encodeCapabilities(written))).toEqual(written);
      }),
    );
  });
});

messageDecoderConformance('eSCL status', decodeStatus, bytes(samples.scannerStatusJam));
messageDecoderConformance('eSCL capabilities', decodeCapabilities, bytes(samples.scannerCapabilities));
messageDecoderConformance('eSCL settings', decodeSettings, bytes(samples.scanSettingsAdfDuplex));

describe('hostile XML', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  const entities = Array.from({ length: 10 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`);

  test.each([
    ['a billion laughs', `<!DOCTYPE a [<!ENTITY e0 "ha">${entities.join('')}]><a>&e10;</a>`],
    ['a file of this machine', '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>'],
    ['an outer document type', '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>'],
    ['an entity that nobody declared', '<a>&f;</a>'],
    ['elements as deep as the sea', nested(100_000)],
    ['elements without number', `<a>${'<b/>'.repeat(100_000)}</a>`],
    ['a prefix that is bound to nothing', '<p:a/>'],
    ['an attribute that comes twice', '<a b="" b=""/>'],
    ['no end', '<a><b>'],
    ['two roots', '<a/><b/>'],
    ['nothing', ''],
    ['text only', 'scanner'],
    ['more bytes than any scanner sends', `<a>${' '.repeat(MAX_XML_BYTES)}</a>`],
    ['many attributes', `<a ${Array.from({ length: 50_000 }, (_, at) => `b${at}=""`).join(' ')}`],
  ])('with %s is a protocol error, and soon', (_, text) => {
    const startMs = performance.now();
    expect(() => parseXml(bytes(text))).toThrow(protocol);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  test('what is no UTF-8 is a protocol error', () => {
    expect(() => parseXml(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e))).toThrow(protocol);
    expect(() => parseXml(Buffer.from(samples.scannerStatusIdle, 'utf16le'))).toThrow(protocol);
  });

  test('text is what stands in an element, entities and sections resolved', () => {
    expect(parseXml(bytes('<a> x &amp; <![CDATA[<y>]]>&#65; </a>'))).toMatchObject({ text: 'x & <y>A' });
  });
});

describe("a job's address", () => {
  test.each([
    ['http://192.0.2.99:8080/eSCL/ScanJobs/1', '/eSCL/ScanJobs/1'],
    ['http://[fe80::1%25eth0:80/eSCL/ScanJobs/1', '/eSCL/ScanJobs/1'],
    ['https://host/eSCL/ScanJobs/1/', '/eSCL/ScanJobs/1'],
    ['/eSCL/ScanJobs/1', '/eSCL/ScanJobs/1'],
    ['1', '/eSCL/ScanJobs/1'],
    ['', undefined],
    ['http://host', undefined],
    ['/a b', undefined],
    ['/a\r\nX: y', undefined],
    [`/${'a'.repeat(2_000)}`, undefined],
  ])('%j is the path %j', (location, path) => {
    expect(pathOfLocation(location, '/eSCL/ScanJobs')).toBe(path);
  });
});

describe('what a scanner is asked for', () => {
  const capabilities = decodeCapabilities(bytes(samples.scannerCapabilities));
  const profile = { colorModes: ['Grayscale8'], formats: ['image/jpeg'], resolutions: [100, 300, 600] } as const;
  const input = { maxWidth: 2550, maxHeight: 3508, profiles: [profile] };
  const grey: ScannerCapabilities = { ...capabilities, platen: input };
  const ask = (some: ScannerCapabilities, change: Partial<Parameters<typeof ticketFor>[1]> = {}) =>
    ticketFor(some, { source: 'platen', duplex: false, colour: 'grey', dpi: 200, ...change });

  test('the coarsest resolution that is fine enough, or the finest there is', () => {
    expect(ask(grey, { dpi: 101 }).dpi).toBe(300);
    expect(ask(grey, { dpi: 1_200 }).dpi).toBe(600);
    const range = { ...profile, resolutions: { min: 75, max: 600, step: 50 } };
    const ranged = { ...capabilities, platen: { ...input, profiles: [range] } };
    expect([1, 76, 200, 590, 999].map((dpi) => ask(ranged, { dpi }).dpi)).toEqual([75, 125, 225, 600, 600]);
  });

  test('grey where black and white cannot be had, and black and white as PNG where it can', () => {
    expect(ask(grey, { colour: 'black-white' })).toMatchObject({ colorMode: 'Grayscale8', format: 'image/jpeg' });
    const both = { ...profile, colorModes: ['BlackAndWhite1'], formats: ['image/png'] } as const;
    const png = { ...capabilities, platen: { ...input, profiles: [profile, both] } };
    expect(ask(png, { colour: 'black-white' })).toMatchObject({ colorMode: 'BlackAndWhite1', format: 'image/png' });
  });

  test.each([
    ['colour of a grey scanner', grey, { colour: 'colour' }],
    ['a glass that it has not', { ...capabilities, platen: undefined }, {}],
    ['a feeder that it has not', { ...capabilities, feeder: undefined, duplexFeeder: undefined }, { source: 'feeder' }],
    ['back sides that it cannot see', { ...capabilities, duplexFeeder: undefined }, { source: 'feeder', duplex: true }],
  ] as const)('%s is refused', (_, some, change) => {
    const { platen: glass, feeder, duplexFeeder, ...rest } = some;
    const present = {
      ...rest,
      ...(glass && { platen: glass }),
      ...(feeder && { feeder }),
      ...(duplexFeeder && { duplexFeeder }),
    };
    expect(() => ask(present, change)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('the words for a feeder', () => {
  const capabilities = decodeCapabilities(bytes(samples.scannerCapabilities));
  const { feeder: _, duplexFeeder: __, ...glassOnly } = capabilities;

  test.each([
    ['ScannerAdfLoaded', 'loaded', undefined],
    ['ScannerAdfEmpty', 'empty', 'no-media'],
    ['ScannerAdfJam', 'jammed', 'media-jammed'],
    ['ScannerAdfMispick', 'jammed', 'media-jammed'],
    ['ScannerAdfMultipickDetected', 'jammed', 'media-jammed'],
    ['ScannerAdfHatchOpen', 'open', 'cover-open'],
    ['ScannerAdfDoorOpen', 'open', 'cover-open'],
    ['ScannerAdfDuplexPageTooShort', 'jammed', 'invalid-media'],
    ['ScannerAdfProcessing', 'unknown', undefined],
    ['ScannerAdfOfTomorrow', 'unknown', undefined],
  ])('%s is %s', (adfState, feeder, code) => {
    const status = { state: 'Idle', adfState, jobs: [] } as const;
    expect(conditionOf(status, capabilities)).toEqual({ feeder });
    expect(feederTrouble(status)?.code).toBe(code);
    expect(conditionOf(status, glassOnly)).toEqual({ feeder: 'not-supported' });
  });

  test.each([
    ['Down', 'ScannerAdfLoaded', 'hardware-error'],
    ['Stopped', 'ScannerAdfJam', 'media-jammed'],
    ['Stopped', 'ScannerAdfEmpty', 'user-error'],
    ['Testing', 'ScannerAdfLoaded', 'timeout'],
  ] as const)('a scanner that is %s with %s is out of service: %s', (state, adfState, code) => {
    expect(conditionOf({ state, adfState, jobs: [] }, capabilities).trouble?.code).toBe(code);
  });
});
