import { z } from 'zod';

/** Of JSON Schema what zod writes, as far as a reader wants to know. */
export const schemaNode = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number()])).optional(),
  const: z.union([z.string(), z.number(), z.boolean()]).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schemaNode).optional();
  },
  get items() {
    return schemaNode.optional();
  },
  get propertyNames() {
    return schemaNode.optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), schemaNode]).optional();
  },
  get anyOf() {
    return z.array(schemaNode).optional();
  },
  get oneOf() {
    return z.array(schemaNode).optional();
  },
});
export type SchemaNode = z.infer<typeof schemaNode>;

export interface SchemaRow {
  /** `devices[].id`; `*` for a name that is free. */
  readonly path: string;
  readonly required: boolean;
  /** Text, or the name of another schema. */
  readonly type: string;
  readonly ref: string | undefined;
  readonly limits: string;
  readonly description: string;
}

/** A schema as the rows of a table: every member, those of members below it. */
export function schemaRows(node: SchemaNode, path = '', required = true): SchemaRow[] {
  const own = path === '' ? [] : [rowOf(node, path, required)];
  return [...own, ...below(node, path)];
}

function below(node: SchemaNode, path: string): SchemaRow[] {
  const { properties = {}, required = [], items, additionalProperties: others } = node;
  const before = path === '' ? '' : `${path}.`;
  const members = Object.entries(properties).flatMap(([name, member]) =>
    schemaRows(member, before + name, required.includes(name)),
  );
  const free =
    typeof others === 'object' ? [rowOf({ ...others, propertyNames: node.propertyNames }, `${before}*`, false)] : [];
  return [...members, ...free, ...(items ? below(items, `${path}[]`) : [])];
}

function rowOf(node: SchemaNode, path: string, required: boolean): SchemaRow {
  const ref = node.$ref?.split('/').at(-1);
  return {
    path,
    required,
    type: typeOf(node),
    ref,
    limits: limitsOf(node).join(', '),
    description: node.description ?? '',
  };
}

function typeOf(node: SchemaNode): string {
  const { $ref, type, format, items } = node;
  const choices = node.anyOf ?? node.oneOf;
  if ($ref) return $ref.split('/').at(-1) ?? '';
  if (choices) return choices.map(typeOf).join(' or ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' · ');
  if (items) return `list of ${typeOf(items)}`;
  const name = [type ?? 'anything'].flat().join(' or ');
  return format ? `${name} (${format})` : name;
}

function limitsOf(node: SchemaNode): string[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, pattern, items, propertyNames } = node;
  return [
    ...range(minLength, maxLength, 'characters'),
    ...range(minimum, maximum, ''),
    ...range(minItems, maxItems, 'entries'),
    ...(items && !items.properties ? limitsOf(items).map((limit) => `each ${limit}`) : []),
    ...(pattern === 'Z$' ? ['in UTC, ends in Z'] : pattern ? [`matches ${pattern}`] : []),
    ...(propertyNames && !node.additionalProperties ? limitsOf(propertyNames).map((limit) => `its name ${limit}`) : []),
    ...(node.anyOf ?? node.oneOf ?? []).flatMap(limitsOf),
  ];
}

function range(low: number | undefined, high: number | undefined, unit: string): string[] {
  if (low === undefined && high === undefined) return [];
  const text =
    high === undefined ? `at least ${low}` : low === undefined || low === 0 ? `at most ${high}` : `${low} to ${high}`;
  return [`${text} ${unit}`.trim()];
}
