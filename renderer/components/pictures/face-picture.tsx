/** How to stand: shoulders below, face in the oval. */
export function FacePicture({ tone }: { tone: 'good' | 'warn' }) {
  return (
    <svg className="picture face-picture" viewBox="0 0 480 480" aria-hidden="true" focusable="false">
      <path className="tint-fill" d="M60 480c6-116 74-168 180-168s174 52 180 168z" />
      <ellipse className="line-fill" cx="240" cy="196" rx="92" ry="114" />
      <path className="ink-fill" d="M144 176C136 92 190 52 240 52s104 40 96 124c-24-48-168-48-192 0z" />
      <ellipse className={`face-picture__oval face-picture__oval--${tone}`} cx="240" cy="200" rx="142" ry="178" />
    </svg>
  );
}
