import { connect as connectTo } from 'node:net';
import type { Configuration } from '../../main/config/config.ts';
import { controlContract, type DeviceReport } from '../../main/control/protocol.ts';
import { socketPath } from '../../main/control/socket-path.ts';
import { connect, type RpcClient } from '../../main/processes/rpc.ts';
import { streamWire } from '../../main/processes/stream-wire.ts';

type Terminal = Pick<Configuration, 'dataDir'>;

/** How the devices of a running terminal are. */
export async function devicesOf(terminal: Terminal): Promise<readonly DeviceReport[]> {
  const { devices } = await asked(terminal, (core, signal) => core.call('devices', null, signal));
  return devices;
}

/** Which blank lies on top of each pack that a running terminal knows of. */
export async function blanksOnTop(terminal: Terminal): Promise<readonly (string | undefined)[]> {
  const { cassettes } = await asked(terminal, (core, signal) => core.call('blanks', null, signal));
  return cassettes.map(({ next }) => next);
}

/** Asked as `kioskctl` asks, without the time that a process takes to start. */
async function asked<T>(
  { dataDir }: Terminal,
  ask: (core: RpcClient<typeof controlContract>, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const socket = connectTo(socketPath(dataDir, 'control'));
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = connect(
      controlContract,
      streamWire(socket),
      () => undefined,
      () => undefined,
    );
    return await ask(client, AbortSignal.timeout(5_000));
  } finally {
    socket.destroy();
  }
}
