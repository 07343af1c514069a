import { DeviceError } from '../../core/index.ts';
import type { ScanSettings } from '../contract.ts';
import type { ColorMode, InputCapabilities, ScannerCapabilities, ScanTicket, SettingProfile } from './messages.ts';

/** In 1/300 inch. */
const A4 = { width: 2480, height: 3508 } as const;

/** The mode for what is asked, then those that hold all of it. */
const modesFor: Readonly<Record<ScanSettings['colour'], readonly ColorMode[]>> = {
  colour: ['RGB24'],
  grey: ['Grayscale8', 'RGB24'],
  'black-white': ['BlackAndWhite1', 'Grayscale8', 'RGB24'],
};

/** What to ask of this scanner. Fails `unsupported` where it has no such source, cannot turn sheets, or makes no picture we take. */
export function ticketFor(capabilities: ScannerCapabilities, settings: ScanSettings): ScanTicket {
  const input = inputFor(capabilities, settings);
  for (const colorMode of modesFor[settings.colour]) {
    const format = colorMode === 'BlackAndWhite1' ? 'image/png' : 'image/jpeg'; // JPEG has no pixels of one bit
    const profile = input.profiles.find((each) => each.colorModes.includes(colorMode) && each.formats.includes(format));
    const dpi = profile && resolutionFor(profile.resolutions, settings.dpi);
    if (dpi === undefined) continue;
    return {
      source: settings.source === 'feeder' ? 'Feeder' : 'Platen',
      duplex: settings.source === 'feeder' && settings.duplex,
      colorMode,
      format,
      dpi,
      width: Math.min(A4.width, input.maxWidth || A4.width),
      height: Math.min(A4.height, input.maxHeight || A4.height),
    };
  }
  throw unsupported(`no JPEG in ${settings.colour} from the ${settings.source}`);
}

function inputFor(capabilities: ScannerCapabilities, { source, duplex }: ScanSettings): InputCapabilities {
  if (source === 'platen') return capabilities.platen ?? refuse('it has no glass');
  if (duplex) return capabilities.duplexFeeder ?? refuse('it has no feeder that scans both sides');
  // A feeder that scans both sides scans one side too; not every scanner lists that.
  return capabilities.feeder ?? capabilities.duplexFeeder ?? refuse('it has no feeder');
}

function resolutionFor(resolutions: SettingProfile['resolutions'], wanted: number): number | undefined {
  if (!('min' in resolutions)) {
    const rising = [...resolutions].sort((one, other) => one - other);
    return rising.find((dpi) => dpi >= wanted) ?? rising.at(-1);
  }
  const { min, max, step } = resolutions;
  const enough = min + Math.ceil(Math.max(0, wanted - min) / step) * step;
  return enough <= max ? enough : max;
}

function refuse(why: string): never {
  throw unsupported(why);
}

function unsupported(why: string): DeviceError {
  return new DeviceError('unsupported', `eSCL scanner: ${why}`);
}
