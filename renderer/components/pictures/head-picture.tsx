import type { FaceChallenge } from '../../../main/contracts/view.ts';

/**
 * A head that does what is asked for, slowly, and with reduced motion stands as it should look. As in a mirror, like the camera's
 * picture on the page: a person's left is on the left.
 */
export function HeadPicture({ act }: { act: FaceChallenge }) {
  const turns = act === 'turn-left' || act === 'turn-right';
  return (
    <svg className={`picture head head--${act}`} viewBox="0 0 240 240" aria-hidden="true" focusable="false">
      <g transform={act === 'turn-right' ? 'matrix(-1 0 0 1 240 0)' : undefined}>
        <rect className="head__ground" width="240" height="240" rx="40" />
        <path className="head__shoulders" d="M36 240c4-44 38-64 84-64s80 20 84 64z" />
        <g className="head__ears">
          <ellipse className="head__ear" cx="60" cy="112" rx="12" ry="19" />
          <ellipse className="head__ear" cx="180" cy="112" rx="12" ry="19" />
        </g>
        <ellipse className="head__skin" cx="120" cy="110" rx="60" ry="76" />
        <g className="head__features">
          <path className="head__line" d="M80 82q13-9 26-2M134 80q13-7 26 2" />
          <g className="head__open-eyes">
            <circle className="ink-fill" cx="93" cy="103" r="8" />
            <circle className="ink-fill" cx="147" cy="103" r="8" />
          </g>
          {act === 'blink' && (
            <g className="head__closed-eyes">
              <path className="head__line" d="M79 101q14 12 28 0M133 101q14 12 28 0" />
              <path
                className="head__line head__line--fine"
                d="M83 110l-5 6M93 113v8M103 110l5 6M137 110l-5 6M147 113v8M157 110l5 6"
              />
            </g>
          )}
          <path className="head__line" d={turns ? 'M118 104l-14 26q2 6 14 5' : 'M120 108v18q-1 6-8 6'} />
          {act === 'open-mouth' ? (
            <ellipse className="ink-fill head__open-mouth" cx="120" cy="158" rx="19" ry="17" />
          ) : (
            <path className="head__line" d="M102 153q18 11 36 0" />
          )}
        </g>
        <path className="ink-fill" d="M56 106C48 52 82 20 122 20s70 30 62 86c-6-26-22-40-64-40s-58 14-64 40z" />
        {turns && (
          <g className="head__arrow">
            <path d="M132 202H42M70 174l-30 28 30 28" />
          </g>
        )}
      </g>
    </svg>
  );
}
