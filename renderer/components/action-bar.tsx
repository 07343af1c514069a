import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend, useTerminal } from '../api/terminal.ts';
import { PushButton } from './push-button.tsx';

type Props = {
  /** Left: back to the question before. */
  back?: boolean;
  /** `none` where leaving is the primary button itself, or would do harm. */
  leave?: 'shown' | 'none';
  /** A row of its own, or the middle where there is room: what may be done beside. */
  aside?: ReactNode;
  /** Right: the one way on. */
  children?: ReactNode;
};

export function ActionBar({ back = false, leave = 'shown', aside, children }: Props) {
  const { t } = useTranslation();
  const send = useSend();
  const { askForHelp, askToLeave } = useTerminal();
  return (
    <footer className={aside ? 'bar bar--aside' : 'bar'}>
      {aside && <div className="bar__aside">{aside}</div>}
      {back && (
        <PushButton look="outline" icon="back" onPress={() => send({ type: 'back' })}>
          {t('action.back')}
        </PushButton>
      )}
      {leave === 'shown' && <PushButton onPress={askToLeave}>{t('action.leave')}</PushButton>}
      <PushButton onPress={askForHelp}>{t('action.help')}</PushButton>
      {children}
    </footer>
  );
}
