import { useTranslation } from 'react-i18next';
import { useView } from '../api/terminal.ts';
import { Icon } from './icon.tsx';

export function Steps() {
  const { t } = useTranslation();
  const { visit } = useView();
  if (!visit) return null;
  return (
    <ol className="steps" aria-label={t('step.label')}>
      {visit.steps.map(({ kind, state }, index) => (
        <li
          key={kind}
          className={`steps__step steps__step--${state}`}
          aria-current={state === 'current' ? 'step' : undefined}
        >
          <span className="steps__dot" aria-hidden="true">
            {state === 'done' ? <Icon name="check" /> : index + 1}
          </span>
          <span className="steps__name">{t(`step.${kind}`)}</span>
          <span className="visually-hidden">{t(`step.${state}`)}</span>
        </li>
      ))}
    </ol>
  );
}
