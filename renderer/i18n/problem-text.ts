import type { TFunction } from 'i18next';
import type { Problem } from '../../main/contracts/view.ts';

/** What is wrong, in a few words and in a sentence, and what the resident can do. */
export interface ProblemText {
  readonly short: string;
  readonly what: string;
  readonly todo: string;
}

export function problemText(t: TFunction, problem: Problem): ProblemText {
  if (typeof problem === 'string') {
    return {
      short: t(`problem.${problem}.short`),
      what: t(`problem.${problem}.what`),
      todo: t(`problem.${problem}.todo`),
    };
  }
  const words = { device: t(`device.${problem.device}`) };
  const say = (part: keyof ProblemText): string => capital(t(`fault.${problem.fault}.${part}`, words));
  return { short: say('short'), what: say('what'), todo: say('todo') };
}

/** Both sentences as one text; a Chinese full stop brings its own space. */
export function whatAndTodo(t: TFunction, problem: Problem): string {
  const { what, todo } = problemText(t, problem);
  return t('whatAndTodo', { what, todo });
}

/** A device's name may come first in an English sentence. */
function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
