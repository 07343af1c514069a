import { Radio, RadioGroup } from 'react-aria-components';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';
import { type Control, useAnswer } from './answer.ts';
import type { Naming } from './field-head.tsx';

type Option = Control<'choice'>['options'][number];

type Props = {
  field: FormField;
  naming: Naming;
  options: readonly Option[];
  /** One below the other; side by side, where all are short; a key each, for numbers. */
  layout: 'cards' | 'row' | 'keys';
};

export function ChoiceField({ field, naming, options, layout }: Props) {
  const text = useLocalText();
  const [answer, setAnswer] = useAnswer(field);
  const chosen = options.findIndex(({ value }) => value === answer);
  return (
    <RadioGroup
      {...naming}
      className={`choices choices--${layout}`}
      isRequired={field.required}
      isInvalid={field.error !== undefined}
      validationBehavior="aria"
      value={chosen < 0 ? null : String(chosen)}
      onChange={(index) => setAnswer(options[Number(index)]?.value)}
    >
      {options.map(({ value, title, detail }, index) => (
        <Radio key={value} className="choice" value={String(index)}>
          <span className="choice__dot" aria-hidden="true">
            <Icon name="check" />
          </span>
          <span className="choice__text">
            <span className="choice__title">{text(title)}</span>
            {/* The blank keeps the two apart where they are read aloud. */}
            {detail && (
              <>
                {' '}
                <span className="choice__detail">{text(detail)}</span>
              </>
            )}
          </span>
        </Radio>
      ))}
    </RadioGroup>
  );
}
