import { describe, expect, test } from 'vitest';
import { loadProfile, parseProfile, profileIds } from '../../printers/escpos/profile.ts';

const whole = { ...loadProfile('generic-80'), id: 'roll-9' };

/** What a person reads of this file, and what it came from. */
function refusal(take: () => unknown): { message: string; cause: unknown } {
  try {
    take();
  } catch (error) {
    if (error instanceof RangeError) return { message: error.message, cause: error.cause };
    throw error;
  }
  throw new Error('taken');
}

describe('the profiles of printers', () => {
  test('are told by their names, in alphabetical order', () => {
    const ids = profileIds();
    expect(ids).toEqual([...ids].sort());
    expect(ids).toEqual(expect.arrayContaining(['epson-tm-t88', 'generic-58', 'generic-80']));
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+$/);
  });

  test.each(profileIds())('%s is there under its name', (id) => {
    expect(loadProfile(id).id).toBe(id);
  });

  test.each(['roll-9', '../profile', 'generic-80.json', ''])('that are not there are refused, as "%s"', (id) => {
    const { message } = refusal(() => loadProfile(id));
    expect(message).toBe(`No printer profile "${id}": ${profileIds().join(', ')}`);
  });
});

describe('the file of a profile', () => {
  test('with several wrong words is refused for each, in one line', () => {
    const wrong = { ...whole, endFeedDots: 256, dpi: 300, paperSensors: { end: 'other', nearEnd: 'none' } };
    const { message, cause } = refusal(() => parseProfile('roll-9', JSON.stringify(wrong)));
    expect(message).toMatch(
      /^Printer profile "roll-9": dpi: [^;\n]+; endFeedDots: [^;\n]+; paperSensors\.end: [^;\n]+$/,
    );
    expect(cause).toMatchObject({ issues: { length: 3 } });
  });

  test('with a word too many is refused for that, without a place before it', () => {
    const { message } = refusal(() => parseProfile('roll-9', JSON.stringify({ ...whole, colour: 'red' })));
    expect(message).toMatch(/^Printer profile "roll-9": \w[^"]*: "colour"$/);
  });

  test('that is no JSON is refused in one line without gaps', () => {
    const { message, cause } = refusal(() => parseProfile('roll-9', '{\n\n    "id":\n\t\troll-9\n}'));
    expect(message).toMatch(/^Printer profile "roll-9": is not JSON: \S/);
    expect(message).not.toMatch(/\s{2}|[\n\t]/);
    expect(cause).toBeInstanceOf(SyntaxError);
  });

  test('may begin with a mark of its byte order, and keeps one that stands elsewhere', () => {
    const text = JSON.stringify({ ...whole, title: 'a\uFEFFb' });
    expect(parseProfile('roll-9', `\uFEFF${text}`).title).toBe('a\uFEFFb');
    expect(parseProfile('roll-9', text).title).toBe('a\uFEFFb');
  });

  test.each([
    [576, 72.1, true],
    [576, 72, false],
    [640, 80.1, true],
  ])('of %i dots on %f mm of paper is taken: %s', (widthDots, paperWidthMm, taken) => {
    const text = JSON.stringify({ ...whole, widthDots, paperWidthMm, columns: Math.floor(widthDots / 12) });
    if (taken) expect(parseProfile('roll-9', text)).toMatchObject({ widthDots, paperWidthMm });
    else
      expect(refusal(() => parseProfile('roll-9', text)).message).toMatch(
        /widthDots: 576 dots at 203 dpi are 72\.1 mm/,
      );
  });
});
