import { useTranslation } from 'react-i18next';

export function ClosedNote({ reason }: { reason: 'replaced' | 'unauthorised' }) {
  const { t } = useTranslation();
  return (
    <main className="cover cover--final">
      <div className="cover__card">
        <h1 className="dialog__title">{t(`closed.${reason}Title`)}</h1>
        <p>{t(`closed.${reason}Lead`)}</p>
      </div>
    </main>
  );
}
