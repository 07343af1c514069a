import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { CallPanel } from '../components/call-panel.tsx';
import { CaseNumber } from '../components/case-number.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { SendingPicture } from '../components/pictures/sending-picture.tsx';
import { PushButton } from '../components/push-button.tsx';

type Phase = Extract<Screen, { kind: 'submit' }>['phase'];

export function SubmitScreen({ phase, caseNumber }: { phase: Phase; caseNumber: string | undefined }) {
  const { t } = useTranslation();
  const send = useSend();
  const failed = phase === 'not-saved' || phase === 'rejected';
  return (
    <Page
      title={t(`submit.${phase}.title`)}
      lead={t(`submit.${phase}.lead`)}
      mark={failed && <Mark tone="warn" />}
      beside={
        <>
          {caseNumber && <CaseNumber label={t('submit.caseNumber')} value={caseNumber} />}
          {phase === 'slow' && <Notice tone="info">{t('submit.safe')}</Notice>}
        </>
      }
      actions={
        <ActionBar back={phase === 'not-saved'} leave={phase === 'saving' ? 'none' : 'shown'}>
          {phase === 'not-saved' && (
            <PushButton look="primary" onPress={() => send({ type: 'retry' })}>
              {t('action.retry')}
            </PushButton>
          )}
          {phase === 'slow' && (
            <PushButton look="outline" onPress={() => send({ type: 'next' })}>
              {t('submit.receiptFirst')}
            </PushButton>
          )}
        </ActionBar>
      }
    >
      {failed ? (
        <CallPanel why={t(`submit.${phase}.call`)} caseNumber={caseNumber} />
      ) : (
        <div className="panel panel--picture" role="status">
          <SendingPicture />
          <p className="working__word">{t('submit.working')}</p>
        </div>
      )}
    </Page>
  );
}
