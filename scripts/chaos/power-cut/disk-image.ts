import type { Chance } from '../chance.ts';
import type { Act } from './trace.ts';

/** What a disk may tear a write at: a sector. */
const SECTOR_BYTES = 512;

/**
 * The files as a power cut after the last of `acts` may leave them: everything up to a file's last sync is there; of what came
 * after it, each write is there, or is not, or is torn at a sector, whatever its order. `before`: the files at the start.
 *
 * A file is assumed to have its name once it was synced, as ext4 and XFS do it, and a sync to be honest.
 */
export function filesAfterPowerCut(
  before: ReadonlyMap<string, Buffer>,
  acts: readonly Act[],
  chance: Chance,
): Map<string, Buffer> {
  const lastSync = new Map<string, number>();
  for (const [index, act] of acts.entries()) if (act.kind === 'sync') lastSync.set(act.file, index);
  const files = new Map([...before].map(([name, bytes]) => [name, new Growing(bytes)]));
  for (const [index, act] of acts.entries()) {
    if (act.kind !== 'write' && act.kind !== 'truncate') continue;
    const file = files.get(act.file) ?? new Growing(Buffer.alloc(0));
    files.set(act.file, file);
    if (index < (lastSync.get(act.file) ?? -1)) file.take(act);
    else file.takePerhaps(act, chance);
  }
  return new Map([...files].map(([name, file]) => [name, file.bytes()]));
}

type Change = Extract<Act, { kind: 'write' | 'truncate' }>;

class Growing {
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
