import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import { Notices } from '../../../main/sync/notices.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

afterEach(() => vi.useRealTimers());

const tonight = { 'zh-CN': '今晚维护', en: 'Maintenance tonight' };
const today = { 'zh-CN': '今天提前关门', en: 'Closing early today' };

test('what a command shows goes before what is wanted in general, for its time, also over a restart', async () => {
  vi.useFakeTimers();
  const store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  const options = { state: store.syncState, now: () => new Date(), log: memoryLog() };
  const first = new Notices(options);
  first.want({ text: tonight });
  expect(first.text.value).toEqual(tonight);
  first.show(today, 60);
  expect(first.text.value).toEqual(today);
  const next = new Notices(options);
  next.restore();
  next.want({ text: tonight });
  const stop = new AbortController();
  const running = next.run(stop.signal);
  await vi.advanceTimersByTimeAsync(55_000);
  expect(next.text.value).toEqual(today);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(next.text.value).toEqual(tonight);
  next.want({ text: tonight, until: new Date(Date.now() + 20_000).toISOString() });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(next.text.value).toBeUndefined();
  stop.abort();
  await running;
  expect(vi.getTimerCount()).toBe(0);
  store.close();
});
