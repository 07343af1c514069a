import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { ModbusCabinetDriver } from '../../../../drivers/cabinet/modbus-cabinet/driver.ts';
import { serveTcp } from '../../../../drivers/simulation/tcp-far-end.ts';
import { tcpTransport } from '../../../../drivers/transport/tcp.ts';
import { board, boardMap } from './boards.ts';

/**
 * The driver against pymodbus (Debian: python3-pymodbus, python3-serial, python3-serial-asyncio), a slave that nobody here
 * wrote, with RTU frames over TCP as a bridge passes them on. Where it is missing, our simulator takes its place, and this
 * says so.
 */
const PYMODBUS_BOARD = `
import asyncio
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer

def block(*ones):
    return ModbusSequentialDataBlock(0, [1 if at in ones else 0 for at in range(64)])

async def main():
    slave = ModbusSlaveContext(co=block(), di=block(1, 2, 5, 6), hr=block(30), ir=block(), zero_mode=True)
    context = ModbusServerContext(slaves={1: slave}, single=False)
    server = ModbusTcpServer(context, ModbusRtuFramer, None, ("127.0.0.1", 0), ignore_missing_slaves=True)
    asyncio.create_task(server.serve_forever())
    while server.server is None or not server.server.sockets:
        await asyncio.sleep(0.01)
    print(server.server.sockets[0].getsockname()[1], flush=True)
    while True:
        await asyncio.sleep(1)

asyncio.run(main())
`;

interface Peer {
  readonly port: number;
  close(): Promise<unknown>;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function pymodbus(python: string): Promise<Peer | undefined> {
  const child = spawn(python, ['-c', PYMODBUS_BOARD], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<undefined>((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('exit', () => resolve(undefined));
  });
  const line = new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve);
  });
  const port = Number(await Promise.race([line, ended]));
  if (!port) return undefined;
  return {
    port,
    close: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

async function simulated(): Promise<Peer> {
  console.warn('pymodbus is missing or does not start: testing against our own Modbus simulator INSTEAD');
  const far = board();
  far.openDoor({ input: 1, openWhen: true, coil: 8 });
  far.inputs[6] = true;
  far.registers[30] = 1;
  return await serveTcp(far);
}

test('doors and switch are read, lights and locks are driven, and a wrong map is told, through a bridge', async () => {
  const peer = (await pymodbus('/usr/bin/python3')) ?? (await pymodbus('python3')) ?? (await simulated());
  ends.push(() => peer.close());
  const transport = tcpTransport({ host: '127.0.0.1', port: peer.port });
  const start = (own: Record<string, unknown>): ModbusCabinetDriver => {
    const driver = new ModbusCabinetDriver(transport, boardMap(own));
    const stop = new AbortController();
    const running = driver.run(stop.signal);
    ends.push(async () => {
      stop.abort();
      await running;
    });
    return driver;
  };
  const patience = AbortSignal.timeout(15_000);
  const driver = start({});
  await driver.status.until(({ state }) => state === 'online', patience);
  expect(driver.status.value).toMatchObject({
    doors: { front: 'open', rear: 'closed' },
    operatorSwitch: 'maintenance',
    alarms: { tamper: 'off', vibration: 'off' },
    proximity: 'present',
  });
  await driver.setLight('card-reader', 'continuous', patience);
  await driver.setLight('status-bad', 'medium', patience);
  await driver.unlock('front', patience);
  expect(driver.status.value.lights).toMatchObject({ 'card-reader': 'continuous', 'status-bad': 'medium' });

  const wrong = start({ proximity: { inputRegister: 900, bit: 0 } });
  const refused = await wrong.status.until(({ state }) => state === 'offline', patience);
  expect(refused).toMatchObject({ cause: 'unsupported', detail: expect.stringContaining('exception 2') });
});
