import type { PaperItem } from '../../../main/contracts/view.ts';

type Props = { label: string; document: PaperItem['document']; state: PaperItem['state'] };

/** A slot in the machine's front and the sheet that comes out of it: wide for a certificate or licence, narrow for a receipt. */
export function PaperPicture({ label, document, state }: Props) {
  const wide = document !== 'receipt';
  const slot = wide ? { x: 50, width: 260 } : { x: 106, width: 148 };
  const mid = 180;
  const half = slot.width / 2 - 22;
  const left = mid - half;
  const right = mid + half;
  const sheet = wide ? `M${left} 60V286H${right}V60z` : `M${left} 60V262${zigzag(left, right)}V60z`;
  return (
    <svg
      className={`picture paper-picture paper-picture--${state}`}
      viewBox="0 0 360 300"
      role="img"
      aria-label={label}
    >
      <clipPath id={`below-${document}`}>
        <rect x="0" y="62" width="360" height="238" />
      </clipPath>
      <rect className="ink-fill" x={slot.x - 30} y="6" width={slot.width + 60} height="92" rx="22" />
      <rect className="paper-picture__lip" x={slot.x} y="50" width={slot.width} height="14" rx="7" />
      <g clipPath={`url(#below-${document})`}>
        <g className="paper-picture__sheet">
          <path className="paper-sheet" d={sheet} />
          {wide ? (
            <>
              <path className="text-lines text-lines--strong" d={`M${mid - 46} 106h92`} />
              <path
                className="text-lines"
                d={`M${left + 26} 142h${half * 2 - 52}M${left + 26} 170h${half * 2 - 52}M${left + 26} 198h96`}
              />
              <circle className="paper-picture__seal" cx={right - 50} cy="238" r="26" />
            </>
          ) : (
            <>
              <path className="text-lines text-lines--strong" d={`M${mid - 26} 104h52`} />
              <path
                className="text-lines"
                d={`M${left + 18} 136h${half * 2 - 36}M${left + 18} 162h${half * 2 - 36}M${left + 18} 188h40`}
              />
            </>
          )}
        </g>
      </g>
    </svg>
  );
}

/** The torn edge of a receipt, from left to right. */
function zigzag(left: number, right: number): string {
  const teeth = 6;
  const step = (right - left) / teeth / 2;
  return `l${step} 14 ${step} -14`.repeat(teeth);
}
