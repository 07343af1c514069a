import { connect as connectTo } from 'node:net';
import type { Configuration } from '../../main/config/config.ts';
import { controlContract, type DeviceReport } from '../../main/control/protocol.ts';
import { socketPath } from '../../main/control/socket-path.ts';
import { connect } from '../../main/processes/rpc.ts';
import { streamWire } from '../../main/processes/stream-wire.ts';

/** How the devices of a running terminal are, asked as `kioskctl` asks, without the time that a process takes to start. */
export async function devicesOf({ dataDir }: Pick<Configuration, 'dataDir'>): Promise<readonly DeviceReport[]> {
  const socket = connectTo(socketPath(dataDir, 'control'));
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const client = connect(
      controlContract,
      streamWire(socket),
      () => undefined,
      () => undefined,
    );
    const { devices } = await client.call('devices', null, AbortSignal.timeout(5_000));
    return devices;
  } finally {
    socket.destroy();
  }
}
