import type { EsclExchange, EsclReply } from '../../../../drivers/document-scanner/escl/http.ts';
import { type AnswerBytes, MessageLine } from '../../../support/exchange-line.ts';

const bodies: AnswerBytes<EsclReply> = {
  of: ({ body }) => body,
  replaced: (reply, body) => ({ ...reply, body }),
};

/** The network between an eSCL driver and a scanner. */
export class EsclLine extends MessageLine {
  readonly exchange: EsclExchange;

  constructor(farEnd: EsclExchange) {
    super();
    this.exchange = (request, signal, onBytes) =>
      this.carry((giveUp) => farEnd(request, giveUp, onBytes), signal, bodies);
  }
}
