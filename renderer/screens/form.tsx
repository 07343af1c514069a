import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormField, Screen } from '../../main/contracts/view.ts';
import { useLocalText, useSend, useView } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { wayToAnswer } from '../components/fields/answer.ts';
import { AnswerControl } from '../components/fields/answer-control.tsx';
import { FieldError, FieldHead, namingBy, useFieldHelp, useFieldIds } from '../components/fields/field-head.tsx';
import { Page } from '../components/page.tsx';
import { PushButton } from '../components/push-button.tsx';
import { isSavable, SaveButton } from '../components/save-dialog.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

type Position = Extract<Screen, { kind: 'form' }>['position'];

export function FormScreen({ fields, position }: { fields: readonly FormField[]; position: Position }) {
  const [first, ...others] = fields;
  return first && others.length === 0 ? (
    <OneQuestion field={first} position={position} />
  ) : (
    <SeveralFields fields={fields} />
  );
}

/** What is asked is the largest text of the page, and the answer has the page to itself. */
function OneQuestion({ field, position }: { field: FormField; position: Position }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const ids = useFieldIds();
  const help = useFieldHelp(field);
  const way = wayToAnswer(field.control);
  const question = text(field.title);
  const notes = [
    position && position.count > 1 && t('form.position', { number: position.index + 1, count: position.count }),
    !field.required && t('form.optional'),
  ].filter((note) => note !== false && note !== undefined);
  return (
    <Page
      title={question}
      titleId={ids.title}
      above={notes.join(' · ')}
      lead={<span id={ids.help}>{help ?? t(way === 'typed' ? 'form.lead' : 'form.chooseLead')}</span>}
      beside={<FieldError id={ids.error} error={field.error} />}
      actions={<NextBar />}
    >
      <ScrollArea label={question}>
        <div className={`asked asked--${way}`}>
          <AnswerControl field={field} naming={namingBy(ids, true)} alone active onActive={() => undefined} />
        </div>
      </ScrollArea>
    </Page>
  );
}

function SeveralFields({ fields }: { fields: readonly FormField[] }) {
  const { t } = useTranslation();
  const [activeName, setActiveName] = useState(
    () => fields.find(({ control }) => wayToAnswer(control) === 'typed')?.name,
  );
  return (
    <Page title={t('form.title')} lead={t('form.lead')} actions={<NextBar />}>
      <ScrollArea label={t('form.title')}>
        <div className="fields">
          {fields.map((field) => (
            <OneOfSeveral
              key={field.name}
              field={field}
              active={activeName === field.name}
              onActive={() => setActiveName(field.name)}
            />
          ))}
        </div>
      </ScrollArea>
    </Page>
  );
}

function OneOfSeveral({ field, ...pad }: { field: FormField; active: boolean; onActive: () => void }) {
  const ids = useFieldIds();
  const help = useFieldHelp(field);
  return (
    <div className={field.error ? 'field field--wrong' : 'field'}>
      <FieldHead field={field} ids={ids} help={help} />
      <AnswerControl field={field} naming={namingBy(ids, help !== undefined)} alone={false} {...pad} />
    </div>
  );
}

function NextBar() {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <ActionBar back aside={isSavable(useView()) && <SaveButton />}>
      <PushButton look="primary" onPress={() => send({ type: 'next' })}>
        {t('action.next')}
      </PushButton>
    </ActionBar>
  );
}
