import { dirname } from 'node:path';
import type { Chance } from '../chance.ts';
import type { Act } from './trace.ts';

/** What a disk may tear a write at: a sector. */
const SECTOR_BYTES = 512;

/** What a name stands for, whatever it is called later. A folder is one without content. */
interface Inode {
  readonly before: Buffer;
  readonly changes: Change[];
  /** So many of `changes` were synced. */
  synced: number;
  /** Where an append goes. */
  endBytes: number;
}

type Change = Extract<Act, { kind: 'write' | 'truncate' }>;
/** One step of a folder: names that go, and one that begins. */
interface Naming {
  readonly gone?: string;
  readonly name?: string;
  readonly inode?: Inode;
}

interface Folder {
  readonly before: ReadonlyMap<string, Inode>;
  readonly namings: Naming[];
  synced: number;
}

/**
 * A disk that has taken acts, and its files as a power cut may leave them. Of a file's content everything up to its last sync is
 * there; of what came after it, each write is there, or is not, or is torn at a sector, whatever its order. Of the names in a
 * folder, all that was made, renamed and removed up to the folder's last sync is so; of what came after, a part, in its order, as
 * a file system keeps a journal of names.
 *
 * A sync is assumed to be honest. That of a file says nothing of its name, which is less than ext4 and XFS do.
 */
export class Disk {
  readonly #names = new Map<string, Inode>();
  readonly #folders = new Map<string, Folder>();

  /** `before`: the files at the start, by their path below the folder. */
  constructor(before: ReadonlyMap<string, Buffer>, acts: readonly Act[]) {
    const start = [...before].map(([name, bytes]) => [name, inodeOf(bytes)] as const);
    const above = new Set([...before.keys()].flatMap(foldersAbove));
    for (const folder of above) if (folder !== '') this.#names.set(folder, inodeOf());
    for (const [name, inode] of start) this.#names.set(name, inode);
    for (const folder of ['', ...above]) this.#folder(folder);
    for (const act of acts) this.#take(act);
  }

  /** Whether anything was written or named that no sync has followed yet. */
  hasUnsynced(): boolean {
    const inodes = [...this.#names.values()].some(({ changes, synced }) => changes.length > synced);
    return inodes || [...this.#folders.values()].some(({ namings, synced }) => namings.length > synced);
  }

  filesAfterPowerCut(chance: Chance): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    const left = new Map([...this.#folders].map(([path, folder]) => [path, namesAfter(folder, chance)]));
    const walk = (folder: string): void => {
      for (const [name, inode] of left.get(folder) ?? []) {
        if (left.has(name)) walk(name);
        else files.set(name, contentAfter(inode, chance));
      }
    };
    walk('');
    return files;
  }

  #take(act: Act): void {
    if (act.kind === 'write' || act.kind === 'truncate') this.#change(act.file, act);
    if (act.kind === 'append') {
      this.#change(act.file, { ...act, kind: 'write', offset: this.#inode(act.file).endBytes });
    }
    if (act.kind === 'sync') this.#sync(act.file);
    if (act.kind === 'make') this.#make(act.file, act.emptied);
    if (act.kind === 'make-folder') {
      this.#name(folderOf(act.file), { name: act.file, inode: inodeOf() });
      this.#folder(act.file);
    }
    if (act.kind === 'rename') {
      if (folderOf(act.file) !== folderOf(act.to)) throw new Error('a file was moved to another folder');
      this.#name(folderOf(act.file), { gone: act.file, name: act.to, inode: this.#inode(act.file) });
    }
    if (act.kind === 'remove') this.#name(folderOf(act.file), { gone: act.file });
  }

  #change(file: string, change: Change): void {
    const inode = this.#inode(file);
    inode.changes.push(change);
    inode.endBytes = change.kind === 'write' ? change.offset + change.bytes.length : change.sizeBytes;
  }

  #sync(file: string): void {
    const inode = this.#names.get(file);
    if (inode) inode.synced = inode.changes.length;
    const folder = this.#folders.get(file);
    if (folder) folder.synced = folder.namings.length;
  }

  #make(file: string, emptied: boolean): void {
    if (!this.#names.has(file)) this.#name(folderOf(file), { name: file, inode: inodeOf() });
    else if (emptied) this.#change(file, { kind: 'truncate', file, sizeBytes: 0 });
  }

  #name(folder: string, naming: Naming): void {
    this.#folder(folder).namings.push(naming);
    follow(this.#names, naming);
  }

  #inode(file: string): Inode {
    const inode = this.#names.get(file);
    if (!inode) throw new Error(`of ${file} nobody saw how it was made`);
    return inode;
  }

  /** Known from the first time that something in it is named. */
  #folder(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const before = new Map([...this.#names].filter(([name]) => folderOf(name) === path));
    const folder = { before, namings: [], synced: 0 };
    this.#folders.set(path, folder);
    return folder;
  }
}

function inodeOf(before: Buffer = Buffer.alloc(0)): Inode {
  return { before, changes: [], synced: 0, endBytes: 0 };
}

function folderOf(name: string): string {
  const folder = dirname(name);
  return folder === '.' ? '' : folder;
}

/** `a/b/c`: `a/b`, `a`, and the one above all. */
function foldersAbove(name: string): string[] {
  const folder = folderOf(name);
  return folder === '' ? [''] : [folder, ...foldersAbove(folder)];
}

function namesAfter({ before, namings, synced }: Folder, chance: Chance): Map<string, Inode> {
  const names = new Map(before);
  const many = synced + chance.upTo(namings.length - synced);
  for (const naming of namings.slice(0, many)) follow(names, naming);
  return names;
}

function follow(names: Map<string, Inode>, { gone, name, inode }: Naming): void {
  if (gone !== undefined) names.delete(gone);
  if (name !== undefined && inode) names.set(name, inode);
}

function contentAfter({ before, changes, synced }: Inode, chance: Chance): Buffer {
  const content = new Content(before);
  for (const [index, change] of changes.entries()) {
    if (index < synced) content.take(change);
    else content.takePerhaps(change, chance);
  }
  return content.bytes();
}

class Content {
  #room: Buffer;
  #sizeBytes: number;

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes);
    this.#sizeBytes = bytes.length;
  }

  bytes(): Buffer {
    return this.#room.subarray(0, this.#sizeBytes);
  }

  take(act: Change): void {
    if (act.kind === 'write') this.#write(act.bytes, act.offset);
    else this.#resize(act.sizeBytes);
  }

  takePerhaps(act: Change, chance: Chance): void {
    const fate = chance.oneOf(['there', 'lost', 'torn']);
    if (fate === 'lost') return;
    if (fate === 'there' || act.kind === 'truncate') this.take(act);
    else {
      const sectors = Math.floor(act.bytes.length / SECTOR_BYTES);
      this.#write(act.bytes.subarray(0, chance.upTo(sectors) * SECTOR_BYTES), act.offset);
    }
  }

  #write(bytes: Buffer, offset: number): void {
    if (bytes.length === 0) return;
    this.#resize(Math.max(this.#sizeBytes, offset + bytes.length));
    bytes.copy(this.#room, offset);
  }

  #resize(sizeBytes: number): void {
    if (sizeBytes > this.#room.length) this.#room = Buffer.concat([this.#room, Buffer.alloc(sizeBytes)]);
    if (sizeBytes < this.#sizeBytes) this.#room.fill(0, sizeBytes, this.#sizeBytes);
    this.#sizeBytes = sizeBytes;
  }
}
