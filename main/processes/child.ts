import process from 'node:process';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { type Handlers, type RpcContract, serve } from './rpc.ts';

/** Makes this process a child of the core: answers `contract` on its IPC channel and ends with the core. */
export function serveParent<C extends RpcContract>(contract: C, handlers: Handlers<C>): ReturnType<typeof serve<C>> {
  if (!process.send) throw new Error('This program is started by the core and talks to it over an IPC channel.');
  process.once('disconnect', () => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined); // the core decides when we end
  return serve(contract, { reader: new IPCMessageReader(process), writer: new IPCMessageWriter(process) }, handlers);
}
