import { useTranslation } from 'react-i18next';
import type { PaperItem } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { Mark } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { Papers } from '../components/papers.tsx';
import { PushButton } from '../components/push-button.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

type Situation = 'busy' | 'ask' | 'failed' | 'done';

/** While paper is on its way the core listens to nothing else; then comes the question that only the resident can answer. */
function situationOf(papers: readonly PaperItem[]): Situation {
  const states = new Set(papers.map(({ state }) => state));
  if (states.has('printing') || states.has('waiting')) return 'busy';
  if (states.has('unknown')) return 'ask';
  return states.has('not-printed') ? 'failed' : 'done';
}

/** Printed again it would fail again: the paper cannot be made here, whatever the printer does. */
function isForGood({ state, problem }: PaperItem): boolean {
  return state === 'not-printed' && typeof problem === 'object' && problem.fault === 'invalid-data';
}

export function PrintScreen({ papers }: { papers: readonly PaperItem[] }) {
  const { t } = useTranslation();
  const send = useSend();
  const situation = situationOf(papers);
  const missing = papers.filter(({ state }) => state === 'not-printed');
  const retryable = !missing.every(isForGood);
  return (
    <Page
      title={t(`print.${situation}`)}
      lead={t(situation === 'failed' && !retryable ? 'print.forGoodLead' : `print.${situation}Lead`)}
      mark={situation === 'failed' && <Mark tone="warn" />}
      actions={
        <ActionBar leave={situation === 'busy' ? 'none' : 'shown'}>
          {situation === 'failed' && (
            <>
              <PushButton look={retryable ? 'outline' : 'primary'} onPress={() => send({ type: 'next' })}>
                {t('action.continueWithoutPaper')}
              </PushButton>
              {retryable && (
                <PushButton look="primary" onPress={() => send({ type: 'retry' })}>
                  {t('action.retry')}
                </PushButton>
              )}
            </>
          )}
          {situation === 'done' && (
            <PushButton look="primary" onPress={() => send({ type: 'next' })}>
              {t('action.continue')}
            </PushButton>
          )}
        </ActionBar>
      }
    >
      <ScrollArea label={t(`print.${situation}`)}>
        <Papers papers={papers} />
      </ScrollArea>
    </Page>
  );
}
