import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CodedError } from '../../drivers/core/index.ts';
import { type ServiceFile, serviceFile } from './service-file.ts';

/** A service file that cannot be used: which one, where in it, and why. */
export class CatalogueError extends CodedError<'bad-service-file'> {
  override readonly name = 'CatalogueError';

  constructor(message: string, options?: ErrorOptions) {
    super('bad-service-file', message, options);
  }
}

const MAX_FILE_BYTES = 256 * 1024;

/** One service file's text, checked. `name` is for the error. */
export function parseServiceFile(name: string, text: string): ServiceFile {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    throw new CatalogueError(`${name}: larger than ${MAX_FILE_BYTES} bytes`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CatalogueError(`${name}: not JSON (${(error as Error).message})`, { cause: error });
  }
  const parsed = serviceFile.safeParse(data);
  if (!parsed.success) throw new CatalogueError(`${name}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Service files by name, checked, by id. One bad file refuses them all: half a catalogue is nobody's intention. */
export function parseCatalogue(
  files: Iterable<readonly [name: string, text: string]>,
): ReadonlyMap<string, ServiceFile> {
  const services = new Map<string, ServiceFile>();
  for (const [name, text] of files) {
    const service = parseServiceFile(name, text);
    if (services.has(service.id)) throw new CatalogueError(`${name}: the id ${service.id} is used twice`);
    services.set(service.id, service);
  }
  return services;
}

/** All `*.json` of a folder, as `parseCatalogue`. */
export async function loadCatalogue(folder: string): Promise<ReadonlyMap<string, ServiceFile>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return parseCatalogue(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}
