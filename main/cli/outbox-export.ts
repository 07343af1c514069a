import { createWriteStream, openSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { pagePartBytes } from '../control/outbox-protocol.ts';
import { controlContract } from '../control/protocol.ts';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';
import { withTerminal } from './terminal.ts';

export interface ExportOptions {
  readonly terminal: string | undefined;
  readonly caseNumber: string;
  readonly to: string;
}

export interface Exported {
  readonly to: string;
  readonly materials: number;
  /** Papers whose file is damaged or gone. */
  readonly damaged: number;
}

const forever = new AbortController().signal;
const ignore = (): void => undefined;
const endings = { 'image/jpeg': 'jpg', 'image/png': 'png', 'application/pdf': 'pdf' } as const;

/**
 * A ZIP at `to` with `case.json` and the papers, mode 0600, never over another file. Not sealed: whoever it is for has no key
 * of this terminal, and what opens with a double click is not copied by other ways. Rejects with a CliError.
 */
export async function exportCase({ terminal, caseNumber, to }: ExportOptions): Promise<Exported> {
  const found = await withTerminal(controlContract, terminal, ignore, (core) =>
    core.call('outboxExport', { caseNumber }, forever),
  );
  const file = openNew(to);
  try {
    const zip = new ZipFile();
    const written = pipeline(zip.outputStream, createWriteStream(to, { fd: file, flush: true }));
    zip.addBuffer(Buffer.from(JSON.stringify(found, undefined, 2)), 'case.json', { mode: 0o600 });
    let damaged = 0;
    for (const [index, { materialId, label, mediaType }] of found.materials.entries()) {
      const name = `materials/${String(index + 1).padStart(3, '0')}-${label}`;
      const pages = await readPaper(terminal, caseNumber, materialId);
      damaged += pages === undefined ? 1 : 0;
      // One at a time: two hundred papers do not fit into memory.
      if (pages) await added(zip, pages, `${name}.${endings[mediaType]}`);
      else
        zip.addBuffer(Buffer.from('This paper is damaged on the terminal.\n'), `${name}.unreadable.txt`, {
          mode: 0o600,
        });
    }
    zip.end();
    await written;
    return { to, materials: found.materials.length - damaged, damaged };
  } catch (error) {
    rmSync(to, { force: true }); // half a case helps nobody, and is personal data
    throw error;
  }
}

function openNew(to: string): number {
  try {
    return openSync(to, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already: name another file' : `cannot be written (${code})`;
    throw new CliError('not-written', `${printable(to)} ${why}`, { cause: error });
  }
}

/** Resolves when the ZIP has taken all of `bytes`. */
async function added(zip: ZipFile, bytes: Buffer, name: string): Promise<void> {
  const stream = Readable.from(parts(bytes));
  const taken = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  zip.addReadStream(stream, name, { mode: 0o600, compress: false }); // pictures are compressed already
  await taken;
}

function* parts(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += pagePartBytes) yield bytes.subarray(at, at + pagePartBytes);
}

/** `undefined` where its file is damaged or gone. A connection each, as one client may not ask for ever. */
async function readPaper(
  terminal: string | undefined,
  caseNumber: string,
  materialId: string,
): Promise<Buffer | undefined> {
  try {
    return await withTerminal(controlContract, terminal, ignore, async (core) => {
      const read: Buffer[] = [];
      for (let offset = 0; ; ) {
        const { base64 } = await core.call('outboxPage', { caseNumber, materialId, offset }, forever);
        const part = Buffer.from(base64, 'base64');
        read.push(part);
        offset += part.length;
        if (part.length < pagePartBytes) return Buffer.concat(read);
      }
    });
  } catch (error) {
    if (error instanceof CliError && error.code === 'sealed-data-damaged') return undefined;
    throw error;
  }
}
