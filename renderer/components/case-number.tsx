/** A number that is copied by hand or read over the telephone: large, all digits of one width. */
export function CaseNumber({ label, value }: { label: string; value: string }) {
  return (
    <dl className="number">
      <dt>{label}</dt>
      <dd>{value}</dd>
    </dl>
  );
}
