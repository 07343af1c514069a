import { Label, Radio, RadioGroup } from 'react-aria-components';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';
import { type Control, useAnswer } from './answer.ts';
import { FieldNotes, FieldTitle, useFieldNotes } from './field-notes.tsx';

type Option = Control<'choice'>['options'][number];

export function ChoiceField({ field, options }: { field: FormField; options: readonly Option[] }) {
  const text = useLocalText();
  const [answer, setAnswer] = useAnswer(field);
  const notes = useFieldNotes(field);
  const chosen = options.findIndex(({ value }) => value === answer);
  const terse = options.every(({ title, detail }) => !detail && text(title).length <= 8);
  return (
    <RadioGroup
      className="field"
      isRequired={field.required}
      isInvalid={field.error !== undefined}
      validationBehavior="aria"
      aria-describedby={notes.id}
      value={chosen < 0 ? null : String(chosen)}
      onChange={(index) => setAnswer(options[Number(index)]?.value)}
    >
      <Label className="field__title">
        <FieldTitle field={field} />
      </Label>
      <FieldNotes {...notes} />
      <div className={terse ? 'choices choices--terse' : 'choices'}>
        {options.map(({ value, title, detail }, index) => (
          <Radio key={value} className="choice" value={String(index)}>
            <span className="choice__dot" aria-hidden="true">
              <Icon name="check" />
            </span>
            <span className="choice__text">
              <span>{text(title)}</span>
              {detail && <span className="choice__detail">{text(detail)}</span>}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
