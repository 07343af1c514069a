import type { ReactNode } from 'react';

type Props = { label: string; doing: 'lay-down' | 'hold' | 'lift' | 'still' };

/** The reader seen from above, as it lies before the hand, and what the card does on it. */
export function CardPicture({ label, doing }: Props) {
  return (
    <svg className={`picture card-picture card-picture--${doing}`} viewBox="0 0 640 560" role="img" aria-label={label}>
      <rect className="ink-fill" x="60" y="208" width="520" height="340" rx="44" />
      <rect className="tint-fill" x="72" y="220" width="496" height="316" rx="34" />
      <rect className="card-picture__zone" x="124" y="262" width="392" height="232" rx="24" />
      <g className="card-picture__waves">
        <path d="M250 392a70 70 0 0 1 140 0" />
        <path d="M216 392a104 104 0 0 1 208 0" />
        <path d="M182 392a138 138 0 0 1 276 0" />
        <circle cx="320" cy="392" r="14" />
      </g>
      <g className="card-picture__card">
        <IdCard />
      </g>
      <g className="card-picture__arrow">
        <path d="M320 12v76M286 58l34 34 34-34" />
      </g>
    </svg>
  );
}

/** 85.6 × 54 mm like the real one, portrait to the right; lines in place of any name. */
export function IdCard(): ReactNode {
  return (
    <>
      <rect className="paper-sheet" x="146" y="272" width="348" height="212" rx="20" />
      <rect className="tint-fill" x="382" y="306" width="84" height="104" rx="12" />
      <circle className="line-fill" cx="424" cy="344" r="19" />
      <path className="line-fill" d="M390 410c2-30 16-42 34-42s32 12 34 42z" />
      <g className="text-lines">
        <path d="M178 318h96M178 350h64M178 382h150M178 410h118" />
      </g>
      <path className="text-lines text-lines--strong" d="M178 452h250" />
    </>
  );
}
