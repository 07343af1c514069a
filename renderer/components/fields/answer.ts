import { useState } from 'react';
import type { FormField } from '../../../main/contracts/view.ts';
import { useSend } from '../../api/terminal.ts';

export type Answer = FormField['value'];

/**
 * What the finger has entered is shown ahead of the core's echo of it, so that fast typing never jumps back; otherwise what
 * the core holds, which may be filled in while the page is open. Fields are mounted anew for each visit key, so nothing that
 * was sent into a broken connection stays ahead.
 */
export function useAnswer({ name, value }: FormField): [Answer, (value: Answer) => void] {
  const send = useSend();
  const [ahead, setAhead] = useState<{ readonly answer: Answer }>();
  if (ahead && ahead.answer === value) setAhead(undefined);
  return [
    ahead ? ahead.answer : value,
    (answer) => {
      setAhead({ answer });
      send({ type: 'set-answer', field: name, value: answer ?? null });
    },
  ];
}

export type Control<K extends FormField['control']['kind']> = Extract<FormField['control'], { kind: K }>;
