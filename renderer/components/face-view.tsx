import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FaceAdvice } from '../../main/contracts/view.ts';
import { useFaceCapture } from '../camera/use-camera.ts';
import { Icon } from './icon.tsx';

/**
 * The camera's picture as a mirror, since a face moves the wrong way otherwise; an oval where the face belongs; a ring that
 * fills as good frames come in; one sentence of advice, once a frame has been judged.
 */
export function FaceView({ advice, progress }: { advice: FaceAdvice | undefined; progress: number }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  useFaceCapture(video, true);
  const good = advice === 'hold-still';
  return (
    <div className="face">
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
      </svg>
      <p className={`face__advice face__advice--${good ? 'good' : 'act'}`} role="status">
        {playing ? (
          <>
            <Icon name={good ? 'check' : 'face'} />
            {advice ? t(`faceAdvice.${advice}`) : t('face.judging')}
          </>
        ) : (
          t('face.opening')
        )}
      </p>
      <p className="visually-hidden" role="status">
        {t('face.progress', { percent: Math.floor(progress * 4) * 25 })}
      </p>
    </div>
  );
}

const oval = 'M300 110c122 0 212 118 212 270s-90 270-212 270-212-118-212-270 90-270 212-270z';
