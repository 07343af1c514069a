import { IdCard } from './card-picture.tsx';

/** A camera that gives no picture. */
export function CameraOffPicture() {
  return (
    <svg className="picture trouble" viewBox="0 0 480 400" aria-hidden="true" focusable="false">
      <rect className="ink-fill" x="60" y="96" width="360" height="240" rx="48" />
      <path className="ink-fill" d="M172 104l24-48h88l24 48z" />
      <circle className="tint-fill" cx="240" cy="216" r="88" />
      <circle className="line-fill" cx="240" cy="216" r="56" />
      <circle className="tint-fill" cx="366" cy="148" r="14" />
      <path className="trouble__edge" d="M70 376L410 40" />
      <path className="trouble__strike" d="M70 376L410 40" />
    </svg>
  );
}

/** A card whose portrait is the trouble, not its owner. */
export function CardPortraitPicture() {
  return (
    <svg className="picture trouble" viewBox="110 240 420 276" aria-hidden="true" focusable="false">
      <IdCard />
      <rect className="trouble__around" x="368" y="292" width="112" height="132" rx="20" />
    </svg>
  );
}
