import { z } from 'zod';
import type { Meta } from './meta.ts';

/** A database that was damaged and was replaced by the last good copy, or by an empty one. Nothing personal. */
export const storeIncident = z.object({
  /** ISO 8601, UTC; so the two below. */
  restoredAt: z.iso.datetime(),
  /** What was stored between these two may be lost. `null`: since this terminal began, as there was no good copy. */
  lostFrom: z.iso.datetime().nullable(),
  lostTo: z.iso.datetime(),
  /** Cases and deliveries that were not in the copy and could be brought over from the damaged file. */
  salvaged: z.int().min(0),
  /** Rows of the damaged file that were found and could not be used. Those in pages that cannot be read are not counted. */
  unreadable: z.int().min(0),
});
export type StoreIncident = z.infer<typeof storeIncident>;

const NAME = 'incident';
const record = storeIncident.extend({ told: z.boolean() });

/** The last time that the store was replaced: kept until the platform has heard, and for technicians a while longer. */
export class Incidents {
  readonly #meta: Meta;

  constructor(meta: Meta) {
    this.#meta = meta;
  }

  last(): StoreIncident | undefined {
    const found = this.#meta.find(NAME, record);
    if (!found) return undefined;
    const { told: _told, ...incident } = found;
    return incident;
  }

  /** What the platform has not heard of yet. */
  untold(): StoreIncident | undefined {
    return this.#meta.find(NAME, record)?.told === false ? this.last() : undefined;
  }

  /** The platform has heard of the one of `restoredAt`: another one since then is not meant. */
  told(restoredAt: string): void {
    const found = this.#meta.find(NAME, record);
    if (found?.restoredAt === restoredAt) this.#meta.put(NAME, { ...found, told: true });
  }

  /** A second one before the first was told of covers the range of both. */
  record(incident: StoreIncident): void {
    const before = this.untold();
    const lostFrom =
      before === undefined
        ? incident.lostFrom
        : before.lostFrom === null || incident.lostFrom === null
          ? null
          : before.lostFrom < incident.lostFrom
            ? before.lostFrom
            : incident.lostFrom;
    const salvaged = incident.salvaged + (before?.salvaged ?? 0);
    const unreadable = incident.unreadable + (before?.unreadable ?? 0);
    this.#meta.put(NAME, { ...incident, lostFrom, salvaged, unreadable, told: false });
  }

  /** Told of long ago: nobody asks any more. */
  forget(before: string): void {
    const found = this.#meta.find(NAME, record);
    if (found?.told && found.restoredAt < before) this.#meta.remove(NAME);
  }
}
