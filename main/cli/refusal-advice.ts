import type { ListedDeliveryMessage } from '../control/outbox-protocol.ts';
import { DRAFT_USED } from '../sync/draft-schemas.ts';
import { CASE_NUMBER_TAKEN } from '../sync/schemas.ts';

/** What a technician is to do about a refusal for which sending the case again cannot help. */
const adviceFor: Readonly<Record<string, string>> = {
  [CASE_NUMBER_TAKEN]:
    'another case has this number at the platform: sending it again cannot help. Export it for a clerk, and look whether ' +
    'another terminal has the same code, or whether the data of this one is an old copy',
  [DRAFT_USED]:
    'the platform has another case of the same saved application: sending this one again cannot help. Ask the resident which ' +
    'of the two is meant; hand it to the counter, or close it as withdrawn',
};

/** A sentence for each reason among `deliveries` that needs one. */
export function adviceOn(deliveries: readonly Pick<ListedDeliveryMessage, 'reason'>[]): string[] {
  const reasons = new Set(deliveries.map(({ reason }) => reason ?? ''));
  return [...reasons].flatMap((reason) => {
    const advice = Object.hasOwn(adviceFor, reason) ? adviceFor[reason] : undefined;
    return advice === undefined ? [] : [`${reason}: ${advice}`];
  });
}
