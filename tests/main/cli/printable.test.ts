import { expect, test } from 'vitest';
import { printable } from '../../../main/cli/printable.ts';

test.each([
  ['\u{1b}[2J', 'a control sequence'],
  ['\r', 'a line end'],
  ['\u{2028}', 'a line separator'],
  ...[...'\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}'].map((mark): [string, string] => [
    mark,
    `the direction mark U+${mark.codePointAt(0)?.toString(16)}`,
  ]),
])('what is shown holds no %j: %s', (hostile) => {
  expect(printable(`before${hostile}after`)).toBe(`before\u{fffd}${hostile.slice(1)}after`);
});

test('names are shown as they are written', () => {
  const names = '阿卜杜拉·买买提 𠮷野 NGUYỄN Văn A محمد';
  expect(printable(names)).toBe(names);
});
