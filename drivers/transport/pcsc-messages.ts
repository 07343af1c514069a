import type { CardTerminal, DeviceErrorCode } from '../core/index.ts';

/** What `pcsc.ts` asks of `pcsc-host.ts`. */
export type Ask =
  | { readonly ask: 'open' }
  | { readonly ask: 'list' }
  | { readonly ask: 'connect'; readonly terminal: string }
  | { readonly ask: 'transmit'; readonly connection: number; readonly command: Uint8Array }
  | { readonly ask: 'disconnect'; readonly connection: number };

export type Asked = Ask & { readonly id: number };

export interface Failure {
  readonly code: DeviceErrorCode;
  readonly message: string;
}

export type FromHost =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly event: 'change'; readonly terminals: readonly CardTerminal[] }
  | { readonly event: 'lost'; readonly failure: Failure };
