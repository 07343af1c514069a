import { createRequire } from 'node:module';
import { GlobalFonts } from '@napi-rs/canvas';
import { DeviceError } from '../drivers/core/index.ts';

const require = createRequire(import.meta.url);
/** Of our own: asked for a name, the canvas library reads through all families of the system, for each word that is drawn. */
const registered = new Set<string>();

/** Makes a package's font file known to every canvas of this process as `name`. A name registered twice is the same font. */
export function registerFont(name: string, file: string): void {
  if (registered.has(name)) return;
  if (!GlobalFonts.registerFromPath(require.resolve(file), name)) {
    throw new DeviceError('unsupported', `${file} is not a font`);
  }
  registered.add(name);
}
