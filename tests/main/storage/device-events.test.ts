import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let store: Store;
beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'jiujin.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
});
afterEach(() => store.close());

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 29, 8, minute)).toISOString();

test('the last conditions of a device are remembered, the newest first, and nobody else’s', () => {
  store.deviceEvents.record({ deviceId: 'reader', at: at(0), state: 'online' });
  store.deviceEvents.record({ deviceId: 'printer', at: at(1), state: 'online' });
  const last = { deviceId: 'reader', at: at(2), state: 'offline' };
  store.deviceEvents.record({ ...last, fault: 'timeout', detail: 'no reply within 800 ms', rung: 'reset' });
  expect(store.deviceEvents.recent('reader', 10)).toEqual([
    { ...last, fault: 'timeout', detail: 'no reply within 800 ms', rung: 'reset' },
    { deviceId: 'reader', at: at(0), state: 'online' },
  ]);
  expect(store.deviceEvents.recent('reader', 1)).toHaveLength(1);
});

test('a fault counts once, however many steps and names its repair takes', () => {
  const say = (minute: number, state: string, fault?: string) =>
    store.deviceEvents.record({ deviceId: 'reader', at: at(minute), state, fault });
  say(0, 'offline', 'timeout');
  say(1, 'offline', 'canceled');
  say(2, 'starting');
  say(3, 'offline', 'not-connected');
  say(4, 'online');
  say(5, 'online', 'paper-out');
  say(6, 'online', 'media-jammed');
  expect(store.deviceEvents.faultsSince('reader', at(0))).toBe(2);
  expect(store.deviceEvents.faultsSince('reader', at(1))).toBe(1);
});

test('a device that flaps does not fill the disk', () => {
  for (let event = 0; event < 620; event += 1) {
    store.deviceEvents.record({ deviceId: 'reader', at: at(event), state: event % 2 ? 'online' : 'offline' });
  }
  store.deviceEvents.record({ deviceId: 'printer', at: at(0), state: 'online' });
  expect(store.deviceEvents.recent('reader', 10_000)).toHaveLength(500);
  expect(store.deviceEvents.recent('reader', 1)).toMatchObject([{ at: at(619) }]);
  expect(store.deviceEvents.recent('printer', 10)).toHaveLength(1);
});
