import { useTranslation } from 'react-i18next';
import { useSecondsLeft, useSend } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';

/** WCAG 2.2.1: warned before the time is over, and one push extends it. Shown as long as the core says `warning`. */
export function TimeDialog() {
  const { t } = useTranslation();
  const send = useSend();
  const seconds = useSecondsLeft();
  return (
    <BigDialog
      title={t('timeout.title')}
      role="alertdialog"
      actions={
        <>
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
      <p>{t('timeout.lead')}</p>
    </BigDialog>
  );
}
