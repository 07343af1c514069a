import type { Configuration } from './config/config.ts';
import { DraftCourier } from './drafts/draft-courier.ts';
import { DraftDesk } from './drafts/draft-desk.ts';
import type { Log } from './log/log.ts';
import { Outbox } from './outbox/outbox.ts';
import type { Store } from './storage/open.ts';
import { type PlatformAccess, platformAccess } from './sync/access.ts';
import { type Clock, healthThatTells } from './sync/clock.ts';
import { Connectivity, networkOf } from './sync/connectivity.ts';
import { httpDraftPlatform } from './sync/draft-platform.ts';
import { httpManagement, type Management } from './sync/management.ts';
import { httpPlatform, type Platform } from './sync/platform.ts';

/** The line to the platform, whether anybody is at its other end, and what of residents waits for it. */
export interface Line {
  readonly access: PlatformAccess;
  readonly platform: Platform;
  readonly management: Management;
  readonly connectivity: Connectivity;
  readonly outbox: Outbox;
  readonly drafts: DraftDesk;
  readonly courier: DraftCourier;
  /** Hears of what the page shows of the line, once what waited for it has been woken. */
  onChange(listener: () => void): void;
}

/** Opens no connection. Rejects with an AccessError where the credential cannot be used. */
export async function openLine(
  { platform: { baseUrl, ...credential }, terminal }: Configuration,
  { store, clock, log }: { readonly store: Store; readonly clock: Clock; readonly log: Log },
): Promise<Line> {
  const access = await platformAccess({ baseUrl, ...credential }, log);
  const way = { ...access, baseUrl, terminalId: terminal.id };
  const platform = httpPlatform(way);
  const connectivity = new Connectivity({ health: healthThatTells(platform, baseUrl, clock), baseUrl, log });
  const now = () => clock.now().getTime();
  const outbox = new Outbox({ store, log, now, deliver: delivering(platform, connectivity) });
  const ofDrafts = { store, platform: httpDraftPlatform(way), log, now };
  const clockIsSure = () => clock.status.value.state !== 'unconfirmed';
  const courier = new DraftCourier({ ...ofDrafts, clockIsSure });
  const drafts = new DraftDesk({ ...ofDrafts, ring: () => courier.ring() });
  const onChange = changesOf(connectivity, (outageMs) => {
    outbox.wake(outageMs);
    courier.wake();
  });
  return { access, platform, management: httpManagement(way), connectivity, outbox, drafts, courier, onChange };
}

/** Whoever delivers knows first whether somebody listens. */
function delivering(platform: Platform, connectivity: Connectivity): Platform['deliver'] {
  return async (delivery, signal) => {
    const outcome = await platform.deliver(delivery, signal);
    if (outcome.outcome === 'delivered' || outcome.outcome === 'rejected') connectivity.reportSuccess();
    else connectivity.reportFailure();
    return outcome;
  };
}

function changesOf({ status }: Connectivity, onBack: (outageMs: number) => void): Line['onChange'] {
  const listeners: (() => void)[] = [];
  let told = networkOf(status.value);
  let cutOffAtMs = performance.now();
  status.subscribe((next) => {
    const before = told;
    told = networkOf(next);
    if (told.network === before.network && told.offlineCause === before.offlineCause) return;
    if (before.network === 'online') cutOffAtMs = performance.now();
    if (told.network === 'online') onBack(performance.now() - cutOffAtMs);
    for (const listener of listeners) listener();
  });
  return (listener) => void listeners.push(listener);
}
