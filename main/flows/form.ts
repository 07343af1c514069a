import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FormField } from '../contracts/view.ts';
import type { FormProperty, FormSchema } from './service-file.ts';

export type Answer = string | number;
export type Answers = Readonly<Record<string, Answer>>;
export type FieldErrors = Readonly<Record<string, NonNullable<FormField['error']>>>;

/** To see whether the schema is one, Ajv compiles that of all schemas, for 25 ms a form; it is ours, from a file that was checked. */
const OPTIONS = { allErrors: true, meta: false, validateSchema: false };
const validators = new WeakMap<FormSchema, ValidateFunction>();

/** What is wrong with which field; an empty object when the form is complete and right. */
export function checkForm(schema: FormSchema, answers: Answers): FieldErrors {
  const validate = validators.get(schema) ?? new Ajv(OPTIONS).compile(plainSchema(schema));
  validators.set(schema, validate);
  validate(answers);
  return Object.fromEntries((validate.errors ?? []).map(fieldError).reverse());
}

/** The form's fields as the page draws them, in the order of the file. */
export function formFields(schema: FormSchema, answers: Answers, errors: FieldErrors): FormField[] {
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    title: property.title,
    ...(property.help && { help: property.help }),
    required: schema.required.includes(name),
    control: control(property),
    ...(answers[name] !== undefined && { value: answers[name] }),
    ...(errors[name] && { error: errors[name] }),
  }));
}

/** A value that the field could hold, complete or not: what may be stored while a resident is still typing. */
export function isPlausible(property: FormProperty, value: Answer): boolean {
  if (property.type === 'integer') return Number.isSafeInteger(value);
  if (typeof value !== 'string') return false;
  if ('oneOf' in property) return property.oneOf.some((choice) => choice.const === value);
  return value.length <= property.maxLength && /^\d*$/.test(value);
}

function control(property: FormProperty): FormField['control'] {
  if (property.type === 'integer') {
    const { minimum, maximum, unit } = property;
    return { kind: 'number', minimum, maximum, ...(unit && { unit }) };
  }
  if ('oneOf' in property) {
    const options = property.oneOf.map(({ const: value, title, detail }) => ({
      value,
      title,
      ...(detail && { detail }),
    }));
    return { kind: 'choice', options };
  }
  const { maxLength, group } = property;
  return { kind: 'digits', maxLength, ...(group && { group }) };
}

/** The form's schema without our titles, which JSON Schema would want to be strings. */
function plainSchema({ required, properties }: FormSchema): object {
  const plain = Object.entries(properties).map(([name, property]) => {
    if (property.type === 'integer') {
      return [name, { type: 'integer', minimum: property.minimum, maximum: property.maximum }];
    }
    if ('oneOf' in property) return [name, { type: 'string', enum: property.oneOf.map((choice) => choice.const) }];
    return [name, { type: 'string', pattern: property.pattern, maxLength: property.maxLength }];
  });
  return { type: 'object', required, additionalProperties: false, properties: Object.fromEntries(plain) };
}

function fieldError({ keyword, instancePath, params }: ErrorObject): [string, NonNullable<FormField['error']>] {
  if (keyword === 'required') return [String(params['missingProperty']), 'required'];
  if (keyword === 'additionalProperties') return [String(params['additionalProperty']), 'bad-format'];
  const field = instancePath.slice(1);
  if (keyword === 'minimum') return [field, 'too-small'];
  if (keyword === 'maximum') return [field, 'too-large'];
  return [field, 'bad-format'];
}
