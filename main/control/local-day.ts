const DAY_MS = 86_400_000;

/** From when until when `day` (YYYY-MM-DD) lasts in `timeZone`, as ISO 8601 in UTC; `to` is the next day's first instant. */
export function boundsOfDay(day: string, timeZone: string): { readonly from: string; readonly to: string } {
  const midnightMs = Date.parse(`${day}T00:00:00.000Z`);
  const at = (utcMs: number): string => new Date(firstInstant(utcMs, timeZone)).toISOString();
  return { from: at(midnightMs), to: at(midnightMs + DAY_MS) };
}

/** YYYY-MM-DD in `timeZone`. */
export function dayOf(instant: Date, timeZone: string): string {
  return new Date(instant.getTime() + offsetMs(instant.getTime(), timeZone)).toISOString().slice(0, 10);
}

/** The instant at which a clock in `timeZone` shows what one in UTC shows at `utcMs`. */
function firstInstant(utcMs: number, timeZone: string): number {
  const guess = utcMs - offsetMs(utcMs, timeZone);
  return utcMs - offsetMs(guess, timeZone); // the offset of that instant, where it changes in between
}

/** How far clocks in `timeZone` are ahead of UTC at that instant. */
function offsetMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(atMs / 1_000) * 1_000;
}
