import { useState } from 'react';
import type { FormField } from '../../../main/contracts/view.ts';
import { useSend } from '../../api/terminal.ts';

export type Answer = FormField['value'];

export type Control<K extends FormField['control']['kind']> = Extract<FormField['control'], { kind: K }>;

/**
 * What the finger has entered is shown ahead of the core's echo of it, so that fast typing never jumps back; otherwise what
 * the core holds, which may be filled in while the page is open. Fields are mounted anew for each visit key, so nothing that
 * was sent into a broken connection stays ahead. Last comes whether the core has yet to say that it holds what is shown.
 */
export function useAnswer({ name, value }: FormField): [Answer, (value: Answer) => void, boolean] {
  const send = useSend();
  const [echoed, setEchoed] = useState<Answer>(value);
  /** Sent and not yet echoed, oldest first: the same digits may be on their way twice, before and after a deletion. */
  const [ahead, setAhead] = useState<readonly Answer[]>([]);
  if (value !== echoed) {
    setEchoed(value);
    const at = ahead.indexOf(value);
    if (at >= 0) setAhead(ahead.slice(at + 1));
  }
  return [
    ahead.length > 0 ? ahead.at(-1) : value,
    (answer) => {
      setAhead([...ahead, answer]);
      send({ type: 'set-answer', field: name, value: answer ?? null });
    },
    ahead.length > 0,
  ];
}

/** Up to here every number is its own key: one touch, and nothing to understand. */
const MAX_KEYS = 6;
/** Up to here less and more get there; beyond it the number is typed. */
const MAX_STEPS = 50;

/** `typed` is on the digit pad, which one field at a time has. */
export function wayToAnswer(control: FormField['control']): 'choice' | 'keys' | 'stepper' | 'typed' {
  if (control.kind === 'choice') return 'choice';
  if (control.kind === 'digits') return 'typed';
  const range = control.maximum - control.minimum;
  if (range < MAX_KEYS) return 'keys';
  return range <= MAX_STEPS ? 'stepper' : 'typed';
}
