import { z } from 'zod';
import { catalogueQuery, signedCatalogue } from './catalogue-schemas.ts';
import { commandResultAnswer, commandResultBody, commandsAnswer, commandsQuery } from './command-schemas.ts';
import {
  desiredDocument,
  NOTHING_REPORTED,
  reportedAnswer,
  reportedBody,
  reportedDocument,
} from './document-schemas.ts';
import { nothing, type Operation } from './operation.ts';

const DOCUMENT_MS = 10_000;
/** The platform holds the answer back for 30 s at most; the rest is for a slow line. */
const COMMANDS_MS = 40_000;
/** A megabyte over a slow mobile line. */
const CATALOGUE_MS = 60_000;

/** What platform and terminal have to say to each other about the terminal itself. */
export const managementOperations = {
  desiredDocument: {
    method: 'GET',
    path: '/v1/device/desired',
    summary: 'Ask what the platform wants of this terminal',
    description:
      'A document is taken as a whole or refused as a whole; which, and why, stands in what the terminal reports. A ' +
      'version lower than the one in force is refused.',
    credential: 'terminal',
    once: false,
    headers: z.object({ 'if-none-match': z.string().max(200).optional() }),
    body: nothing,
    answer: desiredDocument,
    answerHeaders: { ETag: 'Stands for this document.' },
    successes: { 200: 'What is wanted.', 304: 'What `If-None-Match` stands for.' },
    deadlineMs: DOCUMENT_MS,
  },
  reportedDocument: {
    method: 'GET',
    path: '/v1/device/reported',
    summary: 'Ask what was last reported under this terminal’s id',
    description: 'Asked after `revision-conflict`: whether it was this terminal’s own writing, whose answer was lost.',
    credential: 'terminal',
    once: false,
    body: nothing,
    answer: reportedDocument,
    successes: { 200: 'What was last reported.' },
    refusals: [{ status: 404, code: NOTHING_REPORTED, when: 'Nothing was ever reported under this id.' }],
    deadlineMs: DOCUMENT_MS,
  },
  report: {
    method: 'PUT',
    path: '/v1/device/reported',
    summary: 'Report how this terminal is',
    description:
      'The whole of it each time: a second after something has changed, and at every telemetry interval. `If-Match` ' +
      'tells two terminals that were given the same id.',
    credential: 'terminal',
    once: false,
    headers: z.object({ 'if-match': z.string().max(200).optional(), 'if-none-match': z.literal('*').optional() }),
    body: reportedBody,
    answer: reportedAnswer,
    answerHeaders: { ETag: 'The revision, in quotes.' },
    successes: { 200: 'Kept in place of what was reported before.' },
    refusals: [
      { status: 412, code: 'revision-conflict', when: 'Something else was reported since, or something before.' },
      { status: 428, code: 'condition-missing', when: 'Neither `If-Match` nor `If-None-Match` came with it.' },
    ],
    deadlineMs: DOCUMENT_MS,
  },
  commands: {
    method: 'GET',
    path: '/v1/commands',
    summary: 'Wait for what this terminal is to do',
    description:
      'A long poll: answered as soon as there is a command, and with none after `wait` seconds. A command is lent for ' +
      'two minutes, and sent again where no result has come by then. A terminal carries each id out once at most. Kinds: ' +
      '`report-now`; `reset-device` with `{ deviceId }`; `show-notice` with `{ text: { zh-CN, en }, forS }`; `outbox-wake`; ' +
      '`restart-core`, which waits for the end of a visit. Any other is answered `unsupported`.',
    credential: 'terminal',
    once: false,
    query: commandsQuery,
    body: nothing,
    answer: commandsAnswer,
    successes: { 200: 'What there is to do.' },
    deadlineMs: COMMANDS_MS,
  },
  catalogue: {
    method: 'GET',
    path: '/v1/catalogue',
    summary: 'Fetch the services that the city offers, signed',
    description: 'Asked when `desired.settings.catalogueVersion` is higher than what the terminal works with.',
    credential: 'terminal',
    once: false,
    query: catalogueQuery,
    body: nothing,
    answer: signedCatalogue,
    successes: { 200: 'That version, or a later one.' },
    refusals: [{ status: 404, code: 'no-such-catalogue', when: 'There is no catalogue as late as that.' }],
    deadlineMs: CATALOGUE_MS,
  },
  finishCommand: {
    method: 'POST',
    path: '/v1/commands/{commandId}/result',
    summary: 'Tell how a command went',
    description: 'Told until it is heard; the same again changes nothing.',
    credential: 'terminal',
    once: false,
    parts: z.object({ commandId: z.uuid() }),
    body: commandResultBody,
    answer: commandResultAnswer,
    successes: { 200: 'Noted.' },
    refusals: [{ status: 404, code: 'command-unknown', when: 'This terminal was never given this command.' }],
    deadlineMs: DOCUMENT_MS,
  },
} as const satisfies Readonly<Record<string, Operation>>;
