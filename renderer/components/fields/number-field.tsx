import { Button, Group, Input, Label, NumberField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { LocalText } from '../../../main/contracts/common.ts';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';
import { type Control, useAnswer } from './answer.ts';
import { ChoiceField } from './choice-field.tsx';
import { DigitsField } from './digits-field.tsx';
import { FieldNotes, FieldTitle, useFieldNotes } from './field-notes.tsx';

/** Up to here every value is its own button: one touch, and nothing to understand. */
const MAX_BUTTONS = 6;
/** Up to here less and more get there; beyond it the number is typed. */
const MAX_STEPS = 50;

type Props = { field: FormField; control: Control<'number'>; active: boolean; onActive: () => void };

export function NumberAnswer({ field, control, active, onActive }: Props) {
  const text = useLocalText();
  const { minimum, maximum, unit } = control;
  if (maximum - minimum < MAX_BUTTONS) {
    const options = valuesOf(control).map((value) => ({ value, title: withUnit(value, unit) }));
    return <ChoiceField field={{ ...field, control: { kind: 'choice', options } }} options={options} />;
  }
  if (maximum - minimum <= MAX_STEPS) return <Stepper field={field} control={control} />;
  return (
    <DigitsField
      field={field}
      maxLength={String(Math.floor(maximum)).length}
      unit={unit && text(unit)}
      toAnswer={Number}
      active={active}
      onActive={onActive}
    />
  );
}

/** Whether the answer is typed on the digit pad, which one field at a time has. */
export function isTyped({ control }: FormField): boolean {
  if (control.kind === 'number') return control.maximum - control.minimum > MAX_STEPS;
  return control.kind === 'digits';
}

function valuesOf({ minimum, maximum }: Control<'number'>): number[] {
  const first = Math.ceil(minimum);
  return Array.from({ length: Math.floor(maximum) - first + 1 }, (_, index) => first + index);
}

function withUnit(value: number, unit: LocalText | undefined): LocalText {
  if (!unit) return { 'zh-CN': `${value}`, en: `${value}` };
  return { 'zh-CN': `${value} ${unit['zh-CN']}`, en: `${value} ${unit.en}` };
}

function Stepper({ field, control }: { field: FormField; control: Control<'number'> }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const [answer, setAnswer] = useAnswer(field);
  const notes = useFieldNotes(field);
  return (
    <NumberField
      className="field"
      isRequired={field.required}
      isInvalid={field.error !== undefined}
      validationBehavior="aria"
      aria-describedby={notes.id}
      minValue={control.minimum}
      maxValue={control.maximum}
      value={typeof answer === 'number' ? answer : Number.NaN}
      onChange={(value) => setAnswer(Number.isNaN(value) ? undefined : value)}
    >
      <Label className="field__title">
        <FieldTitle field={field} />
      </Label>
      <FieldNotes {...notes} />
      <Group className="stepper">
        <Button slot="decrement" className="stepper__button" aria-label={t('form.less')}>
          <Icon name="minus" />
        </Button>
        <span className="stepper__value">
          <Input className="stepper__input" inputMode="none" />
          {control.unit && <span className="stepper__unit">{text(control.unit)}</span>}
        </span>
        <Button slot="increment" className="stepper__button" aria-label={t('form.more')}>
          <Icon name="plus" />
        </Button>
      </Group>
    </NumberField>
  );
}
