/** From this machine to the department, with something on its way between them. */
export function SendingPicture() {
  return (
    <svg className="picture sending" viewBox="0 0 640 280" aria-hidden="true" focusable="false">
      <rect className="ink-fill" x="40" y="40" width="130" height="200" rx="20" />
      <rect className="tint-fill" x="54" y="56" width="102" height="112" rx="10" />
      <path className="sending__sheet" d="M76 78h58M76 102h58M76 126h34" />
      <rect className="tint-fill" x="66" y="192" width="78" height="14" rx="7" />
      <g className="sending__dots">
        <circle cx="230" cy="140" r="12" />
        <circle cx="290" cy="140" r="12" />
        <circle cx="350" cy="140" r="12" />
        <circle cx="410" cy="140" r="12" />
      </g>
      <path className="ink-fill" d="M452 104 536 40l84 64z" />
      <path className="tint-fill" d="M466 112h140v108H466z" />
      <path className="sending__columns" d="M490 128v76M536 128v76M582 128v76" />
      <path className="sending__ground" d="M452 228h168" />
    </svg>
  );
}
