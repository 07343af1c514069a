import { describe, expect, test } from 'vitest';
import { longestPieceColumns, wrap, wrapBalanced } from '../../printers/escpos/line-breaking.ts';

describe('text in the middle', () => {
  test.each([
    ['is even where nothing says where to pause', '一二三四五六七八九十甲乙', ['一二三四五六', '七八九十甲乙']],
    ['ends at a pause that is a character off', '一二三四五六，八九十甲乙', ['一二三四五六，', '八九十甲乙']],
    ['is even where the pause is two characters off', '一二三四五六七，九十甲乙', ['一二三四五六', '七，九十甲乙']],
    ['of one line is one', '一二三四五六七八', ['一二三四五六七八']],
    ['keeps its paragraphs', '一二\n三四五六', ['一二', '三四五六']],
    ['keeps an empty paragraph', '一\n\n二', ['一', '', '二']],
    ['loses the spaces at its end where they do not fit', '一二三四五六七八   ', ['一二三四五六七八']],
  ])('%s', (_, text, lines) => {
    expect(wrapBalanced(text, 16)).toEqual(lines);
  });

  test('is not set narrower than its longest word', () => {
    expect(wrapBalanced('AAAAAAAAAAAAAA 一二三', 16)).toEqual(['AAAAAAAAAAAAAA', '一二三']);
    expect(wrapBalanced('一 AAAAAAAAAAAAAA', 16)).toEqual(['一', 'AAAAAAAAAAAAAA']);
  });
});

describe('text at the left', () => {
  test.each([
    ['is as wide as its line', '一二三四五六七八九十甲乙', ['一二三四五六七八', '九十甲乙']],
    ['gives its last line three characters', '一二三四五六七八九', ['一二三四五六', '七八九']],
    ['with three in its last line is left so', '一二三四五六七八九十甲', ['一二三四五六七八', '九十甲']],
    ['of two paragraphs breaks each by itself', '一二三四\n五六七八', ['一二三四', '五六七八']],
    ['takes a tab for a space', '一\t二', ['一 二']],
    ['takes each sign of a line’s end for one', 'a\r\nb\rc\u2028d\u2029e\nf', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['begins no line with spaces', '一二三四五六七八   九十甲乙', ['一二三四五六七八', '九十甲乙']],
    ['cuts a word that is longer than a line', 'A'.repeat(20), ['A'.repeat(16), 'AAAA']],
  ])('%s', (_, text, lines) => {
    expect(wrap(text, 16)).toEqual(lines);
  });
});

test.each([
  ['nothing', '', 2],
  ['a letter', 'A', 2],
  ['a word', 'ABC', 3],
  ['the longest of several words', 'A ABCD AB', 4],
  ['the longest of several paragraphs', 'ABCDE\nA', 5],
  ['Chinese', '一二三', 2],
  ['a number with its unit', '1200元', 6],
])('set narrower than the longest piece of %s it would be cut', (_, text, columns) => {
  expect(longestPieceColumns(text)).toBe(columns);
});
