import { z } from 'zod';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

/** A device that came into another condition. */
export interface DeviceEvent {
  readonly deviceId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly state: string;
  /** Why it could not serve; absent where it could. */
  readonly fault?: string | undefined;
  /** For technicians. */
  readonly detail?: string | undefined;
  /** How far its repair had come. */
  readonly rung?: string | undefined;
}

/** A device that flaps twice a minute is remembered for some hours, one that is well for years. */
const KEPT_PER_DEVICE = 500;

const eventRow = z.object({
  device_id: z.string(),
  at: z.string(),
  state: z.string(),
  fault: z.string().nullable(),
  detail: z.string().nullable(),
  rung: z.string().nullable(),
});
const countRow = z.object({ count: z.number() });

/** What became of each device, the last of it. */
export class DeviceEvents {
  readonly #connection: Connection;
  readonly #insert;
  readonly #trim;
  readonly #select;
  readonly #count;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#insert = connection.prepare<[string, string, string, string | null, string | null, string | null]>(
      'INSERT INTO device_events (device_id, at, state, fault, detail, rung) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#trim = connection.prepare<[string, string, number]>(
      `DELETE FROM device_events WHERE device_id = ? AND event_id <=
         (SELECT event_id FROM device_events WHERE device_id = ? ORDER BY event_id DESC LIMIT 1 OFFSET ?)`,
    );
    this.#select = connection.prepare<[string, number]>(
      `SELECT device_id, at, state, fault, detail, rung FROM device_events
       WHERE device_id = ? ORDER BY event_id DESC LIMIT ?`,
    );
    // A fault begins where a device that could serve no longer can: not with each name that it gets while it is repaired,
    // and not where its driver merely starts anew.
    this.#count = connection.prepare<[string, string]>(
      `SELECT count(*) AS count FROM (
         SELECT at, fault, lag(fault) OVER (ORDER BY event_id) AS before FROM device_events
         WHERE device_id = ? AND state IN ('online', 'offline'))
       WHERE fault IS NOT NULL AND before IS NULL AND at >= ?`,
    );
  }

  record({ deviceId, at, state, fault, detail, rung }: DeviceEvent): void {
    this.#connection.transaction(() => {
      this.#insert.run(deviceId, at, state, fault ?? null, detail ?? null, rung ?? null);
      this.#trim.run(deviceId, deviceId, KEPT_PER_DEVICE);
    });
  }

  /** The newest first. */
  recent(deviceId: string, limit: number): DeviceEvent[] {
    const rows = storing(() => this.#select.all(deviceId, limit).map((row) => eventRow.parse(row)));
    return rows.map(({ device_id, at, state, fault, detail, rung }) => ({
      deviceId: device_id,
      at,
      state,
      ...(fault !== null && { fault }),
      ...(detail !== null && { detail }),
      ...(rung !== null && { rung }),
    }));
  }

  /** How many faults have begun since then. */
  faultsSince(deviceId: string, at: string): number {
    return storing(() => countRow.parse(this.#count.get(deviceId, at)).count);
  }
}
