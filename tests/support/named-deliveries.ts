import { join } from 'node:path';
import type { Delivery } from '../../main/outbox/delivery.ts';
import { OutboxTerminal, type ScriptedPlatform, visitId } from './outbox-terminal.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A terminal with a visit in progress, in memory where there is such a disk. */
export function newTerminal(platform: ScriptedPlatform): OutboxTerminal {
  const terminal = new OutboxTerminal(join(temporaryFolder(), 'store.db'), platform);
  terminal.store.visits.save(visitId, {});
  return terminal;
}

const bodyOf = ({ body }: Delivery): { name?: string; caseNumber?: string; part?: number } =>
  JSON.parse(Buffer.from(body).toString('utf8'));

/** Of the case that a delivery is part of. */
export const nameOf = (delivery: Delivery): string => bodyOf(delivery).name ?? bodyOf(delivery).caseNumber ?? '';

/** `case 0`, `rating 2`; of a paper its id. */
export const partOf = (delivery: Delivery): string =>
  delivery.kind === 'material' ? delivery.idempotencyKey : `${delivery.kind} ${bodyOf(delivery).part}`;
