/**
 * `Retry-After` (RFC 9110, 10.2.3) in ms: seconds, or a date, which is measured against the answer's own `Date`, as this
 * machine's clock may be wrong. `undefined` when it is absent or makes no sense.
 */
export function parseRetryAfter(value: string | null, date: string | null): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const until = /^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN;
  const from = date === null ? Date.now() : Date.parse(date);
  return Number.isNaN(until - from) ? undefined : Math.max(0, until - from);
}
