import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { FormField } from '../../../main/contracts/view.ts';
import { useLocalText } from '../../api/terminal.ts';
import { Icon } from '../icon.tsx';
import { wayToAnswer } from './answer.ts';

/** Where a control finds its name and what is said about it: in the field's own head, or in the page's question. */
export type Naming = { readonly 'aria-labelledby': string; readonly 'aria-describedby': string };

export type FieldIds = { readonly title: string; readonly help: string; readonly error: string };

export function useFieldIds(): FieldIds {
  const id = useId();
  return { title: `${id}title`, help: `${id}help`, error: `${id}error` };
}

export function namingBy({ title, help, error }: FieldIds, hasHelp: boolean): Naming {
  return { 'aria-labelledby': title, 'aria-describedby': hasHelp ? `${help} ${error}` : error };
}

/** The author's words, or else the limits that the control does not show by itself. */
export function useFieldHelp({ help, control }: FormField): string | undefined {
  const { t } = useTranslation();
  const text = useLocalText();
  if (help) return text(help);
  if (control.kind === 'digits') return t('form.length', { length: control.maxLength });
  if (control.kind !== 'number' || wayToAnswer(control) === 'keys') return undefined;
  return t('form.range', { minimum: control.minimum, maximum: control.maximum });
}

/** One of several fields on a page: its question, what to know before answering, what is wrong with the answer. */
export function FieldHead({ field, ids, help }: { field: FormField; ids: FieldIds; help: string | undefined }) {
  const { t } = useTranslation();
  const text = useLocalText();
  return (
    <div className="field__head">
      <h2 id={ids.title} className="field__title">
        {text(field.title)}
        {!field.required && <span className="field__optional">{t('form.optional')}</span>}
      </h2>
      {help && (
        <p id={ids.help} className="field__help">
          {help}
        </p>
      )}
      <FieldError id={ids.error} error={field.error} />
    </div>
  );
}

/** Read aloud when it appears, so the box is there before its words are. */
export function FieldError({ id, error }: { id: string; error: FormField['error'] }) {
  const { t } = useTranslation();
  return (
    <p id={id} className="field__error" role="alert">
      {error && (
        <>
          <Icon name="warn" />
          {t(`fieldError.${error}`)}
        </>
      )}
    </p>
  );
}
