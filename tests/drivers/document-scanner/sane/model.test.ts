import { expect, test, vi } from 'vitest';
import { driverModels } from '../../../../drivers/catalog.ts';
import { nativeUsbBus } from '../../../../drivers/transport/native-usb.ts';

test('a SANE scanner listens to the USB bus of the machine for as long as it runs', async () => {
  const unwatch = vi.fn();
  const watch = vi.spyOn(nativeUsbBus, 'watch').mockReturnValue(unwatch);
  const driver = await driverModels.find(({ id }) => id === 'sane')?.create(undefined, { device: 'test:0' });
  const stop = new AbortController();
  const running = driver?.run(stop.signal);
  expect([watch.mock.calls.length, unwatch.mock.calls.length]).toEqual([1, 0]);
  stop.abort();
  await running;
  expect(unwatch).toHaveBeenCalledOnce();
});
