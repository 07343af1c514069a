import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CardTerminal } from '../../../drivers/core/index.ts';
import { libraryTerminals } from '../../../drivers/transport/pcsc-library.ts';

const signal = new AbortController().signal;
const flags = { PRESENT: 32, MUTE: 512, IN_USE: 256, EXCLUSIVE: 128 };
const failed = (code: string): Error => Object.assign(new Error(`[ ${code} ] - Error in native function`), { code });

/** What stands at the far end: pcsc-mini and the service behind it, as seen against pcscd 1.9.9. */
class FakeService {
  startFailure: Error | undefined;
  stopFailure: Error | undefined;
  readonly readers = new Map<string, EventEmitter & { name(): string; connect(mode: number): Promise<unknown> }>();
  clients = 0;
  connecting: () => Promise<unknown> = async () => this.card;
  readonly disconnects: number[] = [];
  readonly card = {
    transmit: async (command: Uint8Array): Promise<Uint8Array> => Uint8Array.of(...command, 0x90, 0x00),
    disconnect: async (then: number): Promise<void> => void this.disconnects.push(then),
  };
  #client: EventEmitter | undefined;

  readonly load = async () => {
    const service = this;
    class Client extends EventEmitter {
      reader(name: string) {
        return service.readers.get(name);
      }
      start() {
        if (service.startFailure) throw service.startFailure;
        service.clients += 1;
        service.#client = this;
        queueMicrotask(() => {
          for (const reader of service.readers.values()) this.emit('reader', reader);
        });
        return this;
      }
      stop() {
        service.clients -= 1;
        if (service.stopFailure) throw service.stopFailure;
      }
    }
    const constants = { CardMode: { EXCLUSIVE: 1 }, CardDisposition: { UNPOWER: 2 }, ReaderStatus: flags };
    return { Client, ...constants } as unknown as typeof import('pcsc-mini');
  };

  plug(name: string): void {
    const reader = Object.assign(new EventEmitter(), { name: () => name, connect: () => this.connecting() });
    this.readers.set(name, reader);
    this.#client?.emit('reader', reader);
  }

  change(name: string, raw: number): void {
    this.readers
      .get(name)
      ?.emit('change', { hasAny: (...some: number[]) => some.some((flag) => (raw & flag) !== 0) }, new Uint8Array());
  }

  unplug(name: string): void {
    this.readers.get(name)?.emit('disconnect');
    this.readers.delete(name);
  }

  fail(code: string): void {
    this.#client?.emit('error', failed(code));
  }
}

let far: FakeService;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  far = new FakeService();
  far.plug('A');
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('what is missing is said, with what to install or start', () => {
  test.each([
    ["Cannot find package 'pcsc-mini'", 'npm install pcsc-mini'],
    ['libpcsclite.so.1: cannot open shared object file', 'libpcsclite1'],
    ['Required addon dependency not found (@pcsc-mini/linux-x86_64-gnu)', 'no native part'],
  ])('%s', async (message, hint) => {
    const terminals = libraryTerminals(() => Promise.reject(new Error(message)));
    await expect(terminals.open(signal)).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining(hint),
    });
  });

  test('a service that does not run', async () => {
    far.startFailure = failed('NoService');
    const opening = libraryTerminals(far.load).open(signal);
    await expect(opening).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining('apt install pcscd'),
    });
    expect(far.clients).toBe(0);
  });
});

describe('readers and cards', () => {
  test('that are there are listed once the service is open, and told of when they come and go', async () => {
    const service = await libraryTerminals(far.load).open(signal);
    const told: (readonly CardTerminal[])[] = [];
    service.onChange((terminals) => void told.push(terminals));
    expect(await service.list(signal)).toEqual([{ name: 'A', card: 'absent' }]);
    far.change('A', flags.PRESENT);
    far.change('A', flags.PRESENT | flags.MUTE);
    far.change('A', flags.PRESENT | flags.EXCLUSIVE);
    far.change('A', 0);
    expect(told.map(([reader]) => reader?.card)).toEqual(['present', 'mute', 'in-use', 'absent']);
    far.plug('B');
    far.change('B', 0);
    far.unplug('A');
    expect(await service.list(signal)).toEqual([{ name: 'B', card: 'absent' }]);
    expect(told.at(-1)).toEqual([{ name: 'B', card: 'absent' }]);
    await service.close();
    await service.close();
    expect(far.clients).toBe(0);
  });

  test('are awaited for a moment where none are told of', async () => {
    far.readers.clear();
    const opening = libraryTerminals(far.load).open(signal);
    await vi.advanceTimersByTimeAsync(300);
    const service = await opening;
    expect(await service.list(signal)).toEqual([]);
    await service.close();
  });

  test('are let go of by a caller who leaves meanwhile', async () => {
    far.readers.clear();
    const leaving = new AbortController();
    const opening = libraryTerminals(far.load).open(leaving.signal);
    opening.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    leaving.abort(new Error('gave up'));
    await expect(opening).rejects.toThrow('gave up');
    expect(far.clients).toBe(0);
  });

  test('are lost with their service', async () => {
    const service = await libraryTerminals(far.load).open(signal);
    far.fail('CommError');
    expect(service.lost.reason).toMatchObject({ code: 'not-connected' });
    await expect(service.list(signal)).rejects.toMatchObject({ code: 'not-connected' });
    far.stopFailure = failed('NoService');
    await service.close();
  });
});

describe('a card', () => {
  test('is asked, and its power is taken off once', async () => {
    const service = await libraryTerminals(far.load).open(signal);
    const card = await service.connect('A', signal);
    expect(await card.transmit(Uint8Array.of(1, 2), signal)).toEqual(Uint8Array.of(1, 2, 0x90, 0x00));
    await card.disconnect();
    await card.disconnect();
    await service.close();
    expect(far.disconnects).toEqual([2]);
    await expect(card.transmit(Uint8Array.of(1), signal)).rejects.toMatchObject({ code: 'not-connected' });
  });

  test.each([
    ['NoSmartCard', 'no-media'],
    ['RemovedCard', 'no-media'],
    ['UnresponsiveCard', 'invalid-media'],
    ['SharingViolation', 'timeout'],
    ['UnknownReader', 'not-connected'],
    ['SomethingNew', 'hardware-error'],
  ])('that fails with %s is %s', async (code, ours) => {
    const service = await libraryTerminals(far.load).open(signal);
    const card = await service.connect('A', signal);
    far.card.transmit = () => Promise.reject(failed(code));
    await expect(card.transmit(Uint8Array.of(1), signal)).rejects.toMatchObject({ code: ours });
    far.connecting = () => Promise.reject(failed(code));
    await expect(service.connect('A', signal)).rejects.toMatchObject({ code: ours });
    await expect(service.connect('B', signal)).rejects.toMatchObject({ code: 'not-connected' });
    await service.close();
  });

  test('that cannot be let go of does not keep the service open', async () => {
    const service = await libraryTerminals(far.load).open(signal);
    await service.connect('A', signal);
    far.card.disconnect = () => new Promise<never>(() => undefined);
    const closing = service.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
    expect(far.clients).toBe(0);
  });
});
