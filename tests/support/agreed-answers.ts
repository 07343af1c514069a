import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { z } from 'zod';
import type { GivenAnswer } from '../../scripts/platform/http.ts';
import { fastifyPath } from '../../scripts/platform/routes.ts';

const content = z.record(z.string(), z.object({ schema: z.object({ $ref: z.string() }).optional() }));
const response = z.object({ content: content.optional(), 'x-codes': z.array(z.string()).optional() });
const operation = z.object({ responses: z.record(z.string(), response) });
const documentShape = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** The committed document, as other cities read it. */
export const committed: Record<string, unknown> = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(readFileSync(new URL('../../main/sync/openapi.json', import.meta.url), 'utf8')));

const { paths } = documentShape.parse(committed);
const operations = new Map(
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, item]) => [`${method.toUpperCase()} ${fastifyPath(path)}`, item] as const),
  ),
);
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema(committed, 'openapi.json');

/** Complaints about `value` by the schema at `ref` of the committed document, each with its place. */
export function schemaComplaints(ref: string, value: unknown): string[] {
  const validate = ajv.getSchema(`openapi.json${ref}`);
  if (!validate) throw new Error(`the document has no ${ref}`);
  return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

const refusal = z.object({ error: z.object({ code: z.string() }) });

/** What the document does not say of an answer. A fault that a test asked for, and the tools, are none of its business. */
export function notInDocument({ method, route, status, type, body }: GivenAnswer): string[] {
  const name = `${method} ${route} ${status}`;
  const known = operations.get(`${method} ${route}`);
  if (!known) return [];
  const agreed = known.responses[status] ?? (status >= 400 ? known.responses['default'] : undefined);
  if (!agreed) return [`${name}: no such status`];
  if (!agreed.content) return body ? [`${name}: a body where none is`] : [];
  const media = agreed.content[type.split(';')[0]!];
  if (!media) return [`${name}: ${type}`];
  if (!media.schema) return [];
  const value: unknown = JSON.parse(String(body));
  const code = refusal.safeParse(value).data?.error.code;
  if (code === 'asked-to-fail') return [];
  const unknown =
    code !== undefined && agreed['x-codes']?.includes(code) === false ? [`${name}: ${code} is not listed`] : [];
  return [...unknown, ...schemaComplaints(media.schema.$ref, value).map((complaint) => `${name}: ${complaint}`)];
}
