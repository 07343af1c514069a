import type { ReactNode } from 'react';

/** Stroke icons on a 24-unit square, drawn for this terminal: 2 units wide, round ends, readable at arm's length. */
const icons = {
  back: <path d="M15 5l-7 7 7 7" />,
  forward: <path d="M9 5l7 7-7 7" />,
  down: <path d="M5 9l7 7 7-7" />,
  up: <path d="M5 15l7-7 7 7" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  leave: <path d="M14 4H6v16h8M10 12h10M16.5 8.5l3.5 3.5-3.5 3.5" />,
  warn: <path d="M12 4L2.8 20h18.4zM12 10v4.5M12 17.3v.2" />,
  info: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5.5M12 7.6v.2" />
    </>
  ),
  help: (
    <>
      <path d="M4 13v-1a8 8 0 0 1 16 0v1M20 17a4 4 0 0 1-4 4h-2.5" />
      <rect x="3" y="13" width="4" height="6" rx="1.5" />
      <rect x="17" y="13" width="4" height="6" rx="1.5" />
    </>
  ),
  phone: (
    <path d="M6 3h3.5l1.5 5-2.3 1.7a13 13 0 0 0 5.6 5.6L16 13l5 1.5V18a3 3 0 0 1-3 3C10.5 21 3 13.5 3 6a3 3 0 0 1 3-3z" />
  ),
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9" rx="2" />
      <path d="M8 11V8a4 4 0 0 1 8 0v3" />
    </>
  ),
  place: (
    <>
      <path d="M12 21.5c5-5.2 7-8.6 7-11.5a7 7 0 0 0-14 0c0 2.9 2 6.3 7 11.5z" />
      <circle cx="12" cy="10" r="2.5" />
    </>
  ),
  clock: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 7v5.3l3.3 2" />
    </>
  ),
  noNetwork: (
    <path d="M3 9.5a13 13 0 0 1 5-3M21 9.5a13 13 0 0 0-8.5-3.4M6.5 13.5a8 8 0 0 1 3-1.9M17.5 13.5a8 8 0 0 0-1.8-1.3M12 18.3v.2M4 3l16 18" />
  ),
  largeText: <path d="M3 19l5.5-14L14 19M5 14.5h7M16 19l2.8-7 2.7 7M17 16.8h3.6" />,
  lowReach: <path d="M12 3v11M7.5 10l4.5 4.5L16.5 10M4 20h16" />,
  language: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M3 12h18M12 3c5.2 5.5 5.2 12.5 0 18M12 3c-5.2 5.5-5.2 12.5 0 18" />
    </>
  ),
  minus: <path d="M5 12h14" />,
  plus: <path d="M5 12h14M12 5v14" />,
  save: <path d="M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6" />,
  erase: <path d="M9 5h11v14H9l-6-7zM12 9.5l5 5M17 9.5l-5 5" />,
  star: <path d="M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z" />,
  pen: <path d="M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5" />,
  sound: <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18.3 6.2a8.2 8.2 0 0 1 0 11.6" />,
  soundOff: <path d="M4 9.5v5h3.5L12 19V5L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5" />,
  face: (
    <>
      <path d="M4 8V6a2 2 0 0 1 2-2h2M16 4h2a2 2 0 0 1 2 2v2M20 16v2a2 2 0 0 1-2 2h-2M8 20H6a2 2 0 0 1-2-2v-2" />
      <path d="M9 10v.2M15 10v.2M9 14.5a4.5 4.5 0 0 0 6 0" />
    </>
  ),
  window: <path d="M4 20V7l8-4 8 4v13M2.5 20h19M9 20v-6h6v6M9 10h6" />,
  shield: <path d="M12 3l7.5 2.7V11c0 4.7-2.9 8-7.5 10-4.6-2-7.5-5.3-7.5-10V5.7zM8.5 11.8l2.6 2.6 4.5-4.7" />,
  licence: (
    <>
      <path d="M3 4h18v12h-5M11 16H3V4M6.5 8h11M6.5 11.5h6" />
      <path d="M11 21l2.5-1.5L16 21v-4.3h-5z" />
      <circle cx="13.5" cy="14.7" r="2.6" />
    </>
  ),
  house: <path d="M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6" />,
  person: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4.5 21c.6-4.5 3.5-7 7.5-7s6.9 2.5 7.5 7" />
    </>
  ),
  card: (
    <>
      <rect x="3" y="5" width="18" height="14" rx="2.5" />
      <path d="M6.5 9.5h6M6.5 13h4M14.5 15.5c.3-1.7 1-2.3 1.8-2.3s1.5.6 1.8 2.3" />
      <circle cx="16.3" cy="10.7" r="1.3" />
    </>
  ),
  printer: <path d="M7 8V3.5h10V8M7 17H4V9.5A1.5 1.5 0 0 1 5.5 8h13A1.5 1.5 0 0 1 20 9.5V17h-3M7 13.5h10V21H7z" />,
  ticket: <path d="M3 6h18v4a2 2 0 0 0 0 4v4H3v-4a2 2 0 0 0 0-4zM14.5 6v12" />,
  document: <path d="M6 3h8.5L19 7.5V21H6zM14 3v5h5M9 12.5h7M9 16.5h7" />,
  money: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M8.5 7l3.5 5 3.5-5M12 12v5.5M9 12.5h6M9 15.3h6" />
    </>
  ),
  medical: <path d="M9.5 4h5v5.5H20v5h-5.5V20h-5v-5.5H4v-5h5.5z" />,
  school: <path d="M2 9l10-5 10 5-10 5zM6.5 11.5V17c3.3 2.3 7.7 2.3 11 0v-5.5M22 9v6" />,
  car: (
    <>
      <path d="M3 16.5V12l2.5-6h13L21 12v4.5zM3.5 12h17" />
      <circle cx="7.5" cy="17.5" r="1.8" />
      <circle cx="16.5" cy="17.5" r="1.8" />
    </>
  ),
  bolt: <path d="M13.5 3L5 13.5h6L10.5 21 19 10.5h-6z" />,
  progress: (
    <>
      <path d="M20.5 9A9 9 0 1 0 21 12" />
      <path d="M12 7v5l3.5 2M21 4v5h-5" />
    </>
  ),
  camera: (
    <>
      <path d="M3 7.5h4L9 5h6l2 2.5h4V19H3z" />
      <circle cx="12" cy="13" r="3.5" />
    </>
  ),
  food: <path d="M7 3v6.5M4 3v4.5a3 3 0 0 0 6 0V3M7 10.5V21M17 21v-7h-2.5V8c0-3 1-5 2.5-5z" />,
  water: <path d="M12 3c4 4.8 6 8.1 6 11a6 6 0 0 1-12 0c0-2.9 2-6.2 6-11z" />,
  passport: (
    <>
      <rect x="5" y="3" width="14" height="18" rx="2" />
      <circle cx="12" cy="10.5" r="3.5" />
      <path d="M9 17.5h6" />
    </>
  ),
  chat: <path d="M4 5h16v11h-8.5L7 20v-4H4zM8 10.5h8" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof icons;

/** Always beside words, never instead of them, so it is silent. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {icons[name]}
    </svg>
  );
}

/** Service files name their icon; one that this terminal lacks becomes a sheet of paper. */
export function serviceIcon(name: string): IconName {
  return isIcon(name) ? name : 'document';
}

function isIcon(name: string): name is IconName {
  return Object.hasOwn(icons, name);
}
