import type { CardConnection, CardService, CardTerminal, CardTerminals } from '../../../../drivers/core/index.ts';
import { type AnswerBytes, MessageLine } from '../../../support/exchange-line.ts';

/** An answer in which nothing can be garbled: it comes, or it does not. */
function whole<T>(): AnswerBytes<T> {
  return { of: () => Uint8Array.of(0x90, 0x00), replaced: (answer) => answer };
}
const bytes: AnswerBytes<Uint8Array> = { of: (answer) => answer, replaced: (_, passed) => passed };

/** What stands between a driver and a service of card readers: APDUs are lost and garbled, and the service falls silent. */
export class CardLine extends MessageLine {
  readonly terminals: CardTerminals;

  constructor(farEnd: CardTerminals) {
    super();
    this.terminals = {
      name: farEnd.name,
      open: async (signal) => {
        const service = await this.carry((giveUp) => farEnd.open(giveUp), signal, whole<CardService>());
        return {
          lost: service.lost,
          list: (from) => this.carry((giveUp) => service.list(giveUp), from, whole<readonly CardTerminal[]>()),
          onChange: (listener) => {
            service.onChange((terminals) => {
              if (this.toHost(Uint8Array.of(0x90, 0x00))) listener(terminals);
            });
          },
          connect: async (terminal, from) => {
            let powered: CardConnection | undefined;
            const connecting = async (giveUp: AbortSignal): Promise<CardConnection> => {
              powered = await service.connect(terminal, giveUp);
              return powered;
            };
            const card = await this.carry(connecting, from, whole<CardConnection>()).catch(async (error: unknown) => {
              await powered?.disconnect(); // nobody will ever hold it
              throw error;
            });
            return {
              transmit: (command, sender) => this.carry((giveUp) => card.transmit(command, giveUp), sender, bytes),
              disconnect: () => card.disconnect(),
            };
          },
          close: () => service.close(),
        };
      },
    };
  }
}
