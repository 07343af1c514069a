import { DeviceError, sleep, unlessAborted } from '../../core/index.ts';
import type { OnPage, ScanOutcome, ScanSettings } from '../contract.ts';
import { MAX_PAGES, pictureType } from '../picture.ts';
import type { EsclClient } from './client.ts';
import { feederTrouble } from './condition.ts';
import type { ScannerCapabilities, ScannerStatus } from './messages.ts';
import { ticketFor } from './ticket.ts';

/** Some Brother models say that there are no more pages when the next is asked for at once (sane-airscan). */
const MAX_PAUSE_MS = 1_000;

export interface ScanJob {
  readonly client: EsclClient;
  readonly capabilities: ScannerCapabilities;
  /** As it was just before. */
  readonly status: ScannerStatus;
  readonly settings: ScanSettings;
  readonly onPage: OnPage;
  /** The caller's first, whose reason is passed on; that of another ends up in the outcome. */
  readonly signals: readonly [caller: AbortSignal, driver: AbortSignal];
}

/**
 * One job from its creation to its end. Whatever ends it before its time, the scanner is told to forget it. Rejects with the
 * caller's reason, or with what `onPage` failed with.
 *
 *   create ──► page ──► hand over ──► pause ──► page … ──► no more: complete
 *      └──────────┴──────────┴─────────── failure, abort ──► delete ──► stopped
 */
export async function scanPages(scan: ScanJob): Promise<ScanOutcome> {
  const { client, status, onPage, signals } = scan;
  const [caller] = signals;
  let job: string | undefined;
  let asked = false;
  let pages = 0;
  let handingOver = false;
  try {
    const ticket = ticketFor(scan.capabilities, scan.settings);
    const trouble = ticket.source === 'Feeder' ? feederTrouble(status) : undefined;
    const sure = trouble && (trouble.code !== 'no-media' || scan.capabilities.detectsPaper);
    if (sure) throw new DeviceError(trouble.code, trouble.detail);
    asked = true;
    job = await client.createJob(ticket, ...signals);
    for (;;) {
      const startedAtMs = performance.now();
      const bytes = await client.nextPage(job, ticket, pages, ...signals);
      if (!bytes) return { outcome: 'complete', pages };
      const pauseMs = Math.min(MAX_PAUSE_MS, (performance.now() - startedAtMs) / 2);
      if (pages === MAX_PAGES)
        throw new DeviceError('protocol', `eSCL scanner: more than ${MAX_PAGES} pages in one job`);
      const page = { number: pages + 1, mediaType: pictureType(bytes), bytes };
      handingOver = true;
      await unlessAborted([caller], Promise.resolve(onPage(page))); // a page that is being taken counts, come what may
      handingOver = false;
      pages += 1;
      await sleep(pauseMs, ...signals);
    }
  } catch (error) {
    if (job !== undefined) await client.deleteJob(job);
    else if (asked) await forgetNewJobs(client, status);
    caller.throwIfAborted();
    if (handingOver) throw error;
    const { code, message } = DeviceError.from(error);
    return { outcome: 'stopped', pages, code, detail: message };
  }
}

/** A job whose address never came: it is among those that were not there before. */
async function forgetNewJobs(client: EsclClient, before: ScannerStatus): Promise<void> {
  const now = await client.status().catch(() => undefined);
  const known = before.jobs.map(({ uri }) => uri);
  if (now) await client.deleteJobs(now, known);
}
