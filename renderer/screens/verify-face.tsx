import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { useCameraAgain } from '../camera/use-camera.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { FaceView } from '../components/face-view.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { FacePicture } from '../components/pictures/face-picture.tsx';
import { PushButton } from '../components/push-button.tsx';

type FaceScreen = Extract<Screen, { kind: 'verify-face' }>;

export function VerifyFaceScreen({ screen }: { screen: FaceScreen }) {
  const { t } = useTranslation();
  if (screen.phase === 'looking') return <Looking screen={screen} />;
  if (screen.phase === 'matched') {
    return (
      <Page
        title={t('face.matched')}
        lead={t('face.matchedLead')}
        mark={<Mark tone="good" />}
        actions={<ActionBar back />}
      >
        <div className="panel panel--picture">
          <FacePicture tone="good" />
        </div>
      </Page>
    );
  }
  return <Failed phase={screen.phase} attemptsLeft={screen.attemptsLeft} />;
}

function Looking({ screen }: { screen: FaceScreen }) {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <Page
      title={t('face.looking')}
      lead={t('face.lookingLead')}
      beside={<Notice tone="private">{t('face.privacy')}</Notice>}
      actions={
        <ActionBar back>
          <PushButton look="outline" onPress={() => send({ type: 'without-face' })}>
            {t('action.withoutFace')}
          </PushButton>
        </ActionBar>
      }
    >
      <FaceView advice={screen.advice} progress={screen.progress} />
    </Page>
  );
}

type FailedPhase = Exclude<FaceScreen['phase'], 'looking' | 'matched'>;

function Failed({ phase, attemptsLeft }: { phase: FailedPhase; attemptsLeft: number }) {
  const { t } = useTranslation();
  const send = useSend();
  const cameraAgain = useCameraAgain();
  const lead = {
    refused: t(attemptsLeft > 0 ? 'face.refusedLead' : 'face.refusedNoneLeft'),
    'not-comparable': t('face.notComparableLead'),
    'camera-offline': t('face.cameraOfflineLead'),
    'face-check-offline': t('face.faceCheckOfflineLead'),
  }[phase];
  const again = ((): (() => void) | undefined => {
    if (phase === 'camera-offline') return () => void cameraAgain();
    if (phase === 'refused' && attemptsLeft > 0) return () => send({ type: 'retry' });
    return undefined;
  })();
  const withoutFace = (look: 'primary' | 'outline') => (
    <PushButton look={look} onPress={() => send({ type: 'without-face' })}>
      {t('action.withoutFace')}
    </PushButton>
  );
  return (
    <Page
      title={t(`face.${phase}`)}
      lead={lead}
      mark={<Mark tone="warn" />}
      beside={
        phase === 'refused' &&
        attemptsLeft > 0 && <Notice tone="info">{t('face.attemptsLeft', { attempts: attemptsLeft })}</Notice>
      }
      actions={
        <ActionBar back>
          {again ? (
            <PushButton look="primary" onPress={again}>
              {t('action.retry')}
            </PushButton>
          ) : (
            withoutFace('primary')
          )}
        </ActionBar>
      }
    >
      <div className="panel panel--picture">
        <FacePicture tone="warn" />
        {again && withoutFace('outline')}
      </div>
    </Page>
  );
}
