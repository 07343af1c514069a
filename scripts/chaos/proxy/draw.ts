import { Chance } from '../chance.ts';
import { exchangeShares, type Plan } from './plan.ts';

/** Up: from the terminal to the platform. */
export type Way = 'up' | 'down';
/** A hard end (RST), or one as if the other side had closed (FIN). */
export type Ending = 'reset' | 'close';

/** What a connection meets, whatever is said on it. */
export interface LineFault {
  readonly pace:
    | { readonly kind: 'even' }
    | { readonly kind: 'delay'; readonly ms: number }
    | { readonly kind: 'throttle'; readonly bytesPerSecond: number };
  readonly end:
    | { readonly kind: 'none' }
    | { readonly kind: 'cut'; readonly way: Way; readonly afterBytes: number; readonly ending: Ending }
    | {
        readonly kind: 'halve';
        readonly way: Way;
        readonly afterBytes: number;
        readonly stallMs: number;
        readonly ending: Ending;
      };
}

/** What a request and its answer meet. */
export type ExchangeFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'hold-request' | 'hold-answer' | 'drop-answer' }
  | { readonly kind: 'duplicate'; readonly afterMs: number }
  | { readonly kind: 'bad-gateway' | 'unavailable' | 'portal'; readonly worked: boolean; readonly retryAfterS: number };

/** The fault of the `number`th connection, counted from 1. */
export function drawLineFault(plan: Plan, seed: number, number: number): LineFault {
  const chance = new Chance(seed, `connection ${number}`);
  const pace = chance.byShare([
    ['delay', plan.delay],
    ['throttle', plan.throttle],
  ]);
  const end = chance.byShare([
    ['cut', plan.cut],
    ['halve', plan.halve],
  ]);
  const where = { way: chance.oneOf(['up', 'down']), afterBytes: chance.upTo(plan.reachBytes - 1) };
  const ending = chance.oneOf(['reset', 'close']);
  return {
    pace:
      pace === 'delay'
        ? { kind: pace, ms: chance.upTo(plan.delayMs) }
        : pace === 'throttle'
          ? { kind: pace, bytesPerSecond: 1 + chance.upTo(plan.bytesPerSecond - 1) }
          : { kind: 'even' },
    end:
      end === 'cut'
        ? { kind: end, ...where, ending }
        : end === 'halve'
          ? { kind: end, ...where, ending, stallMs: chance.upTo(plan.stallMs) }
          : { kind: 'none' },
  };
}

/** The fault of the `number`th exchange, counted from 1 over all connections. */
export function drawExchangeFault(plan: Plan, seed: number, number: number): ExchangeFault {
  const chance = new Chance(seed, `exchange ${number}`);
  const kind = chance.byShare(exchangeShares(plan)) ?? 'none';
  switch (kind) {
    case 'duplicate':
      // Half of them at once, so that the platform has two of a kind in hand.
      return { kind, afterMs: chance.oneOf([0, chance.upTo(plan.holdMs)]) };
    case 'bad-gateway':
    case 'unavailable':
    case 'portal':
      return { kind, worked: chance.oneOf([true, false]), retryAfterS: chance.upTo(plan.retryAfterS) };
    default:
      return { kind };
  }
}
