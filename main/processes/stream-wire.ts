import type { Duplex } from 'node:stream';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Wire } from './rpc.ts';

/** JSON-RPC on a stream of bytes, in the framing of the Language Server Protocol (`Content-Length` heads). */
export function streamWire(stream: Duplex): Wire {
  return { reader: new StreamMessageReader(stream), writer: new StreamMessageWriter(stream) };
}
