/** A smart-card reader as its service lists it. */
export interface CardTerminal {
  readonly name: string;
  /** `mute`: something is in it that does not answer, as a rule a card the wrong way round. `in-use`: by another program. */
  readonly card: 'absent' | 'present' | 'mute' | 'in-use';
}

/** The seam to readers of smart cards, which are reached through a service of the operating system (PC/SC) and not a line. */
export interface CardTerminals {
  /** For people and logs. */
  readonly name: string;
  /** Rejects with a DeviceError that says what to install or start, or with the signal's reason. Nothing stays open then. */
  open(signal: AbortSignal): Promise<CardService>;
}

export interface CardService {
  /** The readers that are there, with what is in them. Rejects with a DeviceError. */
  list(signal: AbortSignal): Promise<readonly CardTerminal[]>;
  /** One listener, called with the list whenever a reader or a card has come or gone. */
  onChange(listener: (terminals: readonly CardTerminal[]) => void): void;
  /** Aborts with a DeviceError `not-connected` when the service goes away. */
  readonly lost: AbortSignal;
  /**
   * Powers the card in the reader of this name, for us alone. Rejects `no-media` where there is none, `invalid-media` where it
   * does not answer, `not-connected` where the reader has gone, `timeout` where another program has it.
   */
  connect(terminal: string, signal: AbortSignal): Promise<CardConnection>;
  /** Ends every connection. Never rejects, and may be called twice. */
  close(): Promise<void>;
}

export interface CardConnection {
  /**
   * One command APDU (ISO 7816-4) out, its response with the two status bytes back. Rejects as `connect` does. A response that
   * was given up on is never that of a later command: it is dropped with its call.
   */
  transmit(command: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Takes the power off the card. Never rejects, and may be called twice. */
  disconnect(): Promise<void>;
}
