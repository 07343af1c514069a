import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';

type Notes = { id: string; help: string | undefined; error: string | undefined };

export function useFieldNotes({ help, error, control }: FormField): Notes {
  const { t } = useTranslation();
  const text = useLocalText();
  const limits =
    control.kind === 'number'
      ? t('form.range', { minimum: control.minimum, maximum: control.maximum })
      : control.kind === 'digits'
        ? t('form.length', { length: control.maxLength })
        : undefined;
  return { id: useId(), help: help ? text(help) : limits, error: error && t(`fieldError.${error}`) };
}

/** What to know before answering, and what is wrong with the answer. The error is read aloud when it appears. */
export function FieldNotes({ id, help, error }: Notes) {
  return (
    <div id={id} className="field__notes">
      {help && <p className="field__help">{help}</p>}
      <p className="field__error" role="alert">
        {error && (
          <>
            <Icon name="warn" />
            {error}
          </>
        )}
      </p>
    </div>
  );
}

export function FieldTitle({ field }: { field: FormField }) {
  const { t } = useTranslation();
  const text = useLocalText();
  return (
    <>
      {text(field.title)}
      {!field.required && <span className="field__optional">{t('form.optional')}</span>}
    </>
  );
}
