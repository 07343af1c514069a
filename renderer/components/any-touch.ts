import { useEffect } from 'react';
import { useTerminal } from '../api/terminal.ts';

/** The contract's limit: at most one message a second. */
const STAY_EVERY_MS = 1000;

/** Any touch or key shows that someone is there. */
export function useTouchMeansStay(): void {
  const { client } = useTerminal();
  useEffect(() => {
    let lastMs = Number.NEGATIVE_INFINITY;
    const stay = (): void => {
      const nowMs = performance.now();
      if (nowMs - lastMs < STAY_EVERY_MS) return;
      lastMs = nowMs;
      client.send({ type: 'stay' });
    };
    window.addEventListener('pointerdown', stay, { capture: true });
    window.addEventListener('keydown', stay, { capture: true });
    return () => {
      window.removeEventListener('pointerdown', stay, { capture: true });
      window.removeEventListener('keydown', stay, { capture: true });
    };
  }, [client]);
}
