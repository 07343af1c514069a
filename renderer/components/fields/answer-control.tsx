import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText, useView } from '../../api/terminal.ts';
import { type Control, wayToAnswer } from './answer.ts';
import { ChoiceField } from './choice-field.tsx';
import { DigitsField } from './digits-field.tsx';
import type { Naming } from './field-head.tsx';
import { StepperField } from './stepper-field.tsx';

/** Options of at most so many characters stand side by side where a field shares its page. */
const SHORT = 8;

type Props = {
  field: FormField;
  naming: Naming;
  /** The page's only question: there is room for a card an option. */
  alone: boolean;
  /** The field in use, which shows its digit pad. */
  active: boolean;
  onActive: () => void;
};

export function AnswerControl({ field, naming, alone, active, onActive }: Props) {
  const text = useLocalText();
  const { control } = field;
  const pad = { active, onActive };
  switch (control.kind) {
    case 'choice': {
      const short = control.options.every(({ title, detail }) => !detail && text(title).length <= SHORT);
      const layout = short && !alone ? 'row' : 'cards';
      return <ChoiceField field={field} naming={naming} options={control.options} layout={layout} />;
    }
    case 'number':
      return <NumberAnswer field={field} naming={naming} control={control} {...pad} />;
    case 'digits': {
      const { maxLength, group } = control;
      return (
        <DigitsField field={field} naming={naming} maxLength={maxLength} group={group} toAnswer={String} {...pad} />
      );
    }
  }
}

type NumberProps = Omit<Props, 'alone'> & { control: Control<'number'> };

function NumberAnswer({ field, naming, control, ...pad }: NumberProps) {
  const text = useLocalText();
  const { language } = useView();
  const { maximum, unit } = control;
  switch (wayToAnswer(control)) {
    case 'stepper':
      return <StepperField field={field} naming={naming} control={control} />;
    case 'keys': {
      // An English question names its unit, and a key that says "1 years" would be wrong.
      const detail = language === 'en' ? undefined : unit;
      const options = valuesOf(control).map((value) => ({
        value,
        title: { 'zh-CN': `${value}`, en: `${value}` },
        ...(detail && { detail }),
      }));
      return <ChoiceField field={field} naming={naming} options={options} layout="keys" />;
    }
    default:
      return (
        <DigitsField
          field={field}
          naming={naming}
          maxLength={String(Math.floor(maximum)).length}
          unit={unit && text(unit)}
          toAnswer={Number}
          {...pad}
        />
      );
  }
}

function valuesOf({ minimum, maximum }: Control<'number'>): number[] {
  const first = Math.ceil(minimum);
  return Array.from({ length: Math.floor(maximum) - first + 1 }, (_, index) => first + index);
}
