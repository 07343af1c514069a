import type { CrashReport } from './run.ts';

/** At least one of so many kills must have met what it is about, and one whatever their number. */
const ONE_IN = 20;

const wantedIn = (kills: number): number => Math.max(1, Math.floor(kills / ONE_IN));

/** Whether kills have yet to meet what they are for: on a busy machine they fall beside it, and a few more do not. */
export function killsMiss({ kills, ledger, places }: KillsSoFar): boolean {
  const madeOfDrafts = ledger.continued.intersection(ledger.accepted).size;
  const met = [places.get('accepting') ?? 0, places.get('copying') ?? 0, madeOfDrafts];
  return met.some((times) => times < wantedIn(kills));
}

interface KillsSoFar extends Pick<CrashReport, 'kills' | 'places'> {
  readonly ledger: Pick<CrashReport['ledger'], 'accepted' | 'continued'>;
}

/** Why a run of kills has shown nothing of a promise, a sentence each: an empty verdict is then worth nothing. */
export function doubtsOfKills({
  kills,
  ledger,
  platform,
  places,
}: Pick<CrashReport, 'kills' | 'places'> & {
  readonly ledger: Pick<CrashReport['ledger'], 'accepted'>;
  readonly platform: Pick<CrashReport['platform'], 'replays' | 'papers' | 'draftsUsed'>;
}): string[] {
  const wanted = wantedIn(kills);
  const met: readonly (readonly [what: string, times: number])[] = [
    ['cases accepted', ledger.accepted.size],
    ['kills within an accept', places.get('accepting') ?? 0],
    ['kills within a copy', places.get('copying') ?? 0],
    ['deliveries sent again', platform.replays],
    ['cases made of what was put aside', platform.draftsUsed],
    ['cases with papers at the platform', platform.papers.size],
  ];
  return met
    .filter(([, times]) => times < wanted)
    .map(([what, times]) => `${times} ${what} in ${kills} kills: the run has shown nothing`);
}

/** The same for a run on a full disk. */
export function doubtsOfFullDisk(seen: {
  readonly acceptedBefore: number;
  readonly answeredWhileFull: number;
  readonly held: number;
  /** `undefined` on a disk that refuses no resident: a limit on files is met by the database alone, at the end of a visit. */
  readonly refusals: number | undefined;
}): string[] {
  const met: readonly (readonly [what: string, times: number])[] = [
    ['cases accepted before the disk was full', seen.acceptedBefore],
    ['deliveries answered while the disk was full', seen.answeredWhileFull],
    ['steps that the full disk held up', seen.held],
    ['residents told no', seen.refusals ?? 1],
  ];
  return met.filter(([, times]) => times === 0).map(([what]) => `no ${what}: the run has shown nothing`);
}

/** Of all that waited when the disk was full each must have been answered on the full disk. */
export function doubtsOfReserve(waiting: number, answered: number): string[] {
  return [
    ...(waiting > 0 ? [] : ['nothing waited when the disk was full: the run has shown nothing']),
    ...(answered >= waiting ? [] : [`${waiting} waited, and ${answered} were answered on the full disk`]),
  ];
}
