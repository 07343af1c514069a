import type { Transport } from '../../core/index.ts';
import { PolledUps } from '../polled-ups.ts';
import { NutLink } from './link.ts';
import type { NutOptions } from './options.ts';

/** A UPS behind Network UPS Tools' upsd (TCP port 3493). */
export class NutDriver extends PolledUps {
  constructor(transport: Transport, options: NutOptions) {
    super(transport, (channel) => new NutLink(channel, options));
  }
}
