import type { FaceManifest } from '../../models/face/manifest.ts';
import type { LivenessReport, PairsReport, Rate } from './evaluate.ts';
import { smallestClaim } from './rates.ts';

export function percent(share: number): string {
  if (Number.isNaN(share)) return '–';
  return share > 0 && share < 0.001 ? `${(share * 100).toPrecision(2)} %` : `${(share * 100).toFixed(2)} %`;
}

/** "1.20 % (12 of 1000; 0.60 % to 1.90 %)"; without an error also what the trials leave possible. */
export function rateText({ errors, trials, share, interval }: Rate): string {
  if (share === undefined || !interval) return 'no trial';
  const range =
    errors === 0
      ? `at most ${percent(smallestClaim(trials))} by the rule of three`
      : `${percent(interval.low)} to ${percent(interval.high)}`;
  return `${percent(share)} (${errors} of ${trials}; ${range})`;
}

export function pairsText(report: PairsReport): string[] {
  const { pairs, persons, notComparable, equalErrorRate: eer, wanted } = report;
  const causes = Object.entries(notComparable.pictures).map(([code, count]) => `${count} ${code}`);
  const lines = [
    `pairs               ${pairs.same} of one person, ${pairs.different} of different persons${persons === undefined ? '' : `, ${persons} persons`}${report.chip === 'none' ? '' : `; ${chipText(report.chip)}`}`,
    `not comparable      ${rateText(notComparable.same)} of one person, ${rateText(notComparable.different)} of different persons`,
    ...(causes.length > 0 ? [`                    pictures: ${causes.join(', ')}`] : []),
    `at threshold ${report.threshold}`,
    `  false accepts     ${rateText(report.falseAccepts)}`,
    `  false rejects     ${rateText(report.falseRejects)}`,
    `  not recognised    ${rateText(report.notRecognised)}, with those not comparable`,
    `equal error rate    ${eer ? `${percent(eer.rate)} at ${eer.threshold.toFixed(4)}` : 'needs pairs of both kinds'}`,
    `smallest FAR that ${report.falseAccepts.trials} pairs can show: ${percent(report.smallestFar)}`,
    `for FAR ${percent(wanted.far)}: threshold ${wanted.threshold.toFixed(4)}, FRR ${percent(wanted.frr)}${wanted.claimable ? '' : '; too few pairs to claim it'}`,
  ];
  const nearby = report.nearby.map(
    (at) =>
      `  ${at.threshold.toFixed(4)}  accepted ${rateText(at.falseAccepts)}, rejected ${rateText(at.falseRejects)}`,
  );
  return [...lines, ...rocText(report), '', 'thresholds nearby', ...nearby];
}

function chipText(chip: PairsReport['chip']): string {
  return `${chip === 'both' ? 'both sides' : chip} reduced to a chip photo`;
}

function rocText({ points }: PairsReport): string[] {
  if (points.length === 0) return [];
  const cells = points.map(({ threshold, far, frr }) => [threshold.toFixed(4), percent(far), percent(frr)]);
  return ['', ...[['threshold', 'FAR', 'FRR'], ...cells].map((row) => row.map((cell) => cell.padStart(11)).join(''))];
}

export function livenessText({ threshold, attacks, live, elsewhere }: LivenessReport): string[] {
  const row = (species: string, { errors, noFace }: LivenessReport['live'], name: string): string =>
    `${species.padEnd(28)} ${name} ${rateText(errors)}${noFace > 0 ? `, no face in ${noFace}` : ''}`;
  return [
    `liveness at threshold ${threshold}`,
    ...attacks.map((attack) => row(attack.species, attack, 'APCER')),
    row('live', live, 'BPCER'),
    '',
    ...[
      ['threshold', 'APCER', 'BPCER'],
      ...elsewhere.map((at) => [at.threshold.toFixed(2), percent(at.apcer), percent(at.bpcer)]),
    ].map((cells) => cells.map((cell) => cell.padStart(11)).join('')),
    'APCER: of the species that passes most often',
  ];
}

/** `match` of `thresholds` in models/face/manifest.json: the wanted FAR's threshold where so many pairs can claim it. */
export function matchLine(manifest: FaceManifest, origin: string, report: PairsReport): string {
  const { pairs, wanted } = report;
  const chip = report.chip === 'none' ? '' : `, ${chipText(report.chip)}`;
  const at = wanted.claimable
    ? `FAR ${percent(wanted.far)}, FRR ${percent(wanted.frr)} of ${report.falseRejects.trials} pairs`
    : `false accepts ${rateText(report.falseAccepts)}, false rejects ${rateText(report.falseRejects)}`;
  const match = {
    weights: manifest.weights.embed.sha256,
    cosine: wanted.claimable ? wanted.threshold : report.threshold,
    from: `${origin}: ${pairs.same} pairs of one person, ${pairs.different} of different persons${chip}; ${at}.`,
  };
  return `"match": ${JSON.stringify(match)}`;
}

/** `live` of the same, at the threshold in force. */
export function liveLine(manifest: FaceManifest, origin: string, report: LivenessReport): string {
  const [worst] = report.attacks;
  const live = {
    weights: manifest.weights.liveness.sha256,
    score: report.threshold,
    from: `${origin}: ${worst ? `worst species ${worst.species}, APCER ${rateText(worst.errors)}; ` : ''}BPCER ${rateText(report.live.errors)}.`,
  };
  return `"live": ${JSON.stringify(live)}`;
}
