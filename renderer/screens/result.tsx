import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { CaseNumber } from '../components/case-number.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { Papers } from '../components/papers.tsx';
import { PushButton } from '../components/push-button.tsx';
import { Rating } from '../components/rating.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

export function ResultScreen({ screen }: { screen: Extract<Screen, { kind: 'result' }> }) {
  const { t } = useTranslation();
  const send = useSend();
  const { outcome, caseNumber, ticketNumber, papers, cardWasUsed, rating } = screen;
  const toTake = papers.some(({ state }) => state === 'printed');
  const title = outcome === 'queued' ? t('result.queued') : t(toTake ? 'result.deliveredPapers' : 'result.delivered');
  return (
    <Page
      title={title}
      lead={t(`result.${outcome}Lead`)}
      mark={<Mark tone="good" />}
      beside={
        <>
          <div className="numbers">
            <CaseNumber label={t('result.caseNumber')} value={caseNumber} />
            {ticketNumber && <CaseNumber label={t('result.ticketNumber')} value={ticketNumber} />}
          </div>
          <Notice tone={cardWasUsed ? 'warn' : 'info'}>
            {t(cardWasUsed ? 'result.takeCard' : 'result.checkCard')}
          </Notice>
        </>
      }
      actions={
        <ActionBar leave="none">
          <PushButton look="outline" onPress={() => send({ type: 'again' })}>
            {t('action.again')}
          </PushButton>
          <PushButton look="primary" onPress={() => send({ type: 'leave' })}>
            {t('action.finish')}
          </PushButton>
        </ActionBar>
      }
    >
      <ScrollArea label={title}>
        <div className="result">
          {papers.length > 0 && <Papers papers={papers} />}
          <Rating rating={rating} />
        </div>
      </ScrollArea>
    </Page>
  );
}
