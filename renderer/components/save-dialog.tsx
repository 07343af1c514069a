import { useTranslation } from 'react-i18next';
import type { View } from '../../main/contracts/view.ts';
import { useSend, useTerminal, useView } from '../api/terminal.ts';
import { BigDialog } from './dialog.tsx';
import { PushButton } from './push-button.tsx';

/** Whether what is filled in can be put aside. */
export function isSavable({ screen }: View): boolean {
  return 'saving' in screen && screen.saving !== undefined;
}

/** Whether that is offered before the time is over. */
export function isOffered({ screen }: View): boolean {
  return 'saving' in screen && screen.saving === 'offered';
}

/** Asks first: it ends the visit. */
export function SaveButton() {
  const { t } = useTranslation();
  const { askToSave } = useTerminal();
  return (
    <PushButton icon="save" onPress={askToSave}>
      {t('draft.save')}
    </PushButton>
  );
}

/** In a dialog that has asked already. */
export function SaveNow() {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <PushButton look="outline" icon="save" onPress={() => send({ type: 'save-draft' })}>
      {t('draft.save')}
    </PushButton>
  );
}

export function SaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const send = useSend();
  const { visit } = useView();
  const personal = visit?.steps.some(({ kind, state }) => kind === 'identify' && state === 'done');
  const save = (): void => {
    send({ type: 'save-draft' });
    onClose();
  };
  return (
    <BigDialog
      title={t('draft.askTitle')}
      role="alertdialog"
      onClose={onClose}
      actions={
        <>
          <PushButton onPress={onClose}>{t('draft.askStay')}</PushButton>
          <PushButton look="primary" autoFocus onPress={save}>
            {t('draft.askGo')}
          </PushButton>
        </>
      }
    >
      <p>{t('draft.askLead')}</p>
      {personal && <p>{t('draft.askCard')}</p>}
    </BigDialog>
  );
}
