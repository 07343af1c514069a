import type { Mode } from '../contracts/common.ts';
import type { Screen } from '../contracts/view.ts';
import type { Allowance } from './idle.ts';

/** Seconds on a page without a touch. Absent: nothing of anybody is there to be left behind. */
const SECONDS: Partial<Record<Screen['kind'], number>> = {
  services: 90,
  identify: 90,
  'verify-face': 90,
  'without-face': 90,
  form: 180,
  review: 120,
  'save-draft': 120,
  resume: 120,
  print: 120,
  submit: 180,
  result: 60,
};
/** WCAG 2.2.1 asks for 20 s to answer the warning; older hands get more, as on every page. */
const WARN_MS = 25_000;
const ELDERLY = 2;

/** `undefined` where nothing runs out: nobody is there, or the resident waits for the terminal and not the other way round. */
export function allowanceFor(screen: Screen, mode: Mode): Allowance | undefined {
  const seconds = SECONDS[screen.kind];
  if (seconds === undefined || isAtWork(screen)) return undefined;
  const factor = mode === 'elderly' ? ELDERLY : 1;
  return { ms: seconds * 1_000 * factor, warnMs: WARN_MS * factor };
}

function isAtWork(screen: Screen): boolean {
  if (screen.kind === 'submit') return screen.phase === 'saving';
  if (screen.kind === 'save-draft') return screen.phase === 'saving' || screen.phase === 'printing';
  if (screen.kind === 'resume') return screen.phase === 'removing';
  return screen.kind === 'print' && screen.papers.some(({ state }) => state === 'printing');
}
