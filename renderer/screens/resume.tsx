import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DRAFT_CODE_LENGTH, isDraftCode } from '../../main/contracts/draft-code.ts';
import type { DraftRefusal, Screen } from '../../main/contracts/view.ts';
import { useLocalText, useSend, useView } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { CallPanel } from '../components/call-panel.tsx';
import { CodeEntry } from '../components/code-entry.tsx';
import { useDay } from '../components/day.ts';
import { BigDialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';
import { PushButton } from '../components/push-button.tsx';

type Resume = Extract<Screen, { kind: 'resume' }>;

export function ResumeScreen({ screen: { phase, refusal, found, scanner = false } }: { screen: Resume }) {
  if (phase === 'code') return <TypeCode scanner={scanner} />;
  if (phase === 'found' && found) return <Found found={found} />;
  if (phase === 'refused') return <Refused refusal={refusal ?? 'not-found'} />;
  return <AtWork phase={phase === 'removing' ? 'removing' : 'asking'} />;
}

/** A slip of the finger is told at once, before anybody is asked for such a code. */
function TypeCode({ scanner }: { scanner: boolean }) {
  const { t } = useTranslation();
  const send = useSend();
  const errorId = useId();
  const [code, setCode] = useState('');
  const [hasTried, setHasTried] = useState(false);
  const missing = DRAFT_CODE_LENGTH - code.length;
  const isWrong = missing === 0 && !isDraftCode(code);
  const enter = (typed: string): void => {
    setCode(typed);
    setHasTried(false);
  };
  const go = (): void => {
    setHasTried(true);
    if (isDraftCode(code)) send({ type: 'resume-code', code });
  };
  return (
    <Page
      title={t('resume.code.title')}
      lead={t(scanner ? 'resume.code.scanLead' : 'resume.code.lead')}
      beside={
        <p id={errorId} className="field__error" role="alert">
          {isWrong ? t('resume.wrong') : hasTried && missing > 0 ? t('resume.missing', { count: missing }) : ''}
        </p>
      }
      actions={
        <ActionBar back>
          <PushButton look="primary" onPress={go}>
            {t('action.next')}
          </PushButton>
        </ActionBar>
      }
    >
      <CodeEntry code={code} onCode={enter} isWrong={isWrong} errorId={errorId} />
    </Page>
  );
}

function AtWork({ phase }: { phase: 'asking' | 'removing' }) {
  const { t } = useTranslation();
  return (
    <Page
      title={t(`resume.${phase}.title`)}
      lead={t(`resume.${phase}.lead`)}
      actions={<ActionBar back={phase === 'asking'} leave={phase === 'asking' ? 'shown' : 'none'} />}
    >
      <div className="panel panel--picture" role="status">
        <WorkingPicture />
      </div>
    </Page>
  );
}

function Found({ found }: { found: NonNullable<Resume['found']> }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const send = useSend();
  const day = useDay();
  const { mode } = useView();
  const [isAsked, setIsAsked] = useState(false);
  const { title, plainTitle, savedAt, keptUntil, changed, refill } = found;
  const fields = refill.map(text).join(t('resume.comma'));
  const service = text(mode === 'elderly' ? plainTitle : title);
  return (
    <Page
      title={t('resume.found.title', { service })}
      lead={t('resume.found.lead', { date: day(savedAt) })}
      mark={<Mark tone="good" />}
      beside={
        changed && (
          <Notice tone="warn">{refill.length > 0 ? t('resume.refill', { fields }) : t('resume.changed')}</Notice>
        )
      }
      actions={
        <ActionBar>
          <PushButton look="outline" onPress={() => setIsAsked(true)}>
            {t('resume.discard')}
          </PushButton>
          <PushButton look="primary" onPress={() => send({ type: 'next' })}>
            {t('resume.go')}
          </PushButton>
        </ActionBar>
      }
    >
      <div className="panel panel--code">
        <Icon name="document" />
        <p className="panel__strong">{t(refill.length > 0 ? 'resume.rest' : 'resume.all')}</p>
        <p>{t('resume.kept', { date: day(keptUntil) })}</p>
      </div>
      {isAsked && <DiscardDialog onClose={() => setIsAsked(false)} />}
    </Page>
  );
}

function DiscardDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <BigDialog
      title={t('resume.discardTitle')}
      role="alertdialog"
      onClose={onClose}
      actions={
        <>
          <PushButton onPress={() => send({ type: 'discard-draft' })}>{t('resume.discardGo')}</PushButton>
          <PushButton look="primary" autoFocus onPress={onClose}>
            {t('resume.discardStay')}
          </PushButton>
        </>
      }
    >
      <p>{t('resume.discardLead')}</p>
    </BigDialog>
  );
}

function Refused({ refusal }: { refusal: DraftRefusal }) {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <Page
      title={t(`resume.refused.${refusal}.title`)}
      lead={t(`resume.refused.${refusal}.lead`)}
      mark={<Mark tone="warn" />}
      actions={
        <ActionBar>
          {refusal !== 'paused' && (
            <PushButton look="primary" onPress={() => send({ type: 'retry' })}>
              {t('resume.again')}
            </PushButton>
          )}
        </ActionBar>
      }
    >
      <CallPanel why={t('resume.call')} />
    </Page>
  );
}
