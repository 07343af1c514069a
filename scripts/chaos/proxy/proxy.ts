import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { drawLineFault } from './draw.ts';
import { carry } from './line.ts';
import { MessageFaults } from './messages.ts';
import type { Plan } from './plan.ts';

export interface ChaosProxyOptions {
  /** `http://host:port` of the real platform; paths are passed on as they are. */
  readonly upstream: string;
  /** 0: any free one. */
  readonly port: number;
  readonly seed: number;
  readonly plan: Plan;
  readonly onFault?: (fault: ProxyFault) => void;
}

/** One thing that was done to the traffic. Nothing of what was said in it. */
export interface ProxyFault {
  readonly where: 'connection' | 'exchange';
  /** From 1, in the order of arrival: with it and the seed the fault is drawn. */
  readonly number: number;
  readonly what: string;
}

export interface ChaosProxy {
  readonly url: string;
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * A bad line to the platform, on loopback. Bytes pass the connection's fault (cut, halve, delay, throttle), then the messages in
 * them that of their exchange (duplicate, hold, drop, replace). The n-th connection and the n-th exchange meet the same in every
 * run with that seed and plan. Rejects where `port` is taken.
 */
export async function startChaosProxy({ upstream, port, seed, plan, onFault }: ChaosProxyOptions): Promise<ChaosProxy> {
  const stop = new AbortController();
  const messages = new MessageFaults({
    upstream: new URL(upstream),
    plan,
    seed,
    tell: (number, what) => onFault?.({ where: 'exchange', number, what }),
  });
  // It listens nowhere: connections are handed to it behind the faults of their bytes.
  const http = createHttpServer({ requestTimeout: 0 }, (request, response) => void messages.serve(request, response));
  const carrying = new Set<Promise<void>>();
  let connections = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (terminal: Socket) => {
    connections += 1;
    const number = connections;
    const fault = drawLineFault(plan, seed, number);
    const tell = (what: string): void => onFault?.({ where: 'connection', number, what });
    if (fault.pace.kind === 'delay') tell(`delay of ${fault.pace.ms} ms`);
    if (fault.pace.kind === 'throttle') tell(`throttle to ${fault.pace.bytesPerSecond} bytes per second`);
    const [inner, outer] = duplexPair();
    http.emit('connection', outer);
    const carried = carry({ terminal, inner }, fault, tell, stop.signal).finally(() => {
      outer.destroy();
      carrying.delete(carried);
    });
    carrying.add(carried);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      stop.abort();
      messages.close();
      http.closeAllConnections();
      await closed;
      await Promise.all(carrying);
    },
  };
}
