const PERSONAL_KEYS = new Set(
  (
    'name latinName chineseName idNumber address birth passNumber phone portrait photo wlt picture frame jpeg embedding ' +
    'answers body token cookie authorization pageKey card identity person snapshot context'
  ).split(' '),
);
/** Citizen and permit numbers of 15 to 18 digits, and mobile numbers, wherever they stand in a text. */
const PERSONAL_TEXT = /(?<!\d)(?:\d{17}[\dXx]|[A-Z]{3}\d{12}|\d{15}|1[3-9]\d{9})(?!\d)/g;
const MASK = '[masked]';
const DEPTH_MAX = 6;

/**
 * A copy of `fields` in which whatever looks like personal data is replaced, to any depth. Errors become type, code,
 * message and the places in our code; an object that stands in it a second time, or within itself, is not written again.
 */
export function mask(fields: object): Record<string, unknown> {
  const seen = new Set<object>([fields]);
  return maskEntries(Object.entries(fields), 0, seen);
}

function maskEntries(entries: readonly [string, unknown][], depth: number, seen: Set<object>): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([key, item]) => [key, PERSONAL_KEYS.has(key) ? MASK : maskValue(item, depth + 1, seen)]),
  );
}

function maskValue(value: unknown, depth: number, seen: Set<object>): unknown {
  if (typeof value === 'string') return value.replace(PERSONAL_TEXT, MASK);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return String(value).replace(PERSONAL_TEXT, MASK) === String(value) ? value : MASK;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON();
  if (depth > DEPTH_MAX || seen.has(value) || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return MASK;
  seen.add(value);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1, seen));
  return maskEntries(value instanceof Error ? errorEntries(value) : Object.entries(value), depth, seen);
}

/** Nothing else of an error: libraries hang requests and answers on theirs. */
function errorEntries(error: Error & { code?: unknown }): [string, unknown][] {
  const { name, code, message, stack = '', cause } = error;
  const places = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const entries = Object.entries({
    type: name,
    code,
    message,
    at: places.slice(0, 6).map((line) => line.trim()),
    cause,
  });
  return entries.filter(([, value]) => value !== undefined);
}
