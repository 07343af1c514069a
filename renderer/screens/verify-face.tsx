import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { useSend } from '../api/terminal.ts';
import { useCameraAgain } from '../camera/use-camera.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { FaceView } from '../components/face-view.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { FacePicture } from '../components/pictures/face-picture.tsx';
import { HeadPicture } from '../components/pictures/head-picture.tsx';
import { TipPicture, tips } from '../components/pictures/tip-picture.tsx';
import { CameraOffPicture, CardPortraitPicture } from '../components/pictures/trouble-picture.tsx';
import { WorkingPicture } from '../components/pictures/working.tsx';
import { PushButton } from '../components/push-button.tsx';
import { SoundButton } from '../components/sound-button.tsx';
import { useSpoken } from '../speech/sound.tsx';

type FaceScreen = Extract<Screen, { kind: 'verify-face' }>;

export function VerifyFaceScreen({ screen }: { screen: FaceScreen }) {
  switch (screen.phase) {
    case 'looking':
      return <Looking screen={screen} />;
    case 'matched':
      return <Matched />;
    case 'refused':
      return <Refused screen={screen} />;
    default:
      return <Unable phase={screen.phase} />;
  }
}

/** From one act to the next nothing is asked, until the face is seen at rest: too short a time for other words. */
const BETWEEN_ACTS_MS = 1_000;

type Asked = Pick<FaceScreen, 'challenge' | 'act'>;

function useSteadyChallenge({ challenge, act }: Asked): Asked {
  const [steady, setSteady] = useState<Asked>({ challenge, act });
  if (challenge && challenge !== steady.challenge) setSteady({ challenge, act });
  useEffect(() => {
    if (challenge) return;
    const timer = setTimeout(() => setSteady({}), BETWEEN_ACTS_MS);
    return () => clearTimeout(timer);
  }, [challenge]);
  return challenge ? { challenge, act } : steady;
}

function Looking({ screen }: { screen: FaceScreen }) {
  const { t } = useTranslation();
  const { advice, progress } = screen;
  const { challenge, act } = useSteadyChallenge(screen);
  const asks = challenge !== undefined && (advice === undefined || advice === 'hold-still');
  const spoken = asks ? (`faceChallenge.${challenge}` as const) : advice && (`faceAdvice.${advice}` as const);
  useSpoken(t(spoken ?? 'face.looking'), { asks });
  return (
    <Page
      title={t(challenge ? `faceChallenge.${challenge}` : 'face.looking')}
      topic="face"
      lead={
        (act && act.of > 1 ? t('face.act', act) : '') +
        t(challenge ? `face.challengeLead.${challenge}` : 'face.lookingLead')
      }
      mark={challenge && <HeadPicture act={challenge} />}
      beside={<Notice tone="private">{t('face.privacy')}</Notice>}
      actions={
        <ActionBar back>
          <WithoutFace look="outline" />
        </ActionBar>
      }
    >
      <FaceView advice={advice} challenge={challenge} progress={progress} />
    </Page>
  );
}

function Matched() {
  const { t } = useTranslation();
  useSpoken(t('face.matched'));
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

function Refused({ screen: { advice, challenge, attemptsLeft } }: { screen: FaceScreen }) {
  const { t } = useTranslation();
  const send = useSend();
  const notMatched = advice === 'not-live' ? 'not-live' : 'not-matched';
  const reason = challenge ? 'not-done' : notMatched;
  if (attemptsLeft === 0) {
    return (
      <Failed
        title={t(`face.refused.${reason}`)}
        lead={t('face.refusedNoneLeft')}
        picture={<FacePicture tone="warn" />}
      />
    );
  }
  return (
    <Failed
      title={t(`face.refused.${reason}`)}
      lead={t(`face.refusedLead.${reason}`)}
      left={attemptsLeft}
      again={() => send({ type: 'retry' })}
      picture={challenge ? <ChallengeShown challenge={challenge} /> : <Tips />}
    />
  );
}

type UnablePhase = Exclude<FaceScreen['phase'], 'looking' | 'matched' | 'refused'>;
const unable = {
  'not-comparable': { lead: 'face.notComparableLead', picture: <CardPortraitPicture /> },
  'camera-offline': { lead: 'face.cameraOfflineLead', picture: <CameraOffPicture /> },
  'face-check-offline': { lead: 'face.faceCheckOfflineLead', picture: <WorkingPicture /> },
} as const satisfies Record<UnablePhase, { lead: string; picture: ReactNode }>;

/** No fault of the person's: nothing to do better, and nobody's attempt is used up. */
function Unable({ phase }: { phase: UnablePhase }) {
  const { t } = useTranslation();
  const cameraAgain = useCameraAgain();
  return (
    <Failed
      title={t(`face.${phase}`)}
      lead={t(unable[phase].lead)}
      again={phase === 'camera-offline' ? () => void cameraAgain() : undefined}
      picture={unable[phase].picture}
    />
  );
}

type FailedProps = {
  title: string;
  lead: string;
  left?: number;
  again?: (() => void) | undefined;
  picture: ReactNode;
};

function Failed({ title, lead, left, again, picture }: FailedProps) {
  const { t } = useTranslation();
  const triesLeft = left !== undefined && t('face.attemptsLeft', { attempts: left });
  useSpoken([t('face.titleSpoken', { title }), lead, triesLeft].filter(Boolean).join(' '));
  return (
    <Page
      title={title}
      lead={lead}
      mark={<Mark tone="warn" />}
      beside={
        triesLeft && (
          <Notice tone="info">
            <strong>{triesLeft}</strong>
          </Notice>
        )
      }
      actions={
        <ActionBar back aside={again && <WithoutFace look="outline" />}>
          {again ? (
            <PushButton look="primary" onPress={again}>
              {t('action.retry')}
            </PushButton>
          ) : (
            <WithoutFace look="primary" />
          )}
        </ActionBar>
      }
    >
      <div className="panel panel--picture">
        {picture}
        <SoundButton />
      </div>
    </Page>
  );
}

/** One touch away in every state. */
function WithoutFace({ look }: { look: 'primary' | 'outline' }) {
  const { t } = useTranslation();
  const send = useSend();
  return (
    <PushButton look={look} onPress={() => send({ type: 'without-face' })}>
      {t('action.withoutFace')}
    </PushButton>
  );
}

function Tips() {
  const { t } = useTranslation();
  return (
    <ul className="tips">
      {tips.map((tip) => (
        <li key={tip} className="tip">
          <TipPicture tip={tip} />
          <p>{t(`face.tip.${tip}`)}</p>
        </li>
      ))}
    </ul>
  );
}

function ChallengeShown({ challenge }: { challenge: NonNullable<FaceScreen['challenge']> }) {
  const { t } = useTranslation();
  return (
    <figure className="shown">
      <HeadPicture act={challenge} />
      <figcaption>{t(`faceChallenge.${challenge}`)}</figcaption>
    </figure>
  );
}
