import { createContext, useCallback, useContext, useEffect, useState } from 'react';
import type { LocalText } from '../../main/contracts/common.ts';
import type { Intent } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';
import type { CameraWatch } from '../camera/watch.ts';
import type { CoreClient } from './client.ts';

export type Terminal = {
  readonly client: CoreClient;
  readonly camera: CameraWatch;
  readonly view: View;
  /** `performance.now()` when `view` arrived. */
  readonly viewAtMs: number;
  /** Changes when the core has come back; whatever the page had half done starts over from the view. */
  readonly visitKey: number;
  /** The core has been gone for a moment: what the view says may hold no more. */
  readonly away: boolean;
  readonly askForHelp: () => void;
  readonly askToLeave: () => void;
  readonly askToSave: () => void;
};

export const TerminalContext = createContext<Terminal | undefined>(undefined);

export function useTerminal(): Terminal {
  const terminal = useContext(TerminalContext);
  if (!terminal) throw new Error('useTerminal is called outside TerminalContext');
  return terminal;
}

export function useView(): View {
  return useTerminal().view;
}

export function useSend(): (intent: Intent) => void {
  return useTerminal().client.send;
}

/** Puts a text of the core's into the language on screen. */
export function useLocalText(): (text: LocalText) => string {
  const { language } = useView();
  return useCallback((text) => text[language], [language]);
}

/** `performance.now()`, once a second, on the second of `fromMs`: a countdown never skips or repeats a number. */
export function useSecondsSince(fromMs: number): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    setNowMs(performance.now());
    let timer: ReturnType<typeof setTimeout>;
    const tick = (): void => {
      const now = performance.now();
      setNowMs(now);
      timer = setTimeout(tick, 1000 - ((now - fromMs) % 1000) + 1);
    };
    tick();
    return () => clearTimeout(timer);
  }, [fromMs]);
  return Math.max(0, Math.floor((nowMs - fromMs) / 1000));
}

/** Whole seconds until the page runs out; undefined where nothing does. */
export function useSecondsLeft(): number | undefined {
  const { view, viewAtMs } = useTerminal();
  const seconds = useSecondsSince(viewAtMs);
  return view.timeLeft && Math.max(0, Math.ceil(view.timeLeft.ms / 1000) - seconds);
}
