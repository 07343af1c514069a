import { describe, expect, test } from 'vitest';
import { conditionOf, whatHoldsUp } from '../../printers/ipp/condition.ts';
import { printerFacts } from '../../printers/ipp/facts.ts';
import { attribute, boolean, enumerated, type IppAttribute, keyword } from '../../printers/ipp/values.ts';

const [idle, processing, stopped] = [3, 4, 5];
const reasons = (...words: string[]): IppAttribute => attribute('printer-state-reasons', ...words.map(keyword));
const trays = (...levels: (number | string)[]): IppAttribute => {
  const texts = levels.map((level) => `type=sheetFeedAutoRemovableTray;maxcapacity=250;level=${level};status=0;`);
  return attribute(
    'printer-input-tray',
    ...texts.map((tray) => ({ type: 'octet-string' as const, bytes: Buffer.from(tray) })),
  );
};
const condition = (state: number, ...attributes: IppAttribute[]) =>
  conditionOf(
    printerFacts({ group: 'printer', attributes: [attribute('printer-state', enumerated(state)), ...attributes] }),
  );

describe('paper', () => {
  test.each([
    ['nothing to report', idle, [reasons('none')], 'full'],
    ['no word about paper at all', idle, [], 'unknown'],
    ['an empty tray in an idle ippeveprinter', idle, [reasons('media-empty-report'), trays(0)], 'out'],
    ['an empty tray beside a full one', idle, [reasons('media-empty-warning'), trays(0, 100)], 'low'],
    ['little in the tray', processing, [reasons('media-low-report')], 'low'],
    ['media-empty without a suffix, which counts as an error', stopped, [reasons('media-empty')], 'out'],
    ['the job wants paper', stopped, [reasons('media-needed-error')], 'out'],
    ['a jam', stopped, [reasons('media-jam-error', 'media-empty-error')], 'jammed'],
    ['a level that the printer does not know', idle, [reasons('none'), trays(-2)], 'full'],
    ['levels that are no numbers', idle, [reasons('none'), trays('', 'many', '9'.repeat(400))], 'full'],
    ['levels alone', idle, [trays(0)], 'out'],
  ])('%s', (_, state, attributes, paper) => {
    expect(condition(state, ...attributes).paper).toBe(paper);
  });
});

describe('trouble', () => {
  test.each([
    ['a warning prints on', idle, [reasons('toner-low-warning', 'media-low-report')], undefined],
    ['an open cover in an idle ippeveprinter', idle, [reasons('cover-open-report')], 'cover-open'],
    ['a jam that is called a warning', processing, [reasons('media-jam-warning')], 'media-jammed'],
    ['toner is out', stopped, [reasons('toner-empty')], 'user-error'],
    ['the queue has lost its printer', idle, [reasons('offline')], 'not-connected'],
    ['stopped without a reason', stopped, [reasons('none')], 'hardware-error'],
    ['stopped for a reason of its own', stopped, [reasons('com.example-fuser-error')], 'hardware-error'],
    ['it accepts no jobs', idle, [attribute('printer-is-accepting-jobs', boolean(false))], 'user-error'],
    ['a door is open and paper out: first the door', stopped, [reasons('media-empty', 'door-open')], 'cover-open'],
  ])('%s', (_, state, attributes, code) => {
    expect(condition(state, ...attributes).trouble?.code).toBe(code);
  });

  test('a reply without a state is none', () => {
    const groups = [undefined, { group: 'printer' as const, attributes: [attribute('printer-state', enumerated(77))] }];
    for (const group of groups) {
      expect(() => printerFacts(group)).toThrow(expect.objectContaining({ code: 'protocol' }));
    }
  });
});

test.each([
  ['it waits for paper, as ippeveprinter has it', ['media-empty-warning', 'media-needed-warning'], 'paper-out'],
  ['a jam', ['media-jam-warning'], 'media-jammed'],
  ['an empty tray, which may be another, or just have given its last sheet', ['media-empty-error'], undefined],
  ['little toner', ['toner-low-warning'], undefined],
  ['nothing', ['none'], undefined],
])('what holds up a job that is being printed: %s', (_, words, code) => {
  const attributes = [attribute('printer-state', enumerated(processing)), reasons(...words), trays(0)];
  expect(whatHoldsUp(printerFacts({ group: 'printer', attributes }))?.code).toBe(code);
});
