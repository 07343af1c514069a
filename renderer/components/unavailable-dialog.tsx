import { useTranslation } from 'react-i18next';
import type { ServiceCard } from '../../main/contracts/view.ts';
import { useLocalText, useView } from '../api/terminal.ts';
import { problemText } from '../i18n/problem-text.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';

type Props = {
  service: ServiceCard;
  available: Extract<ServiceCard['available'], { state: 'no' }>;
  onClose: () => void;
};

/** Why not, what to do, and where else: a touch on a grey card is a question too. */
export function UnavailableDialog({ service, available, onClose }: Props) {
  const { t } = useTranslation();
  const text = useLocalText();
  const { mode, place } = useView();
  const { elsewhere } = available;
  const { what, todo } = problemText(t, available.problem);
  return (
    <BigDialog
      title={t('unavailable.title', { service: text(mode === 'elderly' ? service.plainTitle : service.title) })}
      onClose={onClose}
      actions={
        <PushButton look="primary" onPress={onClose}>
          {t('action.close')}
        </PushButton>
      }
    >
      <p>{what}</p>
      <p>{todo}</p>
      {elsewhere ? (
        <p className="dialog__script">
          <span className="dialog__soft">{t('unavailable.elsewhere')}</span>
          {text(elsewhere)}
        </p>
      ) : (
        <p>{t('unavailable.noElsewhere', { number: place.helpNumber })}</p>
      )}
    </BigDialog>
  );
}
