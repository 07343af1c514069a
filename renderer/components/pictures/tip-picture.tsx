import type { ReactNode } from 'react';

/** What helps a face to be recognised: nothing before it, light on it, nobody beside it. */
export const tips = ['uncovered', 'lit', 'alone'] as const;
export type Tip = (typeof tips)[number];

/** Explained by the words beside it. */
export function TipPicture({ tip }: { tip: Tip }) {
  return (
    <svg className="picture tip__picture" viewBox="0 0 160 160" aria-hidden="true" focusable="false">
      <rect className="tint-fill" width="160" height="160" rx="32" />
      {drawings[tip]}
    </svg>
  );
}

const drawings: Record<Tip, ReactNode> = {
  uncovered: (
    <>
      <ellipse className="tip__skin" cx="80" cy="84" rx="40" ry="52" />
      <path className="ink-fill" d="M34 62h92v-10H112C110 24 98 14 80 14S50 24 48 52H34z" />
      <path className="tip__cloth" d="M41 92q39-14 78 0c0 30-18 46-39 46S41 122 41 92z" />
      <path className="tip__no-edge" d="M26 134L134 26" />
      <path className="tip__no" d="M26 134L134 26" />
    </>
  ),
  lit: (
    <>
      <g className="tip__rays">
        <circle cx="36" cy="38" r="15" />
        <path d="M36 8v4M8 38h-1M36 66v5M62 38h5M57 17l4-4M57 60l4 4M15 60l-4 4M15 17l-4-4" />
      </g>
      <ellipse className="tip__skin" cx="98" cy="94" rx="36" ry="46" />
      <path className="ink-fill" d="M60 88C56 56 78 40 99 40s42 18 38 50c-8-20-18-26-38-26s-32 8-39 24z" />
    </>
  ),
  alone: (
    <>
      <path className="line-fill" d="M32 160c3-28 22-40 48-40s45 12 48 40z" />
      <ellipse className="tip__skin" cx="80" cy="80" rx="30" ry="38" />
      <path className="ink-fill" d="M49 76C44 46 62 34 80 34s37 14 31 42c-6-16-14-20-31-20s-26 6-31 20z" />
      <ellipse className="tip__oval" cx="80" cy="80" rx="52" ry="64" />
    </>
  ),
};
