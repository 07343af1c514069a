import { IdCard } from './card-picture.tsx';

/** Where the hand goes, three times: on the screen, on the reader, to the slot. Explained by the words beside them. */
export function TouchPicture() {
  return (
    <svg className="picture" viewBox="0 0 200 160" aria-hidden="true" focusable="false">
      <rect className="ink-fill" x="34" y="6" width="132" height="130" rx="18" />
      <rect className="tint-fill" x="42" y="14" width="116" height="114" rx="12" />
      <rect className="tile" x="54" y="28" width="42" height="36" rx="8" />
      <rect className="tile" x="104" y="28" width="42" height="36" rx="8" />
      <rect className="tile" x="54" y="74" width="42" height="36" rx="8" />
      <rect className="tile tile--chosen" x="104" y="74" width="42" height="36" rx="8" />
      <path
        className="paper-sheet"
        d="M126 92a9 9 0 0 1 18 0v26l24 6c8 2 12 8 11 16l-3 18h-44l-18-28c-4-7 5-14 12-7z"
      />
    </svg>
  );
}

export function SmallCardPicture() {
  return (
    <svg className="picture" viewBox="100 190 440 352" aria-hidden="true" focusable="false">
      <rect className="ink-fill" x="110" y="300" width="420" height="230" rx="40" />
      <rect className="tint-fill" x="122" y="312" width="396" height="206" rx="30" />
      <g transform="translate(0 -62)">
        <IdCard />
      </g>
    </svg>
  );
}

export function SmallPaperPicture() {
  return (
    <svg className="picture" viewBox="0 0 200 160" aria-hidden="true" focusable="false">
      <rect className="ink-fill" x="24" y="12" width="152" height="56" rx="16" />
      <rect className="paper-picture__lip" x="44" y="38" width="112" height="10" rx="5" />
      <path className="paper-sheet" d="M54 44V150H146V44z" />
      <path className="text-lines" d="M70 74h60M70 94h60M70 114h30" />
      <circle className="paper-picture__seal" cx="126" cy="128" r="12" />
    </svg>
  );
}
