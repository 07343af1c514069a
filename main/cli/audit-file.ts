import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { EXPORT_LINE_MAX, type ExportHeader } from '../audit/export-file.ts';
import { AUDIT_PAGE_MAX } from '../control/audit-protocol.ts';
import type { controlContract } from '../control/protocol.ts';
import type { RpcClient } from '../processes/rpc.ts';
import { CliError } from './cli-error.ts';

const forever = new AbortController().signal;
/** A pipe without a writer would be waited for at its opening. Windows has no such flag, and no such pipes in folders. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Writes the record as it stands to a new file that only its owner can read, a page at a time. Nothing is left of one that could
 * not be finished.
 */
export async function exportAudit(core: RpcClient<typeof controlContract>, path: string): Promise<ExportHeader> {
  const file = await open(path, 'wx', 0o600).catch(cannotWrite(path));
  try {
    const { terminal, at: exportedAt, suite, last, hash } = await core.call('auditExport', null, forever);
    const header: ExportHeader = {
      format: 'jiujin-audit',
      version: 1,
      terminal,
      suite,
      exportedAt,
      first: 1,
      last,
      hash,
    };
    await file.appendFile(`${JSON.stringify(header)}\n`).catch(cannotWrite(path));
    for (let after = 0; after < last; ) {
      const limit = Math.min(AUDIT_PAGE_MAX, last - after);
      const { lines } = await core.call('auditPage', { after, limit }, forever);
      // Entries that are gone are for the check to tell; what there is goes out.
      const within = lines.filter(({ seq }) => seq <= last);
      if (within.length === 0) break;
      await file.appendFile(within.map((line) => `${JSON.stringify(line)}\n`).join('')).catch(cannotWrite(path));
      after = within.at(-1)!.seq;
    }
    await file.sync().catch(cannotWrite(path));
    await file.close();
    return header;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
}

function cannotWrite(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw new CliError('cannot-write', `${path} cannot be written: ${error.code ?? error.message}`);
  };
}

/** The lines of a file, of which a single one is in memory. A line that is too long ends as one that cannot be read. */
export async function* exportLines(path: string): AsyncGenerator<string> {
  const file = await openFile(path);
  try {
    let rest = '';
    for await (const chunk of file.createReadStream({ encoding: 'utf8', autoClose: false })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
      if (rest.length > EXPORT_LINE_MAX) break;
    }
    if (rest !== '') yield rest;
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, READ).catch((error: NodeJS.ErrnoException) => {
    throw new CliError('cannot-read', `${path} cannot be read: ${error.code ?? error.message}`);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new CliError('cannot-read', `${path} is not a file`);
}
