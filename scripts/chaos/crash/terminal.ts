import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, utimesSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { openStorage } from '../../../main/compose-store.ts';
import { DraftCourier } from '../../../main/drafts/draft-courier.ts';
import { DraftDesk } from '../../../main/drafts/draft-desk.ts';
import type { Log } from '../../../main/log/log.ts';
import type { Deliver } from '../../../main/outbox/delivery.ts';
import { Outbox } from '../../../main/outbox/outbox.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { copiesOf } from '../../../main/storage/places.ts';
import { storageSettings } from '../../../main/storage/settings.ts';
import { httpDraftPlatform } from '../../../main/sync/draft-platform.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { databaseOf } from './records.ts';
import { bodyOf, codeOf, draftOf, papersOf, ratingOf, type Visit, visit, visitOf } from './resident.ts';
import { dropSyncs } from './sabotage.ts';
import { isOfSyncs, type TerminalOptions, terminalOptions, type Word } from './words.ts';

/** The core waits 2 s; here a disk that has room again is to be noticed sooner. */
const STORAGE_RETRY_MS = 50;
/** Residents between two moments at which nobody is there for long. */
const VISITS_A_COPY = 7;
const HOUR_MS = 3_600_000;
/** A resident who takes an application up again waits so long for the platform. */
const CLAIM_MS = 300;
/** How long a broken promise stands, so that few kills find it. */
const SABOTAGE_MS = 100;

// A terminal at which one resident after another submits and rates, with the production outbox and platform client, and a store
// that is opened, recovered, watched and copied as the core does it. It may be killed at any moment. Loads everything, says
// `ready`, and begins when a line comes in; ends with its input.
const options = terminalOptions.parse(JSON.parse(process.argv[2] ?? ''));
process.stdin.once('end', () => process.exit());
flushCompileCache(); // Node would write it at an end that never comes
say('ready');
await once(process.stdin, 'data');

if (isOfSyncs(options.sabotage)) dropSyncs(options.sabotage);
const { reserveBytes } = options;
// A disk of a megabyte is full by every figure: that it is shows where it refuses a write.
const figures = { lowBytes: 2, criticalBytes: 1, reserveBytes: reserveBytes ?? 0 };
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const storage = openStorage(
  options.folder,
  { ...storageSettings.parse({}), ...figures },
  { log: silent, now: () => new Date() },
);
const { store, disk } = storage;
let isSomebodyThere = true;
const upkeep = storage.upkeep(() => !isSomebodyThere);
const { deliver } = httpPlatform({ baseUrl: options.platformUrl, terminalId: 'T-0001', token: options.token });
const outbox = new Outbox({ store, deliver: watched(deliver, options.sabotage) });
const draftPlatform = httpDraftPlatform({ baseUrl: options.platformUrl, terminalId: 'T-0001', token: options.token });
const courier = new DraftCourier({ store, platform: draftPlatform, log: silent });
const drafts = new DraftDesk({ store, platform: draftPlatform, log: silent, ring: () => courier.ring() });
say('opened');

const stop = new AbortController();
if (options.task === 'accept') await makeReserve();
const running = Promise.all([outbox, disk, courier].map((part) => part.run(stop.signal)));
outbox.wake();
courier.wake();
drafts.release(store.visits.currentId());
const interrupted = store.visits.load();
if (interrupted) await submit(visit.parse(interrupted.snapshot));
if (options.task === 'drain') await drain();
else for (;;) await serve();

async function serve(): Promise<void> {
  if (reserveBytes !== undefined && disk.level.value === 'critical') {
    say('refused');
    await setTimeout(STORAGE_RETRY_MS);
    return;
  }
  const next = await nextVisit();
  say('begun', next.caseNumber);
  if (options.sabotage === 'accepts-too-early') {
    say('accepted', next.caseNumber);
    await setTimeout(SABOTAGE_MS);
  }
  if (options.sabotage === 'rates-first') rateFirst(next);
  await submit(next);
  await setTimeout(Math.random() * options.pauseMs);
  if (options.copies && Number(next.caseNumber.slice(1)) % VISITS_A_COPY === 0) await rest();
}

/** The disk watch makes it after some looks, a minute after a start. */
async function makeReserve(): Promise<void> {
  while (reserveBytes !== undefined && !existsSync(join(options.folder, 'reserve'))) await disk.look(stop.signal);
}

/** Nobody comes for a while, and the last copy is an hour old. */
async function rest(): Promise<void> {
  const [last] = copiesOf(databaseOf(options.folder)).good;
  const anHourAgo = new Date(Date.now() - HOUR_MS);
  if (existsSync(last)) utimesSync(last, anHourAgo, anHourAgo);
  isSomebodyThere = false;
  say('resting');
  await upkeep.look(stop.signal);
  isSomebodyThere = true;
  say('copied');
}

/** A number that the disk does not take is a resident told no. */
async function nextVisit(): Promise<Visit> {
  for (;;) {
    try {
      return visitOf(store.counters.nextNumber('case'));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      say('refused');
      await setTimeout(STORAGE_RETRY_MS);
    }
  }
}

/** From the touch of 确认提交 to the end of the visit. A crash in between repeats it: each step is the same again. */
async function submit(of: Visit): Promise<void> {
  const { caseId, caseNumber, visitId } = of;
  try {
    if (store.visits.currentId() !== visitId) store.visits.save(visitId, of);
    // What was made of it before a crash stands, with what was put aside or without.
    if (of.claimId === undefined || !outbox.has(caseId)) accept(of, await putAside(of));
    say('accepted', caseNumber);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    say('refused', caseNumber);
    await insist(caseNumber, () => {
      drafts.release(undefined);
      store.visits.remove();
      store.wipe();
    });
    return;
  }
  if (of.stars > 0) {
    await insist(caseNumber, () => outbox.add({ caseId, kind: 'rating', body: ratingOf(of) }));
    say('rated', caseNumber);
  }
  await insist(caseNumber, () => {
    outbox.removeDelivered(caseId);
    drafts.release(undefined);
    store.visits.remove();
    store.wipe();
  });
  say('ended', caseNumber);
}

function accept(of: Visit, draftId: string | undefined): void {
  const { caseId, caseNumber, serviceId, visitId } = of;
  const materials = papersOf(of).map(({ name, bytes }) => ({ ...name, ...store.blobs.put(bytes, visitId) }));
  const body = { ...bodyOf(of), ...(draftId !== undefined && { draftId }) };
  const accepted = { caseId, caseNumber, serviceId, visitId, body, materials };
  // As the visit does: within a transaction it would not come by the intake.
  if (draftId === undefined) outbox.accept(accepted);
  else {
    store.transaction(() => {
      outbox.accept(accepted);
      drafts.consume(draftId);
    });
  }
}

/**
 * Some put their application aside and take it up again: what they then hold. Where the line is too slow for that they begin
 * afresh, and what was put aside stays.
 */
async function putAside(of: Visit): Promise<string | undefined> {
  const { claimId, caseNumber, visitId } = of;
  if (claimId === undefined) return undefined;
  const draft = draftOf(of);
  drafts.save(draft, codeOf(of));
  say('saved', caseNumber);
  const claim = { claimId, code: codeOf(of), person: draft.person, visitId };
  const outcome = await drafts.claim(claim, AbortSignal.timeout(CLAIM_MS)).catch((error: unknown) => {
    if (error instanceof StorageError) throw error;
    return undefined;
  });
  if (outcome?.outcome !== 'claimed') return undefined;
  say('continued', caseNumber);
  return draft.draftId;
}

/** Until the disk takes it: what was said to the resident stands. */
async function insist(caseNumber: string, step: () => void): Promise<void> {
  for (;;) {
    try {
      step();
      return;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      say('held', caseNumber);
      await setTimeout(STORAGE_RETRY_MS);
    }
  }
}

async function drain(): Promise<void> {
  while (outbox.stats().waiting + outbox.stats().sending > 0 || store.drafts.nextDueAtMs() !== undefined) {
    outbox.wake();
    courier.wake();
    await setTimeout(100);
  }
  stop.abort();
  await running;
  store.close();
  say('drained');
  process.exit();
}

/** Says when an answer has come of which nothing is on the disk yet: a moment at which a kill means sending it again. */
function watched(send: Deliver, sabotage: TerminalOptions['sabotage']): Deliver {
  return async (delivery, signal) => {
    const key = sabotage === 'new-key-each-time' ? randomUUID() : delivery.idempotencyKey;
    const outcome = await send({ ...delivery, idempotencyKey: key }, signal);
    if (outcome.outcome === 'delivered' && delivery.kind === 'case') {
      say('answered', z.object({ caseNumber: z.string() }).parse(outcome.result).caseNumber);
    }
    return outcome;
  };
}

function rateFirst(of: Visit): void {
  const body = Buffer.from(JSON.stringify(ratingOf(of)));
  void deliver({ kind: 'rating', idempotencyKey: randomUUID(), body }, stop.signal);
}

/** Written through, so that it is in the pipe when the next step begins, whatever happens to this process then. */
function say(word: Word, caseNumber = ''): void {
  writeSync(1, `${word} ${caseNumber}`.trimEnd().concat('\n'));
}
