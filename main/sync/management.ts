import { z } from 'zod';
import type { SignedCatalogue } from './catalogue-schemas.ts';
import type { CommandResultAnswer, CommandResultBody, CommandsAnswer } from './command-schemas.ts';
import type { ReportedAnswer, ReportedBody, ReportedDocument } from './document-schemas.ts';
import type { Tagged } from './exchange.ts';
import { httpLink, type LinkOptions } from './link.ts';
import { managementOperations as operations } from './management-operations.ts';

/** What platform and terminal say to each other about the terminal itself. All reject with a SyncError. */
export interface Management {
  /** What the platform wants of this terminal, as it stands: to be judged as a whole by whoever applies it. */
  desired(etag: string | undefined, signal: AbortSignal): Promise<Tagged<unknown> | 'not-modified'>;
  /** `rejected` with `revision-conflict` where `revision` is no longer what the platform has. */
  report(body: ReportedBody, revision: string | undefined, signal: AbortSignal): Promise<ReportedAnswer>;
  reported(signal: AbortSignal): Promise<ReportedDocument>;
  /** What there is to do; the platform may hold its answer back for `waitS`, at most 30. */
  commands(waitS: number, signal: AbortSignal): Promise<CommandsAnswer>;
  /** That version, or a later one; nothing of it is verified. */
  catalogue(version: number, signal: AbortSignal): Promise<SignedCatalogue>;
  finishCommand(commandId: string, result: CommandResultBody, signal: AbortSignal): Promise<CommandResultAnswer>;
}

/** Any JSON object: what is in it is judged later, and a portal's page is none. */
const anyDocument = z.looseObject({});

export function httpManagement(options: LinkOptions): Management {
  const link = httpLink(options);
  return {
    desired: (etag, signal) =>
      link.askUnless<unknown>({ ...operations.desiredDocument, answer: anyDocument }, etag, signal),
    report: (body, revision, signal) => {
      const headers = revision === undefined ? { 'if-none-match': '*' } : { 'if-match': `"${revision}"` };
      return link.ask(operations.report, { headers, body: JSON.stringify(body) }, signal);
    },
    reported: (signal) => link.ask(operations.reportedDocument, {}, signal),
    commands: (waitS, signal) => link.ask(operations.commands, { query: { wait: String(waitS) } }, signal),
    catalogue: (version, signal) => link.ask(operations.catalogue, { query: { version: String(version) } }, signal),
    finishCommand: (commandId, result, signal) =>
      link.ask(operations.finishCommand, { parts: { commandId }, body: JSON.stringify(result) }, signal),
  };
}
