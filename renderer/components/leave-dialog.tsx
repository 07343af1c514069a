import { useTranslation } from 'react-i18next';
import type { View } from '../../main/contracts/view.ts';
import { useSend, useView } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';
import { isSavable, SaveNow } from './save-dialog.tsx';

/** True once a step lies behind the resident: a card read or a form filled is work that a slip of the finger must not undo. */
export function answersWouldBeLost({ screen, visit }: View): boolean {
  if (screen.kind === 'result' || screen.kind === 'ending') return false;
  return visit?.steps.some(({ state }) => state === 'done') ?? false;
}

/** From here on the application is on this machine's disk, and leaving does not take it back. */
export function isAccepted({ screen }: View): boolean {
  if (screen.kind === 'submit') return screen.phase === 'sending' || screen.phase === 'slow';
  return screen.kind === 'print';
}

export function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const send = useSend();
  const view = useView();
  const accepted = isAccepted(view);
  const lead = isSavable(view) ? 'leave.leadSaving' : view.visit?.continued ? 'leave.leadContinued' : 'leave.lead';
  const leave = (): void => {
    send({ type: 'leave' });
    onClose();
  };
  return (
    <BigDialog
      title={t(accepted ? 'leave.acceptedTitle' : 'leave.title')}
      role="alertdialog"
      onClose={onClose}
      actions={
        <>
          {isSavable(view) && <SaveNow />}
          <PushButton onPress={leave}>{t(accepted ? 'leave.acceptedGo' : 'leave.go')}</PushButton>
          <PushButton look="primary" autoFocus onPress={onClose}>
            {t(accepted ? 'leave.acceptedStay' : 'leave.stay')}
          </PushButton>
        </>
      }
    >
      <p>{t(accepted ? 'leave.acceptedLead' : lead)}</p>
    </BigDialog>
  );
}
