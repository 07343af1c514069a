import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModbusCabinetDriver } from '../../../../drivers/cabinet/modbus-cabinet/driver.ts';
import type { ModbusBoardSimulator } from '../../../../drivers/cabinet/modbus-cabinet/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { board, boardMap, frontLock, rearLock } from './boards.ts';

let far: ModbusBoardSimulator;
let line: SimulatedLine;
let driver: ModbusCabinetDriver;
let stop: AbortController;
let running: Promise<void>;
/** Function and address of every request, as hexadecimal digits. */
let sent: string[];
const signal = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
  far = board();
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([driver.status.value.state, vi.getTimerCount(), line.openChannels]).toEqual(['stopped', 0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
async function until(wanted: () => boolean, withinMs: number): Promise<void> {
  for (let ms = 0; ms < withinMs && !wanted(); ms += 5) await pass(5);
}
const count = (operation: string) => sent.filter((request) => request === operation).length;
const status = () => driver.status.value;

async function start(own: Record<string, unknown> = {}): Promise<void> {
  line = new SimulatedLine(far);
  sent = [];
  line.toDevice = (request) => {
    sent.push(Buffer.from(request.subarray(1, 4)).toString('hex'));
    return request;
  };
  driver = new ModbusCabinetDriver(line, boardMap(own));
  stop = new AbortController();
  running = driver.run(stop.signal);
  await pass(500);
}

/** What becomes of work whose end is looked at later. */
function watch(work: Promise<unknown>) {
  const end: { outcome?: unknown } = {};
  work.then(
    () => Object.assign(end, { outcome: 'done' }),
    (error: unknown) => Object.assign(end, { outcome: error }),
  );
  return end;
}

describe('what is seen', () => {
  test('doors, switch, alarms, proximity and lights, each in its word; what is not fitted is not supported', async () => {
    await start();
    expect(status()).toMatchObject({
      state: 'online',
      source: 'polled',
      doors: { front: 'closed', rear: 'closed', left: 'not-supported', right: 'not-supported' },
      operatorSwitch: 'run',
      alarms: { tamper: 'off', heat: 'not-supported', vibration: 'off' },
      proximity: 'not-present',
      lights: { 'card-reader': 'off', 'status-bad': 'off', scanner: 'not-supported' },
    });
  });

  test('every change is on screen at the next look, a second later at the most', async () => {
    await start();
    far.openDoor(frontLock);
    Object.assign(far.inputs, { 4: true, 5: false, 6: true });
    far.inputRegisters[5] = 1 << 3;
    far.registers[30] = 1;
    await pass(950);
    expect(status()).toMatchObject({
      doors: { front: 'open', rear: 'locked' },
      operatorSwitch: 'maintenance',
      alarms: { tamper: 'on', vibration: 'on' },
      proximity: 'present',
    });
  });

  test('a door that is open while its bolt says locked was forced', async () => {
    await start();
    far.inputRegisters[5] = 1 << 3;
    far.openDoor(rearLock);
    await pass(950);
    expect(status().doors.rear).toBe('tampered');
  });

  test('the supervisor position counts before the maintenance position', async () => {
    Object.assign(far.inputs, { 6: true, 7: true });
    await start();
    expect(status().operatorSwitch).toBe('supervisor');
  });

  test('inputs are read in as few questions as the map allows, and one by one where the board objects to holes', async () => {
    await start();
    sent = [];
    await pass(950);
    expect(sent).toEqual(['020001', '03001e', '040005']);
    stop.abort();
    await running;
    await start({ readAlong: 0, alarms: {}, doors: { front: { input: 1, openWhen: 1 } } });
    sent = [];
    await pass(950);
    expect(sent).toEqual(['020001', '020006', '03001e']);
  });

  test('a board that has gone says nothing of its doors: all that is fitted is unknown', async () => {
    await start();
    line.unplug();
    await pass(0);
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'not-connected',
      doors: { front: 'unknown', rear: 'unknown', left: 'not-supported' },
      operatorSwitch: 'unknown',
      alarms: { tamper: 'unknown', heat: 'not-supported' },
      proximity: 'unknown',
      lights: { 'card-reader': 'unknown', scanner: 'not-supported' },
    });
  });

  test.each([
    [1, 'unsupported', 'the board does not know this function'],
    [2, 'unsupported', 'the board has no such address'],
    [4, 'hardware-error', 'the board failed in doing it'],
    [11, 'not-connected', 'the board behind the gateway does not answer'],
  ])(
    'a board that objects to a look with exception %i is out of service, and the reason is named',
    async (code, cause, detail) => {
      await start();
      far.exceptions.push(code);
      await until(() => status().state === 'offline', 1_000);
      expect(status()).toMatchObject({ state: 'offline', cause });
      expect(status()).toMatchObject({ detail: expect.stringContaining(detail) });
      await pass(1_000);
      expect(status().state).toBe('online');
    },
  );

  test('a map that names addresses which the board lacks is told as such', async () => {
    await start({ proximity: { register: 900, bit: 0 } });
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'unsupported',
      source: 'polled',
      detail: expect.stringContaining('unit 1, read-registers 900: exception 2, the board has no such address'),
    });
  });

  test('a technician who asks is told line, unit, doors and lights', async () => {
    await start();
    far.openDoor(frontLock);
    const facts = driver.check(signal);
    await pass(50);
    expect(await facts).toEqual({
      line: 'simulated:modbus-cabinet',
      unit: '1',
      doors: 'front open, rear closed',
      lights: 'card-reader, receipt-printer, status-bad',
    });
  });
});

describe('lights', () => {
  test('are off when the board is first met, whatever an earlier run of the program left on', async () => {
    far.coils[3] = true;
    far.registers[20] = 9;
    await start();
    expect([far.coils[3], far.registers[20]]).toEqual([false, 0]);
  });

  test('a light stays as it was told, and the status says so at once', async () => {
    await start();
    const done = watch(driver.setLight('card-reader', 'continuous', signal));
    await pass(20);
    expect([done.outcome, far.coils[3], status().lights['card-reader']]).toEqual(['done', true, 'continuous']);
    await pass(10_000);
    expect(far.coilWrites.filter((write) => write.startsWith('3'))).toEqual(['3 off', '3 on']);
  });

  test.each([
    ['slow', 1_000],
    ['medium', 500],
    ['quick', 250],
  ] as const)(
    'where the board cannot flash, the driver does: %s is %i ms on, and as long off',
    async (rate, halfMs) => {
      await start();
      const done = watch(driver.setLight('card-reader', rate, signal));
      await pass(20);
      expect([done.outcome, far.coils[3]]).toEqual(['done', true]);
      far.coilWrites.length = 0;
      await pass(8 * halfMs);
      const flashes = far.coilWrites.filter((write) => write === '3 on').length;
      expect(flashes).toBeGreaterThanOrEqual(3);
      expect(flashes).toBeLessThanOrEqual(5);
      expect(status().lights['card-reader']).toBe(rate);
    },
  );

  test('a board that flashes by itself is told once', async () => {
    await start();
    watch(driver.setLight('status-bad', 'medium', signal));
    await pass(5_000);
    expect([far.registers[20], count('060014')]).toEqual([2, 2]);
  });

  test('a rate that this board lacks is flashed by the driver between its values for off and on', async () => {
    await start();
    watch(driver.setLight('status-bad', 'slow', signal));
    await pass(20);
    expect(far.registers[20]).toBe(9);
    await pass(1_100);
    expect(far.registers[20]).toBe(0);
  });

  test('a lamp that is on at rest is switched the other way round', async () => {
    await start({ lights: { 'fascia-light': { coil: 6, onWhen: 0 } } });
    expect(far.coils[6]).toBe(true);
    watch(driver.setLight('fascia-light', 'continuous', signal));
    await pass(20);
    expect(far.coils[6]).toBe(false);
  });

  test('the last wish wins, however many came in one moment', async () => {
    await start();
    for (const rate of ['slow', 'quick', 'off', 'continuous'] as const)
      watch(driver.setLight('card-reader', rate, signal));
    await pass(2_000);
    expect([far.coils[3], status().lights['card-reader']]).toEqual([true, 'continuous']);
  });

  test('a board that went away gets its lights back when it returns', async () => {
    await start();
    watch(driver.setLight('card-reader', 'continuous', signal));
    await pass(20);
    line.unplug();
    await pass(20);
    far.coils.fill(false);
    await expect(driver.setLight('receipt-printer', 'continuous', signal)).rejects.toMatchObject({
      code: 'not-connected',
    });
    line.plug();
    await pass(3_000);
    expect([far.coils[3], far.coils[4]]).toEqual([true, true]);
  });

  test('a place without a light says so', async () => {
    await start();
    await expect(driver.setLight('scanner', 'slow', signal)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('one lamp that cannot be switched is unknown, takes nothing else down, and is tried again', async () => {
    await start();
    line.toDevice = (request) => {
      if (request[1] === 5 && request[3] === 3) far.exceptions.push(4);
      return request;
    };
    const end = watch(driver.setLight('card-reader', 'continuous', signal));
    await pass(5_000);
    expect(end.outcome).toMatchObject({ code: 'hardware-error' });
    expect(status()).toMatchObject({ state: 'online', lights: { 'card-reader': 'unknown', 'receipt-printer': 'off' } });
    line.toDevice = (request) => request;
    await pass(1_000);
    expect([status().lights['card-reader'], far.coils[3]]).toEqual(['continuous', true]);
  });

  test.each(['wrong-crc', 'cut', 'lost'] as const)(
    'a write whose answer is %s is read back, and not repeated when it was done',
    async (damage) => {
      await start();
      far.damages.push(damage);
      const end = watch(driver.setLight('card-reader', 'continuous', signal));
      await pass(900);
      expect([end.outcome, far.coilWrites.filter((write) => write === '3 on')]).toEqual(['done', ['3 on']]);
    },
  );

  test('a write that was lost on its way is read back, and made once more', async () => {
    await start();
    far.deafFor = 1;
    const end = watch(driver.setLight('card-reader', 'continuous', signal));
    await pass(900);
    expect([end.outcome, far.coilWrites.filter((write) => write === '3 on')]).toEqual(['done', ['3 on']]);
  });
});

describe('doors', () => {
  test('a lock is driven for its pulse, and the door is open 200 ms later', async () => {
    await start();
    const end = watch(driver.unlock('front', signal));
    await pass(280);
    expect([far.coils[8], end.outcome]).toEqual([true, undefined]);
    await pass(60);
    expect([far.coils[8], end.outcome, status().doors.front]).toEqual([false, 'done', 'open']);
    expect(far.coilWrites.filter((write) => write.startsWith('8'))).toEqual(['8 off', '8 on', '8 off']);
  });

  test('a board that ends the pulse itself is told once', async () => {
    await start();
    const end = watch(driver.unlock('rear', signal));
    await pass(400);
    expect([end.outcome, status().doors.rear]).toEqual(['done', 'open']);
    expect(far.coilWrites.filter((write) => write.startsWith('9'))).toEqual(['9 on']);
  });

  test('two doors are never driven at the same time', async () => {
    await start();
    const both = [watch(driver.unlock('front', signal)), watch(driver.unlock('rear', signal))];
    let together = false;
    for (let ms = 0; ms < 2_000; ms += 5) {
      await pass(5);
      together ||= far.coils[8] === true && far.coils[9] === true;
    }
    expect([both.map(({ outcome }) => outcome), together]).toEqual([['done', 'done'], false]);
  });

  test('a stuck lock is a broken lock, and the coil is let go all the same', async () => {
    far.stuckLocks.add(8);
    await start();
    const end = watch(driver.unlock('front', signal));
    await pass(2_000);
    expect(end.outcome).toMatchObject({
      code: 'hardware-error',
      message: expect.stringContaining('front door: the lock was driven, and 1000 ms later the door is closed'),
    });
    expect([far.coils[8], status()]).toMatchObject([false, { state: 'online', doors: { front: 'closed' } }]);
  });

  test('a door that does not spring open is unlocked, and nothing is expected of it', async () => {
    far.stuckLocks.add(8);
    await start({ doors: { front: { input: 1, openWhen: 1, lock: { coil: 8, pulseMs: 300 } } } });
    const end = watch(driver.unlock('front', signal));
    await pass(400);
    expect([end.outcome, status().doors.front]).toEqual(['done', 'closed']);
  });

  test('a door without a lock says so', async () => {
    await start();
    await expect(driver.unlock('left', signal)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('a pulse whose answer is lost is not driven twice: the coil is read back', async () => {
    await start();
    far.damages.push('lost');
    const end = watch(driver.unlock('front', signal));
    await pass(3_000);
    expect([end.outcome, far.coilWrites.filter((write) => write === '8 on')]).toEqual(['done', ['8 on']]);
    expect(far.coils[8]).toBe(false);
  });

  test('a pulse that cannot be confirmed has an unknown outcome, and is never repeated', async () => {
    await start();
    far.deafFor = 1;
    const end = watch(driver.unlock('front', signal));
    await pass(3_000);
    expect(end.outcome).toMatchObject({ code: 'outcome-unknown' });
    expect(far.coilWrites.filter((write) => write === '8 on')).toEqual([]);
    expect(status().state).toBe('online');
  });

  test('a caller who leaves is let go, and the lock is let go at the end of its pulse', async () => {
    await start();
    const leaving = new AbortController();
    const end = watch(driver.unlock('front', leaving.signal));
    await pass(100);
    leaving.abort(new Error('the clerk has left'));
    await pass(0);
    expect([end.outcome, far.coils[8]]).toMatchObject([{ message: 'the clerk has left' }, true]);
    await pass(300);
    expect(far.coils[8]).toBe(false);
  });

  test('a caller who leaves before his turn opens nothing', async () => {
    await start();
    const leaving = new AbortController();
    watch(driver.unlock('front', signal));
    const end = watch(driver.unlock('rear', leaving.signal));
    leaving.abort(new Error('the clerk has left'));
    await pass(3_000);
    expect(end.outcome).toMatchObject({ message: 'the clerk has left' });
    expect(far.coilWrites).not.toContain('9 on');
  });

  test('a driver that stops in a pulse lets go of the lock', async () => {
    await start();
    const end = watch(driver.unlock('front', signal));
    await pass(100);
    expect(far.coils[8]).toBe(true);
    stop.abort();
    await running;
    await pass(0);
    expect([far.coils[8], end.outcome]).toMatchObject([false, { code: 'outcome-unknown' }]);
  });

  test('a lock left on by a line that broke is let go as soon as there is one again', async () => {
    await start();
    const end = watch(driver.unlock('front', signal));
    await pass(100);
    line.unplug();
    await pass(20);
    expect([far.coils[8], end.outcome]).toMatchObject([true, { code: 'outcome-unknown' }]);
    line.plug();
    await pass(1_500);
    expect([far.coils[8], status().state]).toEqual([false, 'online']);
  });

  test('a lock that cannot be let go takes the line down, and is let go on the next', async () => {
    await start();
    const end = watch(driver.unlock('front', signal));
    await pass(100);
    far.deafFor = 3;
    await pass(4_000);
    expect(end.outcome).toBeInstanceOf(Error);
    expect([far.coils[8], status().state]).toEqual([false, 'online']);
  });
});

describe('answers that come too late, or broken', () => {
  test('a look whose answer is garbled is made once more, and nobody notices', async () => {
    await start();
    far.damages.push('wrong-crc');
    sent = [];
    await pass(1_000);
    expect(status().state).toBe('online');
    expect(count('020001')).toBe(2);
  });

  test('a look whose question was lost is made once more', async () => {
    await start();
    far.deafFor = 1;
    await pass(900 + 600);
    expect(status().state).toBe('online');
  });

  test('answers that stay garbled are told as such: the wiring is at fault, not the board', async () => {
    await start();
    line.toHost = (bytes) => {
      const wrong = Uint8Array.from(bytes);
      wrong[wrong.length - 1]! ^= 1;
      return wrong;
    };
    await pass(1_500);
    expect(status()).toMatchObject({
      state: 'offline',
      cause: 'protocol',
      detail: expect.stringContaining('the answer is garbled: check wiring, speed and parity'),
    });
  });

  test('a door that was closed when the answer set out late is not closed now', async () => {
    await start();
    const held: Uint8Array[] = [];
    line.toHost = (bytes) => {
      held.push(bytes.slice());
      return undefined;
    };
    await until(() => held.length > 0, 1_000); // the look at the inputs is answered, and the answer hangs somewhere
    expect(held).toHaveLength(1);
    far.openDoor(frontLock);
    line.toHost = (bytes) => (held.length > 0 ? Buffer.concat([...held.splice(0), bytes]) : bytes);
    const seen: string[] = [];
    driver.status.subscribe(({ doors }) => seen.push(doors.front));
    await pass(1_500);
    expect(seen.filter((state) => state === 'closed')).toEqual([]);
    expect(status()).toMatchObject({ state: 'online', doors: { front: 'open' } });
  });

  test('the late echo of one light does not confirm another', async () => {
    await start();
    let held: Uint8Array | undefined;
    line.toHost = (bytes) => {
      held ??= bytes.slice();
      return undefined;
    };
    const first = watch(driver.setLight('card-reader', 'continuous', signal));
    await pass(100);
    line.toHost = (bytes) => {
      const late = held;
      held = undefined;
      return late ? Buffer.concat([late, bytes]) : bytes;
    };
    const second = watch(driver.setLight('receipt-printer', 'continuous', signal));
    await pass(2_000);
    expect([first.outcome, second.outcome, far.coils[3], far.coils[4]]).toEqual(['done', 'done', true, true]);
  });

  test('a slow board is waited for as long as it is said to take', async () => {
    far.delayMs = 350;
    await start({
      lights: {},
      doors: { front: { input: 1, openWhen: 1 } },
      alarms: {},
      operatorSwitch: undefined,
      proximity: undefined,
    });
    await pass(10_000);
    expect(status()).toMatchObject({ state: 'online', doors: { front: 'closed' } });
  });

  test('noise that looks like the head of a long answer costs a moment, and no second question', async () => {
    await start();
    line.toHost = (bytes) => Buffer.concat([Buffer.of(0x01, 0x03, 0xf0), bytes]);
    sent = [];
    await pass(1_100);
    expect([status().state, count('020001'), count('03001e')]).toEqual(['online', 1, 1]);
  });

  test("another board's answers on the same wires are not ours", async () => {
    await start();
    far.unit = 2;
    await pass(2_000);
    expect(status()).toMatchObject({ state: 'offline', cause: 'not-connected' });
  });
});

test.each([0, 20, 60, 410, 450, 700, 900, 1_000, 1_700, 2_500])(
  'a driver that is stopped ends at once, %i ms after the board fell silent in the middle of its work',
  async (afterMs) => {
    await start();
    far.silent = true;
    watch(driver.setLight('card-reader', 'quick', signal));
    watch(driver.unlock('front', signal));
    await pass(afterMs);
    stop.abort();
    await running;
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test('a line that breaks in any phase of an unlocking ends with the lock let go, and with an answer for the caller', async () => {
  await start();
  for (let atMs = 0; atMs < 700; atMs += 35) {
    far.closeDoor(frontLock);
    await until(() => status().state === 'online' && status().doors.front === 'closed', 5_000);
    const end = watch(driver.unlock('front', signal));
    await pass(atMs);
    line.unplug();
    await pass(10);
    expect(end.outcome, `broken after ${atMs} ms`).toBeDefined();
    line.plug();
    await until(() => status().state === 'online', 3_000);
    expect([status().state, far.coils[8]]).toEqual(['online', false]);
  }
});

test('two boards on lines of their own know nothing of each other', async () => {
  await start();
  const second = board();
  const secondLine = new SimulatedLine(second);
  const secondDriver = new ModbusCabinetDriver(secondLine, boardMap());
  const secondRunning = secondDriver.run(stop.signal);
  await pass(500);
  watch(driver.setLight('card-reader', 'continuous', signal));
  second.openDoor(frontLock);
  await pass(1_000);
  expect([far.coils[3], second.coils[3]]).toEqual([true, false]);
  expect([status().doors.front, secondDriver.status.value.doors.front]).toEqual(['closed', 'open']);
  stop.abort();
  await secondRunning;
});
