import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormField } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { ChoiceField } from '../components/fields/choice-field.tsx';
import { DigitsField } from '../components/fields/digits-field.tsx';
import { isTyped, NumberAnswer } from '../components/fields/number-field.tsx';
import { Page } from '../components/page.tsx';
import { PushButton } from '../components/push-button.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

export function FormScreen({ fields }: { fields: readonly FormField[] }) {
  const { t } = useTranslation();
  const send = useSend();
  const [first, ...others] = fields;
  const title = t(first && others.length === 0 && !isTyped(first) ? 'form.choose' : 'form.title');
  const [activeName, setActiveName] = useState(() => fields.find(isTyped)?.name);
  const answer = (field: FormField) => {
    const { control, name } = field;
    const pad = { active: activeName === name, onActive: () => setActiveName(name) };
    switch (control.kind) {
      case 'choice':
        return <ChoiceField key={name} field={field} options={control.options} />;
      case 'number':
        return <NumberAnswer key={name} field={field} control={control} {...pad} />;
      case 'digits': {
        const { maxLength, group } = control;
        return <DigitsField key={name} field={field} maxLength={maxLength} group={group} toAnswer={String} {...pad} />;
      }
    }
  };
  return (
    <Page
      title={title}
      lead={t('form.lead')}
      actions={
        <ActionBar back>
          <PushButton look="primary" onPress={() => send({ type: 'next' })}>
            {t('action.next')}
          </PushButton>
        </ActionBar>
      }
    >
      <ScrollArea label={title}>
        <div className="fields">{fields.map(answer)}</div>
      </ScrollArea>
    </Page>
  );
}
