import { useMemo } from 'react';
import { useSecondsSince, useTerminal } from '../api/terminal.ts';

/** The core's clock, carried on from the newest view by the page's monotonic one: the machine's own may be wrong or jump. */
export function useNow(): Date {
  const { view, viewAtMs } = useTerminal();
  const seconds = useSecondsSince(viewAtMs);
  return new Date(Date.parse(view.clock.now) + seconds * 1000);
}

export function Clock() {
  const { timeZone } = useTerminal().view.clock;
  const now = useNow();
  // Kept from second to second, as to make one takes a millisecond.
  const time = useMemo(
    () => new Intl.DateTimeFormat('zh-CN', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    [timeZone],
  );
  return (
    <time className="clock" dateTime={now.toISOString()}>
      {time.format(now)}
    </time>
  );
}
