import { z } from 'zod';

/** Why the platform says no. `code` stands in the answer's body; `when` is a sentence for whoever reads the document. */
export interface RefusalCase {
  readonly status: number;
  readonly code: string;
  readonly when: string;
}

/**
 * One thing that a terminal may ask of the platform. Client, stand-in platform and OpenAPI document are all made from it, so
 * that none of them can say anything else.
 */
export interface Operation<
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
  Parts extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Headers extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `{name}` stands for a part of the path that `parts` describes. */
  readonly path: `/v1/${string}`;
  /** A line for the list of operations. */
  readonly summary: string;
  readonly description?: string;
  /** `Authorization` and `Terminal-Id` go with every request; `optional`: the platform also answers without. */
  readonly credential: 'terminal' | 'optional';
  /** Whether an `Idempotency-Key` goes with it, under which the platform does the work once. */
  readonly once: boolean;
  /** Objects of strings as they come over the wire; header names in lower case. */
  readonly parts?: Parts;
  readonly query?: Query;
  readonly headers?: Headers;
  /** JSON in UTF-8, or `nothing`; with `bodyType`, bytes of that media type, which the schema does not see. */
  readonly body: Body;
  readonly bodyType?: string;
  /** Every success answers in this shape, or with `nothing`. JSON in UTF-8, or with `answerType` another media type. */
  readonly answer: Answer;
  readonly answerType?: string;
  /** Statuses of success, each with when it is given. */
  readonly successes: Readonly<Record<number, string>>;
  /** Headers of a success beside those of HTTP itself, each with what it says. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Beside those that every operation of its kind has; see `refusalsOf`. */
  readonly refusals?: readonly RefusalCase[];
  /** How long a terminal waits for the whole answer. */
  readonly deadlineMs: number;
}

/** No body at all. */
export const nothing = z.undefined();

/** Whether the body is JSON, and so what the schema sees. */
export function takesJson({ body, bodyType }: Pick<Operation, 'body' | 'bodyType'>): boolean {
  return body !== nothing && bodyType === undefined;
}

/** Everything that the platform may answer to this operation when it does not do it. */
export function refusalsOf(operation: Operation): RefusalCase[] {
  const { credential, once, bodyType, parts, query, headers, refusals = [] } = operation;
  const takesBody = takesJson(operation) || bodyType !== undefined;
  const hasShape = takesBody || once || credential === 'terminal' || parts || query || headers;
  return [
    ...(hasShape ? [badRequest] : []),
    ...(once ? idempotency : []),
    ...(credential === 'terminal' ? unauthorised : []),
    ...(takesBody ? [tooLarge, otherType] : []),
    ...refusals,
    ...always,
  ];
}

const badRequest = { status: 400, code: 'bad-request', when: 'Body, header or address are not as agreed.' };
const tooLarge = { status: 413, code: 'too-large', when: 'The body is longer than the platform takes.' };
const otherType = { status: 415, code: 'bad-request', when: 'The body is of another media type than agreed.' };
/** As draft-ietf-httpapi-idempotency-key-header-07, 2.7, has them. */
const idempotency = [
  { status: 400, code: 'idempotency-key-missing', when: 'Idempotency-Key is absent, or no quoted string.' },
  { status: 409, code: 'in-progress', when: 'The first request under this key is still being worked on.' },
  { status: 422, code: 'key-reused', when: 'This key came before with another content.' },
];
const unauthorised = [
  { status: 401, code: 'unauthorised', when: 'The credential is absent, unknown or has expired.' },
  { status: 403, code: 'forbidden', when: 'The credential is known, and this terminal may not do that.' },
];
const always = [
  { status: 429, code: 'too-many', when: 'This terminal asks more often than the platform allows at present.' },
  { status: 500, code: 'internal', when: 'The platform failed.' },
  { status: 503, code: 'busy', when: 'The platform has more to do than it can, or is being looked after.' },
];
