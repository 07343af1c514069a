import { useTranslation } from 'react-i18next';
import { useLocalText, useView } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const { place, visit, timeLeft } = useView();
  const here = { place: text(place.name), machine: text(place.machine) };
  return (
    <BigDialog
      title={t('help.title')}
      onClose={onClose}
      actions={
        <PushButton look="primary" onPress={onClose}>
          {t('action.close')}
        </PushButton>
      }
    >
      <p>{t('help.call')}</p>
      <p className="dialog__number">{place.helpNumber}</p>
      <p>{t('help.say')}</p>
      <p className="dialog__script">
        {visit ? t('help.scriptService', { ...here, service: text(visit.plainTitle) }) : t('help.script', here)}
      </p>
      <p className="dialog__soft">{t(timeLeft ? 'help.calmTimed' : 'help.calm')}</p>
    </BigDialog>
  );
}
