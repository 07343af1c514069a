import { useTranslation } from 'react-i18next';
import { useSecondsLeft, useSend, useView } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';
import { isOffered, SaveNow } from './save-dialog.tsx';

/** WCAG 2.2.1: warned before the time is over, and one push extends it. Shown as long as the core says `warning`. */
export function TimeDialog() {
  const { t } = useTranslation();
  const send = useSend();
  const seconds = useSecondsLeft();
  const offered = isOffered(useView());
  return (
    <BigDialog
      title={t('timeout.title')}
      role="alertdialog"
      actions={
        <>
          {offered && <SaveNow />}
          <PushButton onPress={() => send({ type: 'leave' })}>{t('timeout.go')}</PushButton>
          <PushButton look="primary" autoFocus onPress={() => send({ type: 'stay' })}>
            {t('timeout.stay')}
          </PushButton>
        </>
      }
    >
      <p className="dialog__countdown" role="timer">
        <span className="dialog__number">{seconds}</span>
        <span>{t('timeout.seconds')}</span>
      </p>
      <p>{t(offered ? 'timeout.leadSaving' : 'timeout.lead')}</p>
    </BigDialog>
  );
}
