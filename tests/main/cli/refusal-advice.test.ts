import { expect, test } from 'vitest';
import { adviceOn } from '../../../main/cli/refusal-advice.ts';

test('a refusal that sending again cannot help comes with what to do instead, once for all that have it', () => {
  const reasons = ['draft-used', 'not-eligible', 'case-number-taken', 'draft-used', 'toString'];
  expect(adviceOn(reasons.map((reason) => ({ reason })))).toEqual([
    expect.stringMatching(/^draft-used: .*close/),
    expect.stringMatching(/^case-number-taken: .*Export/),
  ]);
  expect(adviceOn([{}])).toEqual([]);
});
