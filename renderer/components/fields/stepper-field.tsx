import { Button, Group, Input, NumberField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';
import { type Control, useAnswer } from './answer.ts';
import type { Naming } from './field-head.tsx';

export function StepperField({
  field,
  naming,
  control,
}: {
  field: FormField;
  naming: Naming;
  control: Control<'number'>;
}) {
  const { t } = useTranslation();
  const text = useLocalText();
  const [answer, setAnswer] = useAnswer(field);
  return (
    <NumberField
      {...naming}
      isRequired={field.required}
      isInvalid={field.error !== undefined}
      validationBehavior="aria"
      minValue={control.minimum}
      maxValue={control.maximum}
      value={typeof answer === 'number' ? answer : Number.NaN}
      onChange={(value) => setAnswer(Number.isNaN(value) ? undefined : value)}
    >
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
