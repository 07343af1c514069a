import { useTranslation } from 'react-i18next';

/** `helpNumber`: the place's, unknown to a page that was never let in. */
export function ClosedNote({
  reason,
  helpNumber,
}: {
  reason: 'replaced' | 'unauthorised';
  helpNumber: string | undefined;
}) {
  const { t } = useTranslation();
  return (
    <main className="cover cover--final">
      <div className="cover__card">
        <h1 className="dialog__title">{t(`closed.${reason}Title`)}</h1>
        <p>{t(`closed.${reason}Lead`)}</p>
        {reason === 'unauthorised' && helpNumber && <p>{t('closed.call', { number: helpNumber })}</p>}
      </div>
    </main>
  );
}
