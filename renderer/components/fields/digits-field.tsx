import { Input, TextField } from 'react-aria-components';
import type { FormField } from '../../../main/contracts/view.ts';
import { DigitPad } from '../digit-pad.tsx';
import { type Answer, useAnswer } from './answer.ts';
import type { Naming } from './field-head.tsx';

type Props = {
  field: FormField;
  naming: Naming;
  maxLength: number;
  group?: readonly number[] | undefined;
  unit?: string | undefined;
  /** Digits, at least one, as the answer that the field wants. */
  toAnswer: (digits: string) => Answer;
  active: boolean;
  onActive: () => void;
};

/** Digits stand in groups, as they do on the paper that they are read from. Only the field in use shows its pad. */
export function DigitsField({ field, naming, maxLength, group, unit, toAnswer, active, onActive }: Props) {
  const [answer, setAnswer, isAhead] = useAnswer(field);
  const digits = answer === undefined ? '' : String(answer);
  const enter = (typed: string): void => {
    const kept = typed.replace(/\D/g, '').slice(0, maxLength);
    if (kept !== digits) setAnswer(kept === '' ? undefined : toAnswer(kept));
  };
  return (
    <TextField
      {...naming}
      className="typed"
      isRequired={field.required}
      isInvalid={field.error !== undefined}
      validationBehavior="aria"
      value={grouped(digits, group)}
      onChange={enter}
      onFocus={onActive}
    >
      <span className="digits">
        <Input className="digits__input" inputMode="none" autoComplete="off" aria-busy={isAhead} />
        {unit && <span className="digits__unit">{unit}</span>}
      </span>
      {active && (
        <DigitPad
          onDigit={(digit) => enter(digits + digit)}
          onDelete={() => enter(digits.slice(0, -1))}
          onClear={() => enter('')}
        />
      )}
    </TextField>
  );
}

/** "13900001234" in groups of [3, 4, 4] is "139 0000 1234"; what is left over forms a last group. */
export function grouped(digits: string, groups: readonly number[] = []): string {
  const parts: string[] = [];
  let rest = digits;
  for (const size of groups) {
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  parts.push(rest);
  return parts.filter((part) => part !== '').join(' ');
}
