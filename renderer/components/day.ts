import { useView } from '../api/terminal.ts';

/** `11月28日 星期六` of an instant in ISO 8601, by the calendar on the wall beside the terminal. */
export function useDay(): (instant: string) => string {
  const { language, clock } = useView();
  const day = new Intl.DateTimeFormat(language, {
    timeZone: clock.timeZone,
    month: 'long',
    day: 'numeric',
    ...(language === 'en' && { weekday: 'long' }),
  });
  return (instant) => day.format(new Date(instant));
}
