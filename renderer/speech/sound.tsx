import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTerminal, useView } from '../api/terminal.ts';
import type { Speaker } from './speaker.ts';

/** Elderly people want to be spoken to slowly; the pace is the mode's. */
const rates = { standard: 1, 'low-reach': 1, elderly: 0.85 } as const;

type Sound = {
  readonly speaker: Speaker;
  /** `none`: no voice on this machine speaks the language. */
  readonly state: 'none' | 'on' | 'off';
  readonly turn: (to: 'on' | 'off') => void;
};

const SoundContext = createContext<Sound | undefined>(undefined);

/** On for everybody who comes; turned off, it stays off until the visit ends. */
export function SoundProvider({ speaker, children }: { speaker: Speaker; children: ReactNode }) {
  const { language, visit } = useView();
  const [wish, setWish] = useState<'on' | 'off'>('on');
  const speaks = useSyncExternalStore(speaker.onVoices, () => speaker.speaks(language));
  const visiting = visit !== undefined;
  useEffect(() => {
    if (!visiting) setWish('on');
  }, [visiting]);
  const state = speaks ? wish : 'none';
  const sound = useMemo<Sound>(() => ({ speaker, state, turn: setWish }), [speaker, state]);
  return <SoundContext value={sound}>{children}</SoundContext>;
}

export function useSound(): Sound {
  const sound = useContext(SoundContext);
  if (!sound) throw new Error('useSound is called outside SoundProvider');
  return sound;
}

/**
 * Speaks what holds now, for as long as the component is on screen and the core is there. `asks`: somebody has to do it, so that it
 * cuts off what is being said, and is said again while it holds.
 */
export function useSpoken(text: string, { asks = false } = {}): void {
  const { speaker, state } = useSound();
  const { away, view } = useTerminal();
  const { language, mode } = view;
  useEffect(() => {
    if (state !== 'on' || away) return speaker.hush();
    const sentence = { text, language, rate: rates[mode], insists: asks };
    if (asks) speaker.sayAtOnce(sentence);
    else speaker.say(sentence);
  }, [speaker, state, away, text, asks, language, mode]);
  useEffect(() => () => speaker.hush(), [speaker]);
}
