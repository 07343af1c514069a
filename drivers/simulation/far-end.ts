/**
 * The device side of a wire. A simulator implements this once; the line that carries its bytes is chosen by whoever starts it:
 * in process (`SimulatedLine`), a TCP listener, a pseudo-terminal.
 */
export interface FarEnd {
  readonly name: string;
  /** A host has connected. `send` carries bytes to it until `detach`. A real device keeps its own state across connections. */
  attach(send: (bytes: Uint8Array) => void): Attachment;
}

export interface Attachment {
  /** Bytes from the host, in chunks of any size. */
  receive(bytes: Uint8Array): void;
  detach(): void;
}
