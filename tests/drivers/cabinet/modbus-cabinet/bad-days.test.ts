import { expect, test, vi } from 'vitest';
import { lightRates } from '../../../../drivers/cabinet/contract.ts';
import { ModbusCabinetDriver } from '../../../../drivers/cabinet/modbus-cabinet/driver.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { Noise } from '../../../support/noise.ts';
import { board, boardMap, frontLock, rearLock } from './boards.ts';

test.each([1, 2, 3, 4, 5, 6])(
  'after a bad day (number %i) every lock is let go, none was driven twice for one wish, and the lights are as wished last',
  async (day) => {
    vi.useFakeTimers();
    const chance = new Noise(day * 7_919);
    const far = board();
    const line = new SimulatedLine(far);
    const driver = new ModbusCabinetDriver(line, boardMap());
    const stop = new AbortController();
    const running = driver.run(stop.signal);
    const timesDriven = () => far.coilWrites.filter((write) => write === '8 on' || write === '9 on').length;
    let wished: (typeof lightRates)[number] = 'off';
    for (let round = 0; round < 60; round += 1) {
      far.coilWrites.length = 0;
      const trouble = chance.number(8);
      if (trouble === 0) far.damages.push('wrong-crc', 'cut');
      if (trouble === 1) far.damages.push('lost', 'lost');
      if (trouble === 2) far.deafFor = 1 + chance.number(3);
      if (trouble === 3) far.exceptions.push(1 + chance.number(11));
      far.delayMs = trouble === 4 ? chance.number(900) : 0;
      line.toHost =
        trouble === 5 ? (bytes) => Buffer.concat([chance.bytes(chance.number(6)), bytes]) : (bytes) => bytes;
      if (trouble === 6) setTimeout(() => line.unplug(), chance.number(600));
      wished = lightRates[chance.number(lightRates.length)]!;
      const leaving = new AbortController();
      let waiting = 2;
      const over = (): void => {
        waiting -= 1;
      };
      driver.unlock(chance.number(2) === 0 ? 'front' : 'rear', leaving.signal).then(over, over);
      driver.setLight('card-reader', wished, leaving.signal).then(over, over);
      if (trouble === 7) setTimeout(() => leaving.abort(new Error('left')), chance.number(600));
      await vi.advanceTimersByTimeAsync(8_000);
      expect(waiting, `callers still waiting after trouble ${trouble}`).toBe(0);
      expect(timesDriven()).toBeLessThanOrEqual(1);
      line.plug();
      Object.assign(far, { delayMs: 0, deafFor: 0 });
      far.damages.length = 0;
      far.exceptions.length = 0;
      line.toHost = (bytes) => bytes;
      await vi.advanceTimersByTimeAsync(3_000);
      expect(driver.status.value.state).toBe('online');
      far.coils[9] = false; // the board ends this pulse itself
      expect(far.coils[8]).toBe(false);
      if (wished === 'off' || wished === 'continuous') expect(far.coils[3]).toBe(wished === 'continuous');
      far.closeDoor(frontLock);
      far.closeDoor(rearLock);
    }
    stop.abort();
    await running;
    expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
    vi.useRealTimers();
  },
);
