import type { Duplex } from 'node:stream';
import { type Message, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Wire } from './rpc.ts';

/** JSON-RPC on a stream of bytes, in the framing of the Language Server Protocol (`Content-Length` heads). */
export function streamWire(stream: Duplex): Wire {
  return { reader: new StreamMessageReader(stream), writer: new ImpatientWriter(stream) };
}

/** Messages that wait until the far end reads; one that asks and reads has a handful. */
const WAITING_MAX = 64;

/** Hangs up on a far end that does not read: what waits for it is memory. */
class ImpatientWriter extends StreamMessageWriter {
  readonly #stream: Duplex;
  #waiting = 0;

  constructor(stream: Duplex) {
    super(stream);
    this.#stream = stream;
  }

  override async write(message: Message): Promise<void> {
    this.#waiting += 1;
    if (this.#waiting > WAITING_MAX) this.#stream.destroy();
    try {
      await super.write(message);
    } finally {
      this.#waiting -= 1;
    }
  }
}
