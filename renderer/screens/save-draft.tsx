import { useTranslation } from 'react-i18next';
import { groupedDraftCode } from '../../main/contracts/draft-code.ts';
import type { Screen } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { CallPanel } from '../components/call-panel.tsx';
import { useDay } from '../components/day.ts';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { PaperPicture } from '../components/pictures/paper-picture.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';
import { PushButton } from '../components/push-button.tsx';

type SaveDraft = Extract<Screen, { kind: 'save-draft' }>;

export function SaveDraftScreen({ screen }: { screen: SaveDraft }) {
  if (screen.phase === 'saved' && screen.code !== undefined) return <Saved screen={screen} code={screen.code} />;
  if (screen.phase === 'not-saved') return <NotSaved />;
  return <AtWork phase={screen.phase === 'saving' ? 'saving' : 'printing'} />;
}

function AtWork({ phase }: { phase: 'saving' | 'printing' }) {
  const { t } = useTranslation();
  return (
    <Page
      title={t(`draft.${phase}.title`)}
      lead={t(`draft.${phase}.lead`)}
      mark={phase === 'printing' && <Mark tone="good" />}
      actions={<ActionBar leave="none" />}
    >
      <div className="panel panel--picture">
        {phase === 'saving' ? (
          <WorkingPicture />
        ) : (
          <PaperPicture document="receipt" state="printing" label={t('paper.picture', slipWords(t))} />
        )}
      </div>
    </Page>
  );
}

function NotSaved() {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <Page
      title={t('draft.not-saved.title')}
      lead={t('draft.not-saved.lead')}
      mark={<Mark tone="warn" />}
      actions={
        <ActionBar back>
          <PushButton look="primary" onPress={() => send({ type: 'retry' })}>
            {t('action.retry')}
          </PushButton>
        </ActionBar>
      }
    >
      <CallPanel why={t('draft.not-saved.call')} />
    </Page>
  );
}

/** The code is on the page whatever became of the paper: it can be copied, or photographed. */
function Saved({ screen: { slip, keptUntil = '', needsCard }, code }: { screen: SaveDraft; code: string }) {
  const { t } = useTranslation();
  const send = useSend();
  const day = useDay();
  const outcome = slip?.state === 'printed' ? 'printed' : slip?.state === 'unknown' ? 'unknown' : 'unprinted';
  return (
    <Page
      title={t(`draft.${outcome}.title`)}
      lead={t(`draft.${outcome}.lead`, { date: day(keptUntil) })}
      mark={<Mark tone="good" />}
      beside={
        <>
          {outcome === 'unprinted' && <Notice tone="warn">{t('draft.noPaper')}</Notice>}
          {outcome === 'unknown' && <Notice tone="warn">{t('draft.unsure')}</Notice>}
          {needsCard && outcome === 'printed' && <Notice tone="warn">{t('result.takeCard')}</Notice>}
        </>
      }
      actions={
        <ActionBar leave="none">
          {outcome !== 'printed' && (
            <PushButton look="outline" onPress={() => send({ type: 'retry' })}>
              {t('draft.again')}
            </PushButton>
          )}
          <PushButton look="primary" onPress={() => send({ type: 'next' })}>
            {t('draft.done')}
          </PushButton>
        </ActionBar>
      }
    >
      <div className="panel panel--code">
        {outcome === 'printed' && (
          <PaperPicture document="receipt" state="printed" label={t('paper.picture', slipWords(t))} />
        )}
        <p>{t('draft.code')}</p>
        <p className="code">{groupedDraftCode(code)}</p>
        <p>{t(needsCard ? 'draft.howCard' : 'draft.how')}</p>
        {outcome !== 'printed' && <p className="panel__strong">{t('draft.noted')}</p>}
      </div>
    </Page>
  );
}

function slipWords(t: ReturnType<typeof useTranslation>['t']): { paper: string; slot: string } {
  return { paper: t('paper.receipt'), slot: t('paper.receiptSlot') };
}
