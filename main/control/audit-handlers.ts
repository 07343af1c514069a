import { type AuditAct, readEntry } from '../audit/entry.ts';
import type { Log } from '../log/log.ts';
import { type Handlers, RemoteError } from '../processes/rpc.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import { checkAudit } from './audit-check.ts';
import type { auditMethods } from './audit-protocol.ts';

type AuditHandlers = Handlers<{ readonly methods: typeof auditMethods; readonly events: Record<never, never> }>;

/** Answers what is asked of the record of acts. Whoever reads all of it, or what is sealed in it, is on record too. */
export function auditHandlers({
  terminalId,
  now,
  audit,
}: {
  readonly terminalId: string;
  readonly now: () => Date;
  readonly audit: Store['audit'];
}): AuditHandlers {
  return {
    auditExport: async () => {
      const head = audit.head();
      const { seq: last, hash } = head ?? { seq: 0, hash: '' };
      audit.append({ kind: 'audit-exported', detail: { last } });
      return { terminal: terminalId, at: now().toISOString(), suite: audit.suite, last, hash };
    },
    auditPage: async ({ after, limit }) => ({ lines: audit.page(after, limit) }),
    auditOpen: async ({ seq }) => {
      const [line] = audit.page(seq - 1, 1);
      const entry = line?.seq === seq ? readEntry(line.entry) : undefined;
      if (!line || !entry) throw new RemoteError('no-such-entry', `the record has no entry ${seq}`);
      const secret = audit.secretOf(entry);
      if (!secret) throw new RemoteError('nothing-sealed', `entry ${seq}, ${entry.kind}, has nothing that is sealed`);
      audit.append({ kind: 'audit-opened', detail: { entry: seq } }); // where this fails nothing is told
      return { entry: line.entry, secret };
    },
    auditCheck: async (_params, signal) => {
      const { entries, wrong } = await checkAudit(audit, signal);
      return { terminal: terminalId, entries, ...(wrong && { wrong }) };
    },
  };
}

/** For acts that are worth more than their record: a disk that refuses it may be what the act is to mend. */
export function recordOrSay(audit: Pick<Store['audit'], 'append'>, log: Log, act: AuditAct): void {
  try {
    audit.append(act);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.error({ kind: act.kind, code: error.code }, 'an act could not be put on record');
  }
}

/**
 * That a core begins. That the record was found broken, now or as the store was opened, is told here too: nobody looks into a
 * record every day.
 */
export function recordStart(audit: Store['audit'], log: Log, terminalId: string): void {
  recordOrSay(audit, log, { kind: 'core-started', subject: { terminalId }, detail: { suite: audit.suite } });
  const lastEntry = audit.brokenAfter;
  if (lastEntry === undefined) return;
  log.error({ lastEntry }, 'the record of acts was tampered with: kioskctl audit verify says where');
}

/** `work` on a device, on record before it begins and with its outcome: what kills the core in between is seen too. */
export async function recorded<T>(
  { audit, log }: { readonly audit: Pick<Store['audit'], 'append'>; readonly log: Log },
  kind: 'device-reset' | 'device-tested',
  deviceId: string,
  work: () => Promise<T>,
): Promise<T> {
  const record = (outcome: 'begun' | 'done' | 'failed'): void =>
    recordOrSay(audit, log, { kind, subject: { deviceId }, detail: { outcome } });
  record('begun');
  try {
    const result = await work();
    record('done');
    return result;
  } catch (error) {
    record('failed');
    throw error;
  }
}
