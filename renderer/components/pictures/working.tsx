/** Something goes on: a ring that turns slowly, and with reduced motion stands still beside the words. */
export function WorkingPicture() {
  return (
    <svg className="picture working" viewBox="0 0 200 200" aria-hidden="true" focusable="false">
      <circle className="working__track" cx="100" cy="100" r="82" />
      <circle className="working__turning" cx="100" cy="100" r="82" pathLength="100" />
    </svg>
  );
}
