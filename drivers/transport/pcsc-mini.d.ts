/** What we use of pcsc-mini 0.1.3, which is an optional peer and need not be installed. */
declare module 'pcsc-mini' {
  export interface PcscError extends Error {
    readonly code: string;
  }

  export interface ReaderStatusFlags {
    hasAny(...flags: readonly number[]): boolean;
  }

  export interface Card {
    transmit(command: Uint8Array): Promise<Uint8Array>;
    disconnect(then: number): Promise<void>;
  }

  export interface Reader {
    connect(mode: number): Promise<Card>;
    name(): string;
    on(event: 'change', listener: (status: ReaderStatusFlags, atr: Uint8Array) => void): this;
    on(event: 'disconnect', listener: () => void): this;
  }

  export class Client {
    reader(name: string): Reader | undefined;
    on(event: 'error', listener: (error: PcscError) => void): this;
    on(event: 'reader', listener: (reader: Reader) => void): this;
    /** Throws where the service does not run. */
    start(): this;
    stop(): void;
  }

  export const CardMode: { readonly EXCLUSIVE: number };
  export const CardDisposition: { readonly UNPOWER: number };
  export const ReaderStatus: {
    readonly PRESENT: number;
    readonly MUTE: number;
    readonly IN_USE: number;
    readonly EXCLUSIVE: number;
  };
}
