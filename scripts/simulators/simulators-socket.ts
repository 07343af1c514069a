import { type LocalServer, serveLocally } from '../../main/control/local-server.ts';
import { simulationContract } from '../../main/control/simulation-protocol.ts';
import { socketPath } from '../../main/control/socket-path.ts';
import { serve } from '../../main/processes/rpc.ts';
import { streamWire } from '../../main/processes/stream-wire.ts';
import { type Act, perform } from './acts.ts';

/** Answers `kioskctl simulate` for the terminal whose configuration lies in `folder`. */
export async function serveSimulators(folder: string, acts: readonly Act[]): Promise<LocalServer> {
  return await serveLocally(socketPath(folder, 'simulators'), (client) => {
    serve(simulationContract, streamWire(client), {
      acts: async () => ({ acts: acts.map(({ perform: _perform, ...act }) => act) }),
      perform: async ({ device, act, value }) => ({ done: await perform(acts, device, act, value) }),
    });
  });
}
