import { useTranslation } from 'react-i18next';
import { useLocalText, useView } from '../api/terminal.ts';

/** Where the machine itself cannot help: whom to call, and what to say. */
export function CallPanel({ note }: { note?: string }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const { place } = useView();
  return (
    <div className="panel panel--call">
      <p>{t('outOfService.call')}</p>
      <p className="dialog__number">{place.helpNumber}</p>
      <p>{t('outOfService.say', { machine: `${text(place.name)} ${text(place.machine)}` })}</p>
      {note && <p className="dialog__soft">{note}</p>}
    </div>
  );
}
