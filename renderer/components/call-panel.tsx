import { useTranslation } from 'react-i18next';
import { useLocalText, useView } from '../api/terminal.ts';

type Props = {
  why: string;
  /** Said on the telephone, so that the person there can look the case up. */
  caseNumber?: string | undefined;
  note?: string;
};

/** Where the machine itself cannot help: whom to call, and what to say. */
export function CallPanel({ why, caseNumber, note }: Props) {
  const { t } = useTranslation();
  const text = useLocalText();
  const { place } = useView();
  const here = `${text(place.name)} ${text(place.machine)}`;
  return (
    <div className="panel panel--call">
      <p>{why}</p>
      <p className="dialog__number">{place.helpNumber}</p>
      <p>{t('call.say')}</p>
      <p className="panel__script">
        <span>{here}</span>
        {caseNumber && <span>{t('call.caseNumber', { caseNumber })}</span>}
      </p>
      {note && <p className="dialog__soft">{note}</p>}
    </div>
  );
}
