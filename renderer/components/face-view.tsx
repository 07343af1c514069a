import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FaceAdvice, FaceChallenge } from '../../main/contracts/view.ts';
import { useFaceCapture } from '../camera/use-camera.ts';
import { Icon } from './icon.tsx';
import { SoundButton } from './sound-button.tsx';

type Props = { advice: FaceAdvice | undefined; challenge: FaceChallenge | undefined; progress: number };

/**
 * The camera's picture as a mirror, since a face moves the wrong way otherwise; an oval where the face belongs; a ring that
 * fills as good frames come in and acts are seen; one sentence of advice, once a frame has been judged. While something is asked for, the
 * sentence is there only when something is in its way, and arrows beside the oval point where to turn.
 */
export function FaceView({ advice, challenge, progress }: Props) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  useFaceCapture(video);
  const good = advice === 'hold-still';
  const said = sentence({ playing, advice, challenge });
  return (
    <div className={playing ? 'face face--playing' : 'face'}>
      <video
        ref={video}
        className="face__video"
        aria-label={t('face.preview')}
        muted
        playsInline
        onPlaying={() => setPlaying(true)}
        onEmptied={() => setPlaying(false)}
      />
      <svg className="face__guide" viewBox="0 -48 600 760" preserveAspectRatio="xMidYMid meet" aria-hidden="true">
        <path
          className="face__mask"
          fillRule="evenodd"
          d="M-2000-2000H2600V2760H-2000zM300 110c-122 0-212 118-212 270s90 270 212 270 212-118 212-270-90-270-212-270z"
        />
        <path className="face__track" d={oval} />
        <path
          className={`face__ring face__ring--${good ? 'good' : 'waiting'}`}
          d={oval}
          pathLength={100}
          style={{ strokeDasharray: `${Math.round(progress * 100)} 100` }}
        />
        {challenge === 'turn-left' && <path className="face__turn" d="M70 334l-28 46 28 46M34 334l-28 46 28 46" />}
        {challenge === 'turn-right' && <path className="face__turn" d="M530 334l28 46-28 46M566 334l28 46-28 46" />}
      </svg>
      {/* Always there, as a region that comes with its words is not read aloud. */}
      <div className="face__say" role="status">
        {said && (
          <p className={`face__advice face__advice--${good ? 'good' : 'act'}`}>
            {playing && <Icon name={good ? 'check' : 'face'} />}
            {t(said)}
          </p>
        )}
      </div>
      <SoundButton />
      <p className="visually-hidden" role="status">
        {challenge && t(`faceChallenge.${challenge}`)}
      </p>
      <p className="visually-hidden" role="status">
        {t('face.progress', { percent: Math.floor(progress * 4) * 25 })}
      </p>
    </div>
  );
}

const oval = 'M300 110c122 0 212 118 212 270s-90 270-212 270-212-118-212-270 90-270 212-270z';

function sentence({ playing, advice, challenge }: Omit<Props, 'progress'> & { playing: boolean }) {
  if (!playing) return 'face.opening';
  if (challenge) return advice && advice !== 'hold-still' ? (`faceAdvice.${advice}` as const) : undefined;
  return advice ? (`faceAdvice.${advice}` as const) : 'face.judging';
}
