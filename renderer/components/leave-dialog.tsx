import { useTranslation } from 'react-i18next';
import type { View } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';

/** True once a step lies behind the resident: a card read or a form filled is work that a slip of the finger must not undo. */
export function answersWouldBeLost({ screen, visit }: View): boolean {
  if (screen.kind === 'result' || screen.kind === 'ending') return false;
  return visit?.steps.some(({ state }) => state === 'done') ?? false;
}

export function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const send = useSend();
  const leave = (): void => {
    send({ type: 'leave' });
    onClose();
  };
  return (
    <BigDialog
      title={t('leave.title')}
      role="alertdialog"
      onClose={onClose}
      actions={
        <>
          <PushButton onPress={leave}>{t('leave.go')}</PushButton>
          <PushButton look="primary" autoFocus onPress={onClose}>
            {t('leave.stay')}
          </PushButton>
        </>
      }
    >
      <p>{t('leave.lead')}</p>
    </BigDialog>
  );
}
