import { useSecondsSince, useTerminal } from '../api/terminal.ts';

/** The core's clock, carried on by the page's monotonic one: the machine's own may be wrong or jump. */
/** What time it is at the terminal, carried on from the newest view. */
export function useNow(): Date {
  const { view, viewAtMs } = useTerminal();
  const seconds = useSecondsSince(viewAtMs);
  return new Date(Date.parse(view.clock.now) + seconds * 1000);
}

export function Clock() {
  const { view } = useTerminal();
  const now = useNow();
  const time = new Intl.DateTimeFormat('zh-CN', {
    timeZone: view.clock.timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (
    <time className="clock" dateTime={now.toISOString()}>
      {time.format(now)}
    </time>
  );
}
