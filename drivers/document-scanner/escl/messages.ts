import { DeviceError } from '../../core/index.ts';
import { escapeXml, parseXml, type XmlElement } from './xml.ts';

/**
 * The XML bodies of eSCL (Mopria), as OpenPrinting go-mfp `proto/escl`, AirSane and sane-airscan agree on them. Lengths are in
 * 1/300 inch, resolutions in dots per inch.
 */
export const namespaces = {
  scan: 'http://schemas.hp.com/imaging/escl/2011/05/03',
  pwg: 'http://www.pwg.org/schemas/2010/12/sm',
} as const;

export const colorModes = ['BlackAndWhite1', 'Grayscale8', 'Grayscale16', 'RGB24', 'RGB48'] as const;
export type ColorMode = (typeof colorModes)[number];

export const scannerStates = ['Idle', 'Processing', 'Testing', 'Stopped', 'Down'] as const;
export type ScannerState = (typeof scannerStates)[number];

export const jobStates = ['Canceled', 'Aborted', 'Completed', 'Pending', 'Processing', 'PendingHeld'] as const;
export type JobState = (typeof jobStates)[number];

/** A set of values that go together. */
export interface SettingProfile {
  readonly colorModes: readonly ColorMode[];
  /** Media types. */
  readonly formats: readonly string[];
  readonly resolutions: readonly number[] | { readonly min: number; readonly max: number; readonly step: number };
}

export interface InputCapabilities {
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly profiles: readonly SettingProfile[];
}

export interface ScannerCapabilities {
  readonly version: string;
  readonly makeAndModel: string;
  readonly serialNumber: string;
  readonly platen?: InputCapabilities;
  readonly feeder?: InputCapabilities;
  readonly duplexFeeder?: InputCapabilities;
  /** Whether `ScannerAdfEmpty` is what a sensor says. */
  readonly detectsPaper: boolean;
}

export interface JobInfo {
  readonly uri: string;
  readonly state: JobState | undefined;
  readonly reasons: readonly string[];
}

export interface ScannerStatus {
  readonly state: ScannerState;
  /** As it stands: there are more words than any list of them. */
  readonly adfState?: string;
  readonly jobs: readonly JobInfo[];
}

/** What one job is asked to do. */
export interface ScanTicket {
  readonly source: 'Platen' | 'Feeder';
  readonly duplex: boolean;
  readonly colorMode: ColorMode;
  readonly format: string;
  readonly dpi: number;
  readonly width: number;
  readonly height: number;
}

/** Names and serial numbers are for technicians; nobody's is longer. */
const MAX_TEXT = 256;
const MAX_JOBS = 100;

export function decodeCapabilities(bytes: Uint8Array): ScannerCapabilities {
  const root = document(bytes, 'ScannerCapabilities');
  const adf = child(root, 'scan', 'Adf');
  const platen = input(child(child(root, 'scan', 'Platen'), 'scan', 'PlatenInputCaps'));
  const feeder = input(child(adf, 'scan', 'AdfSimplexInputCaps'));
  const duplexFeeder = input(child(adf, 'scan', 'AdfDuplexInputCaps'));
  const options = children(child(adf, 'scan', 'AdfOptions'), 'scan', 'AdfOption').map(({ text }) => text);
  return {
    version: textOf(root, 'pwg', 'Version'),
    makeAndModel: textOf(root, 'pwg', 'MakeAndModel'),
    serialNumber: textOf(root, 'pwg', 'SerialNumber'),
    ...(platen && { platen }),
    ...(feeder && { feeder }),
    ...(duplexFeeder && { duplexFeeder }),
    detectsPaper: options.includes('DetectPaperLoaded'),
  };
}

function input(caps: XmlElement | undefined): InputCapabilities | undefined {
  if (!caps) return undefined;
  const profiles = children(child(caps, 'scan', 'SettingProfiles'), 'scan', 'SettingProfile').map(profile);
  return {
    maxWidth: numberOf(caps, 'scan', 'MaxWidth') ?? 0,
    maxHeight: numberOf(caps, 'scan', 'MaxHeight') ?? 0,
    profiles,
  };
}

function profile(element: XmlElement): SettingProfile {
  const formats = child(element, 'scan', 'DocumentFormats');
  const modes = children(child(element, 'scan', 'ColorModes'), 'scan', 'ColorMode').map(({ text }) => text);
  const named = [...children(formats, 'pwg', 'DocumentFormat'), ...children(formats, 'scan', 'DocumentFormatExt')];
  return {
    colorModes: colorModes.filter((mode) => modes.includes(mode)),
    formats: [...new Set(named.map(({ text }) => text.toLowerCase()))],
    resolutions: resolutions(child(element, 'scan', 'SupportedResolutions')),
  };
}

/** Across and down alike where both are listed: a picture is not to be stretched. */
function resolutions(element: XmlElement | undefined): SettingProfile['resolutions'] {
  const range = child(child(element, 'scan', 'ResolutionRange'), 'scan', 'XResolutionRange');
  const [min, max] = [numberOf(range, 'scan', 'Min'), numberOf(range, 'scan', 'Max')];
  if (min !== undefined && max !== undefined) return { min, max, step: numberOf(range, 'scan', 'Step') || 1 };
  const discrete = children(child(element, 'scan', 'DiscreteResolutions'), 'scan', 'DiscreteResolution');
  return discrete.flatMap((each) => {
    const across = numberOf(each, 'scan', 'XResolution');
    return across !== undefined && across > 0 && across === numberOf(each, 'scan', 'YResolution') ? [across] : [];
  });
}

/** Fails `protocol` where the scanner does not say how it is. */
export function decodeStatus(bytes: Uint8Array): ScannerStatus {
  const root = document(bytes, 'ScannerStatus');
  const state = textOf(root, 'pwg', 'State');
  const adfState = textOf(root, 'scan', 'AdfState');
  const jobs = children(child(root, 'scan', 'Jobs'), 'scan', 'JobInfo').slice(0, MAX_JOBS);
  return {
    state: scannerStates.find((each) => each === state) ?? unexpected('a state of the scanner that eSCL does not know'),
    ...(adfState && { adfState }),
    jobs: jobs.map((job) => ({
      uri: child(job, 'pwg', 'JobUri')?.text ?? '',
      state: jobStates.find((each) => each === textOf(job, 'pwg', 'JobState')),
      reasons: children(child(job, 'pwg', 'JobStateReasons'), 'pwg', 'JobStateReason').map(shortened),
    })),
  };
}

export function decodeSettings(bytes: Uint8Array): ScanTicket {
  const root = document(bytes, 'ScanSettings');
  const region = child(child(root, 'pwg', 'ScanRegions'), 'pwg', 'ScanRegion');
  const source = textOf(root, 'pwg', 'InputSource');
  const mode = textOf(root, 'scan', 'ColorMode');
  return {
    source: source === 'Platen' || source === 'Feeder' ? source : unexpected('an input source that eSCL does not know'),
    duplex: textOf(root, 'scan', 'Duplex') === 'true',
    colorMode: colorModes.find((each) => each === mode) ?? unexpected('a colour mode that eSCL does not know'),
    format: textOf(root, 'scan', 'DocumentFormatExt') || textOf(root, 'pwg', 'DocumentFormat'),
    dpi: numberOf(root, 'scan', 'XResolution') ?? 0,
    width: numberOf(region, 'pwg', 'Width') ?? 0,
    height: numberOf(region, 'pwg', 'Height') ?? 0,
  };
}

export function encodeSettings(ticket: ScanTicket): Uint8Array {
  const region = [
    ['pwg:ContentRegionUnits', 'escl:ThreeHundredthsOfInches'],
    ['pwg:XOffset', 0],
    ['pwg:YOffset', 0],
    ['pwg:Width', ticket.width],
    ['pwg:Height', ticket.height],
  ] as const;
  return written('ScanSettings', [
    tag('pwg:Version', '2.0'),
    tag('scan:Intent', 'Document'),
    raw('pwg:ScanRegions', raw('pwg:ScanRegion', region.map(([name, value]) => tag(name, value)).join(''))),
    tag('pwg:InputSource', ticket.source),
    tag('scan:ColorMode', ticket.colorMode),
    tag('pwg:DocumentFormat', ticket.format),
    tag('scan:DocumentFormatExt', ticket.format),
    tag('scan:XResolution', ticket.dpi),
    tag('scan:YResolution', ticket.dpi),
    ticket.duplex ? tag('scan:Duplex', 'true') : '',
  ]);
}

export function encodeStatus({ state, adfState, jobs }: ScannerStatus): Uint8Array {
  const infos = jobs.map((job) => {
    const reasons = job.reasons.map((reason) => tag('pwg:JobStateReason', reason)).join('');
    const jobState = job.state ? tag('pwg:JobState', job.state) : '';
    return raw('scan:JobInfo', `${tag('pwg:JobUri', job.uri)}${jobState}${raw('pwg:JobStateReasons', reasons)}`);
  });
  return written('ScannerStatus', [
    tag('pwg:Version', '2.63'),
    tag('pwg:State', state),
    adfState ? tag('scan:AdfState', adfState) : '',
    infos.length > 0 ? raw('scan:Jobs', infos.join('')) : '',
  ]);
}

export function encodeCapabilities(capabilities: ScannerCapabilities): Uint8Array {
  const { platen, feeder, duplexFeeder, detectsPaper } = capabilities;
  const options = [...(detectsPaper ? ['DetectPaperLoaded'] : []), ...(duplexFeeder ? ['Duplex'] : [])];
  const adf = [
    feeder ? raw('scan:AdfSimplexInputCaps', writtenInput(feeder)) : '',
    duplexFeeder ? raw('scan:AdfDuplexInputCaps', writtenInput(duplexFeeder)) : '',
    raw('scan:AdfOptions', options.map((option) => tag('scan:AdfOption', option)).join('')),
  ];
  return written('ScannerCapabilities', [
    tag('pwg:Version', capabilities.version),
    tag('pwg:MakeAndModel', capabilities.makeAndModel),
    tag('pwg:SerialNumber', capabilities.serialNumber),
    platen ? raw('scan:Platen', raw('scan:PlatenInputCaps', writtenInput(platen))) : '',
    feeder || duplexFeeder ? raw('scan:Adf', adf.join('')) : '',
  ]);
}

function writtenInput({ maxWidth, maxHeight, profiles }: InputCapabilities): string {
  const written = profiles.map(({ colorModes: modes, formats, resolutions: dpi }) =>
    raw(
      'scan:SettingProfile',
      [
        raw('scan:ColorModes', modes.map((mode) => tag('scan:ColorMode', mode)).join('')),
        raw('scan:DocumentFormats', formats.map((format) => tag('scan:DocumentFormatExt', format)).join('')),
        raw('scan:SupportedResolutions', 'min' in dpi ? writtenRange(dpi) : writtenDiscrete(dpi)),
      ].join(''),
    ),
  );
  const size = tag('scan:MaxWidth', maxWidth) + tag('scan:MaxHeight', maxHeight);
  return size + raw('scan:SettingProfiles', written.join(''));
}

function writtenDiscrete(dpi: readonly number[]): string {
  const pairs = dpi.map((each) => tag('scan:XResolution', each) + tag('scan:YResolution', each));
  return raw('scan:DiscreteResolutions', pairs.map((pair) => raw('scan:DiscreteResolution', pair)).join(''));
}

function writtenRange({ min, max, step }: { min: number; max: number; step: number }): string {
  const range = tag('scan:Min', min) + tag('scan:Max', max) + tag('scan:Step', step);
  return raw('scan:ResolutionRange', raw('scan:XResolutionRange', range) + raw('scan:YResolutionRange', range));
}

function written(root: string, parts: readonly string[]): Uint8Array {
  const declared = Object.entries(namespaces).reverse();
  const attributes = declared.map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`).join('');
  const text = `<scan:${root}${attributes}>${parts.join('')}</scan:${root}>`;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${text}`);
}

function tag(name: string, value: string | number): string {
  return raw(name, escapeXml(String(value)));
}

function raw(name: string, inside: string): string {
  return `<${name}>${inside}</${name}>`;
}

function document(bytes: Uint8Array, name: string): XmlElement {
  const root = parseXml(bytes);
  if (root.namespace !== namespaces.scan || root.name !== name) unexpected(`a document that is no ${name}`);
  return root;
}

type Prefix = keyof typeof namespaces;

function children(parent: XmlElement | undefined, prefix: Prefix, name: string): readonly XmlElement[] {
  return (parent?.children ?? []).filter((each) => each.name === name && each.namespace === namespaces[prefix]);
}

function child(parent: XmlElement | undefined, prefix: Prefix, name: string): XmlElement | undefined {
  return parent?.children.find((each) => each.name === name && each.namespace === namespaces[prefix]);
}

function shortened({ text }: XmlElement): string {
  return text.slice(0, MAX_TEXT);
}

function textOf(parent: XmlElement | undefined, prefix: Prefix, name: string): string {
  const element = child(parent, prefix, name);
  return element ? shortened(element) : '';
}

function numberOf(parent: XmlElement | undefined, prefix: Prefix, name: string): number | undefined {
  const text = textOf(parent, prefix, name);
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function unexpected(what: string): never {
  throw new DeviceError('protocol', `eSCL: ${what}`);
}
