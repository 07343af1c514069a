import { socketPath } from '../../main/contracts/messages.ts';
import type { CorePorts } from './client.ts';

export const browserPorts: CorePorts = {
  openSocket: () => new WebSocket(new URL(socketPath, window.location.href.replace(/^http/, 'ws'))),
  reachable: () =>
    fetch(window.location.href, { method: 'HEAD', cache: 'no-store' }).then(
      () => true,
      () => false,
    ),
  nowMs: () => performance.now(),
};
