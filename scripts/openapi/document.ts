import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { nothing, type Operation, type RefusalCase, refusalsOf, takesJson } from '../../main/sync/operation.ts';
import { operations } from '../../main/sync/operations.ts';
import { errorAnswer } from '../../main/sync/schemas.ts';
import { certificate } from '../../printers/document/document.ts';
import { contract } from './contract.ts';
import { type Example, examples } from './examples.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export const table: readonly (readonly [string, Operation])[] = Object.entries(operations);
const packageFile = z.object({ version: z.string() });

/** OpenAPI 3.1 of everything that terminals may ask. The same table gives the same bytes. */
export function openApiDocument(): JsonObject {
  const { version } = packageFile.parse(
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
  );
  const paths: Record<string, Record<string, Json>> = {};
  for (const [id, operation] of table) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(id, operation),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Jiujin 就近: what terminals ask of the central platform',
      version,
      description: contract.map(({ title, paragraphs }) => [`## ${title}`, ...paragraphs].join('\n\n')).join('\n\n'),
    },
    servers: [{ url: 'https://{platform}', variables: { platform: { default: 'platform.example' } } }],
    paths,
    components: {
      schemas: componentSchemas(),
      parameters: {
        'Terminal-Id': headerParameter('Terminal-Id', 'Which terminal asks.', 'LS03'),
        'Idempotency-Key': headerParameter(
          'Idempotency-Key',
          'A quoted string, made when the case was accepted; the same at every attempt.',
          '"0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11"',
        ),
      },
      securitySchemes: { terminal: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** The name of an operation's body or answer among the components. */
export function componentName(id: string, part: 'Body' | 'Answer'): string {
  return id.charAt(0).toUpperCase() + id.slice(1) + part;
}

/** Every schema that goes over the wire as JSON, by name, alphabetically. */
export function componentSchemas(): JsonObject {
  const registry = z.registry<{ id: string }>();
  const add = (id: string, schema: z.ZodType): void => {
    if (!registry.has(schema)) registry.add(schema, { id });
  };
  add('Refusal', errorAnswer);
  add('Certificate', certificate);
  for (const [id, operation] of table) {
    if (takesJson(operation)) add(componentName(id, 'Body'), operation.body);
    if (answersJson(operation)) add(componentName(id, 'Answer'), operation.answer);
  }
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    io: 'input', // an answer may say more than is written, which the shape of what zod gives out would forbid
    uri: schemaUri,
    override: ({ jsonSchema }) => {
      // zod spells formats out as patterns that nobody can read; what they say beyond the format is kept.
      if (jsonSchema.format === 'uuid' || jsonSchema.format === 'date') delete jsonSchema.pattern;
      if (jsonSchema.contentEncoding === 'base64') {
        delete jsonSchema.format; // which is none of JSON Schema's: contentEncoding says it
        delete jsonSchema.pattern;
      }
      if (jsonSchema.format === 'date-time') jsonSchema.pattern = 'Z$';
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const plain = Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema] as const);
  return asJson(Object.fromEntries(plain.sort(([one], [other]) => (one < other ? -1 : 1))));
}

export function answersJson({ answer, answerType }: Pick<Operation, 'answer' | 'answerType'>): boolean {
  return answer !== nothing && answerType === undefined;
}

/** Refusals of one status, in the order of the table. */
export function refusalsByStatus(operation: Operation): ReadonlyMap<number, readonly RefusalCase[]> {
  const all = refusalsOf(operation);
  const statuses = [...new Set(all.map(({ status }) => status))].sort((one, other) => one - other);
  return new Map(statuses.map((status) => [status, all.filter((refusal) => refusal.status === status)]));
}

export function exampleOf(id: string): Example | undefined {
  return exampleById.get(id);
}
const exampleById: ReadonlyMap<string, Example> = new Map(Object.entries(examples));

function operationObject(id: string, operation: Operation): Json {
  const { summary, description, credential, bodyType, deadlineMs } = operation;
  const takesBody = takesJson(operation) || bodyType !== undefined;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    security: credential === 'terminal' ? [{ terminal: [] }] : [{}, { terminal: [] }],
    'x-deadline-ms': deadlineMs,
    parameters: parametersOf(id, operation),
    ...(takesBody && {
      requestBody: {
        required: true,
        content: bodyType ? { [bodyType]: {} } : jsonContent(schemaUri(componentName(id, 'Body')), exampleOf(id)?.body),
      },
    }),
    responses: {
      ...successesOf(id, operation),
      ...refusedResponses(operation),
      default: refusedResponse('Any other refusal.', []),
    },
  };
}

function parametersOf(id: string, { once, credential, parts, query, headers }: Operation): Json {
  const given = exampleOf(id)?.parts ?? {};
  return [
    ...(credential === 'terminal' ? [{ $ref: '#/components/parameters/Terminal-Id' }] : []),
    ...(once ? [{ $ref: '#/components/parameters/Idempotency-Key' }] : []),
    ...parameterObjects('path', parts).map((parameter) => {
      const example = given[String(parameter['name'])];
      return example === undefined ? parameter : { ...parameter, example };
    }),
    ...parameterObjects('query', query),
    ...parameterObjects('header', headers),
  ];
}

function parameterObjects(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): JsonObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = typeof property === 'boolean' ? {} : property;
    const mandatory = place === 'path' || required.includes(name);
    return asJson({ name, in: place, required: mandatory, description, schema: rest });
  });
}

function successesOf(id: string, operation: Operation): Record<string, Json> {
  const { successes, answerType, answerHeaders = {} } = operation;
  const headers = Object.entries(answerHeaders).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  const json = answersJson(operation) && jsonContent(schemaUri(componentName(id, 'Answer')), exampleOf(id)?.answer);
  const content = answerType ? { [answerType]: {} } : json;
  return Object.fromEntries(
    Object.entries(successes).map(([status, description]) => {
      const bodyless = status === '204' || status === '304';
      return [
        status,
        {
          description,
          ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
          ...(content && !bodyless && { content }),
        },
      ];
    }),
  );
}

function refusedResponses(operation: Operation): Record<string, Json> {
  const responses = [...refusalsByStatus(operation)].map(([status, refusals]) => {
    const text = refusals.map(({ code, when }) => `\`${code}\`: ${when}`).join(' ');
    return [status, refusedResponse(text, refusals)];
  });
  return Object.fromEntries(responses);
}

function refusedResponse(description: string, refusals: readonly RefusalCase[]): Json {
  const codes = refusals.map(({ code }) => code);
  const comesAgain = refusals.some(({ status }) => status === 429 || status === 503);
  return {
    description,
    ...(comesAgain && {
      headers: {
        'Retry-After': { description: 'Seconds, or an HTTP date: not before.', schema: { type: 'string' } },
      },
    }),
    ...(codes.length > 0 && { 'x-codes': codes }),
    content: { 'application/json': { schema: { $ref: schemaUri('Refusal') } } },
  };
}

function jsonContent(ref: string, example: unknown): Json {
  const given = example === undefined ? {} : { example: asJson(example) };
  return { 'application/json': { schema: { $ref: ref }, ...given } };
}

function headerParameter(name: string, description: string, example: string): Json {
  return { name, in: 'header', required: true, description, schema: { type: 'string' }, example };
}

function schemaUri(id: string): string {
  return `#/components/schemas/${id}`;
}

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** What a file would hold: what is undefined is gone. */
function asJson(value: unknown): JsonObject {
  return jsonObject.parse(JSON.parse(JSON.stringify(value)));
}
