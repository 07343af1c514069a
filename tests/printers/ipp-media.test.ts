import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { troubleFor } from '../../printers/ipp/condition.ts';
import { IppDriver } from '../../printers/ipp/driver.ts';
import { printerFacts } from '../../printers/ipp/facts.ts';
import { mediaAttribute, mediaFacts, sheetTrouble, trayWords, withSource } from '../../printers/ipp/media.ts';
import { pageSizes } from '../../printers/ipp/pdf-pages.ts';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { trayFacts } from '../../printers/ipp/trays.ts';
import {
  attribute,
  collection,
  enumerated,
  type IppAttribute,
  type IppGroup,
  type IppValue,
  integer,
  keyword,
  valuesOf,
} from '../../printers/ipp/values.ts';
import { renderCertificate } from '../../printers/pdf/certificate.ts';
import { Noise } from '../support/noise.ts';
import { beginOn, printOn, settle } from './ipp-terminal.ts';
import { insuranceCertificate } from './pdf-certificates.ts';

const a4 = { media: 'iso_a4_210x297mm' } as const;
const inTray2 = { ...a4, source: 'tray-2' } as const;
const preprinted = { ...inTray2, type: 'stationery-preprinted' } as const;

const octets = (text: string): IppValue => ({ type: 'octet-string', bytes: Buffer.from(text, 'latin1') });
const printer = (...attributes: IppAttribute[]): IppGroup => ({
  group: 'printer',
  attributes: [attribute('printer-state', enumerated(3)), ...attributes],
});
const facts = (...attributes: IppAttribute[]) => printerFacts(printer(...attributes));
const sizeOf = (width: number, height: number): IppValue =>
  collection(attribute('x-dimension', integer(width)), attribute('y-dimension', integer(height)));
const lies = (source: string, size: IppValue, type = 'stationery'): IppValue =>
  collection(
    attribute('media-size', size),
    attribute('media-source', keyword(source)),
    attribute('media-type', keyword(type)),
  );
const [sizeA4, sizeA4Across, letter] = [sizeOf(21_000, 29_700), sizeOf(29_700, 21_000), sizeOf(21_590, 27_940)];
const ready = (...trays: IppValue[]): IppAttribute => attribute('media-col-ready', ...trays);
const inputTrays = (...trays: string[]): IppAttribute => attribute('printer-input-tray', ...trays.map(octets));
const sources = attribute('media-source-supported', keyword('auto'), keyword('tray-1'), keyword('tray-2'));

describe('what a printer says of its trays', () => {
  test('is the level where it knows it, and what is wrong with this tray alone', () => {
    const group = printer(
      inputTrays(
        'type=sheetFeedAutoRemovableTray;maxcapacity=250;level=100;status=0;name=Tray 1;',
        'type=sheetFeedAutoRemovableTray;maxcapacity=250;level=0;status=0;name=Tray 2',
        'type=sheetFeedManual;maxcapacity=1;level=-2;name=manual;',
      ),
      attribute(
        'printer-alert',
        octets('code=inputMediaSupplyEmpty;severity=critical;group=input;groupindex=2;'),
        octets('code=jam;severity=critical;group=mediaPath;groupindex=1;'),
        octets('code=markerTonerEmpty;group=marker;groupindex=1;'),
      ),
    );
    expect(trayFacts(group)).toEqual([
      { name: 'Tray 1', level: 100, byHand: false, reasons: [] },
      { name: 'Tray 2', level: 0, byHand: false, reasons: ['media-empty'] },
      { name: 'manual', level: undefined, byHand: true, reasons: [] },
    ]);
  });

  test.each(['', ';;;=;', 'level=9e9', `name=${'x'.repeat(5_000)}`, 'level=1e5;level=3', '\0\u{ff}'])(
    'is nothing that is believed where it is %j',
    (tray) => {
      expect(trayFacts(printer(inputTrays(tray)))).toMatchObject([{ level: undefined, reasons: [] }]);
    },
  );

  test('is bounded', () => {
    const trays = trayFacts(printer(inputTrays(...Array.from({ length: 900 }, (_, at) => `name=tray-${at};level=1;`))));
    expect(trays.length).toBeLessThanOrEqual(40);
    const words = trayWords(trayFacts(printer(inputTrays(`name=${'x'.repeat(900)};level=1;`))), mediaFacts(undefined));
    expect(Object.keys(words).map(({ length }) => length)).toEqual([40]);
  });

  test('never throws, whatever it is', () => {
    const noise = new Noise();
    for (let round = 0; round < 300; round += 1) {
      const text = Buffer.from(noise.bytes(60)).toString('latin1');
      const group = printer(
        inputTrays(text, `name=${text}`),
        attribute('printer-alert', octets(`group=input;groupindex=1;code=${text}`)),
        ready(collection(attribute('media-size', octets(text))), octets(text), sizeA4),
        attribute('media-ready', keyword(text)),
      );
      expect(sheetTrouble(printerFacts(group), preprinted, 1)?.code).not.toBe('media-jammed');
    }
  });
});

describe('the sheet that is asked for', () => {
  test.each<[string, IppAttribute[], object]>([
    ['nothing said', [], inTray2],
    ['it lies in the tray', [ready(lies('tray-1', letter), lies('tray-2', sizeA4))], inTray2],
    ['it lies there across', [ready(lies('tray-2', sizeA4Across))], inTray2],
    ['it is of the kind', [ready(lies('tray-2', sizeA4, 'stationery-preprinted'))], preprinted],
    ['trays without names', [ready(collection(attribute('media-size', sizeA4)))], inTray2],
    ['any tray has it', [ready(lies('tray-1', letter), lies('tray-2', sizeA4))], a4],
    ['it is among the names', [attribute('media-ready', keyword('na_letter_8.5x11in'), keyword(a4.media))], a4],
    ['a name that says no size', [attribute('media-ready', keyword('custom_blank'))], a4],
    ['a level that nobody knows', [inputTrays('name=tray-2;level=-3;')], inTray2],
    ['another tray is empty', [inputTrays('name=tray-1;level=0;', 'name=tray-2;level=9;')], inTray2],
  ])('is there: %s', (_, attributes, sheet) => {
    expect(sheetTrouble(facts(...attributes), { ...a4, ...sheet }, 2)).toBeUndefined();
  });

  test.each<[string, IppAttribute[], object, string, RegExp]>([
    ['no such tray', [sources], { source: 'tray-7' }, 'unsupported', /no tray tray-7, only auto, tray-1/],
    [
      'no such kind',
      [attribute('media-type-supported', keyword('stationery'))],
      preprinted,
      'unsupported',
      /preprinted/,
    ],
    ['other paper', [ready(lies('tray-2', letter))], inTray2, 'paper-out', /wrong paper in tray-2.*215.9 × 279.4/],
    ['plain paper', [ready(lies('tray-2', sizeA4))], preprinted, 'paper-out', /wrong paper in tray-2/],
    ['nothing in it', [ready(lies('tray-1', sizeA4))], inTray2, 'paper-out', /no paper in tray-2/],
    ['in no tray', [ready(lies('tray-1', letter))], {}, 'paper-out', /no tray holds iso_a4/],
    ['in no tray, by name', [attribute('media-ready', keyword('na_letter_8.5x11in'))], {}, 'paper-out', /na_letter/],
    [
      'it is empty',
      [inputTrays('name=Tray 1;level=9;', 'name=Tray 2;level=0;')],
      inTray2,
      'paper-out',
      /tray-2 is empty/,
    ],
    ['too few', [inputTrays('name=Tray 2;level=1;')], inTray2, 'paper-out', /1 sheets in tray-2, 2 are needed/],
    ['too few in all', [inputTrays('name=a;level=1;', 'name=b;level=0;')], {}, 'paper-out', /1 sheets in its trays/],
    [
      'a jam in it',
      [inputTrays('name=tray-2;level=9;'), attribute('printer-alert', octets('code=jam;group=input;groupindex=1'))],
      inTray2,
      'media-jammed',
      /tray-2/,
    ],
    [
      'it is pulled out',
      [
        inputTrays('name=tray-2;'),
        attribute('printer-alert', octets('code=inputMediaTrayMissing;group=input;groupindex=1')),
      ],
      inTray2,
      'paper-out',
      /tray-2 is not in the printer/,
    ],
  ])('is not: %s', (_, attributes, sheet, code, detail) => {
    const trouble = sheetTrouble(facts(...attributes), { ...a4, ...sheet }, 2);
    expect(trouble).toEqual({ code, detail: expect.stringMatching(detail) });
  });

  test('does not suffer from another tray that is empty, unless the printer stands still over it', () => {
    const empty = attribute('printer-state-reasons', keyword('media-empty-error'));
    const trays = inputTrays('name=tray-1;level=0;', 'name=tray-2;level=9;');
    expect(troubleFor(facts(empty, trays), 'tray-2')).toBeUndefined();
    expect(troubleFor(facts(empty, trays), 'tray-1')).toMatchObject({ code: 'paper-out' });
    expect(troubleFor(facts(empty, trays), undefined)).toMatchObject({ code: 'paper-out' });
    const stopped = { ...facts(empty, trays), state: 'stopped' } as const;
    expect(troubleFor(stopped, 'tray-2')).toMatchObject({ code: 'paper-out' });
  });

  test('goes out as media, or as media-col with its size in hundredths of a millimetre, never as both', () => {
    expect(mediaAttribute(a4, mediaFacts(undefined))).toEqual(attribute('media', keyword(a4.media)));
    expect(mediaAttribute(preprinted, mediaFacts(undefined))).toEqual(asked());
  });

  test('is asked for without margins where the paper that lies there can do it', () => {
    const edges = ['media-bottom-margin', 'media-left-margin', 'media-right-margin', 'media-top-margin'];
    const can = edges.map((edge) => attribute(`${edge}-supported`, integer(0), integer(423)));
    const borderless = edges.map((edge) => attribute(edge, integer(0)));
    const tray = (source: string, margin: number): IppValue =>
      collection(
        attribute('media-size', sizeA4),
        attribute('media-source', keyword(source)),
        ...edges.map((edge) => attribute(edge, integer(margin))),
      );
    const sent = (...attributes: IppAttribute[]) => mediaAttribute(preprinted, mediaFacts(printer(...attributes)));
    expect(sent(...can)).toEqual(asked(...borderless));
    expect(sent(...can, ready(tray('tray-2', 423), tray('tray-2', 0)))).toEqual(asked(...borderless));
    expect(sent(...can, ready(tray('tray-1', 0), tray('tray-2', 423)))).toEqual(asked());
    expect(sent(...can.slice(1))).toEqual(asked());
  });

  function asked(...edges: IppAttribute[]): IppAttribute {
    const [source, type] = [keyword('tray-2'), keyword('stationery-preprinted')];
    const wishes = [attribute('media-source', source), attribute('media-type', type)];
    return attribute('media-col', collection(attribute('media-size', sizeA4), ...edges, ...wishes));
  }
});

test('the size of each page is read from its box', async () => {
  expect(pageSizes(await renderCertificate(insuranceCertificate))).toEqual([{ width: 21_000, height: 29_700 }]);
  const box = (text: string) => pageSizes(Buffer.from(`%PDF-1.7 << /MediaBox ${text} >>`));
  expect(box('[0 0 841.89 595.28]')).toEqual([{ width: 29_700, height: 21_000 }]);
  expect(box('[ 10 10 82 154 ]')).toEqual([{ width: 2_540, height: 5_080 }]);
  for (const no of ['[0 0 1e9 5]', '[0 0 5]', '[]', '0 0 5 5', `[0 0 ${'9'.repeat(400)} 5]`])
    expect(box(no)).toEqual([]);
});

describe('a printer with two trays', () => {
  let simulator: IppSimulator;
  let driver: IppDriver;

  // Fonts and layout are loaded with the first certificate, and loading a module does not work on fake timers.
  beforeAll(async () => {
    await import('../../printers/pdf/printable.ts');
  });
  beforeEach(() => {
    vi.useFakeTimers();
    simulator = new IppSimulator();
    simulator.trays = [fullTray('tray-1'), fullTray('tray-2', a4.media, 'stationery-preprinted')];
    driver = new IppDriver({ url: 'ipp://192.0.2.10/ipp/print', exchange: simulator.exchange });
  });
  afterEach(() => {
    simulator.reboot();
    vi.useRealTimers();
  });

  test('draws pre-printed stock from its own tray, and plain paper from the other', async () => {
    expect(await printOn(driver, preprinted, 2)).toEqual({ outcome: 'printed' });
    expect(await printOn(driver, a4)).toEqual({ outcome: 'printed' });
    expect(simulator.jobs().map(({ drawnFrom }) => drawnFrom)).toEqual([['tray-2', 'tray-2'], ['tray-1']]);
    expect(simulator.trays.map(({ sheets }) => sheets)).toEqual([249, 248]);
    const asked = simulator.requests.map(({ message }) => message.groups.find(({ group }) => group === 'job'));
    const both = asked.filter((job) => valuesOf(job, 'media').length > 0 && valuesOf(job, 'media-col').length > 0);
    expect(both).toEqual([]);
    expect(
      asked
        .flatMap((job) => valuesOf(job, 'print-scaling'))
        .every((value) => 'value' in value && value.value === 'none'),
    ).toBe(true);
    expect(asked.flatMap((job) => valuesOf(job, 'orientation-requested'))).toContainEqual(enumerated(3));
  });

  test.each([
    ['the wrong paper in the tray', { media: 'iso_a5_148x210mm' }, preprinted, 'paper-out', /wrong paper in tray-2/],
    ['plain paper where pre-printed belongs', { type: 'stationery' }, preprinted, 'paper-out', /wrong paper in tray-2/],
    ['no sheet in the tray', { sheets: 0 }, preprinted, 'paper-out', /tray-2 is empty/],
    ['a tray that it does not have', {}, { ...a4, source: 'tray-3' }, 'unsupported', /tray-3/],
    ['a document of another size', {}, { media: 'iso_a3_297x420mm' }, 'invalid-data', /210 × 297 mm.* for iso_a3/],
  ])('%s: no job is made', async (_, change, sheet, code, detail) => {
    Object.assign(simulator.trays[1] ?? {}, change);
    const outcome = await printOn(driver, sheet);
    expect(outcome).toMatchObject({ outcome: 'not-printed', code, detail: expect.stringMatching(detail) });
    expect(simulator.jobs()).toEqual([]);
  });

  test.each(['media-col', 'sides'])('a printer that would ignore %s is not printed on', async (name) => {
    simulator.ignores = [name];
    expect(await printOn(driver, preprinted)).toMatchObject({ outcome: 'not-printed', code: 'unsupported' });
    expect(simulator.jobs()).toEqual([]);
  });

  test.each([
    ['that names no tray', () => [fullTray('tray-2')]],
    ['with other paper in the other tray', () => [fullTray('tray-1', 'iso_a5_148x210mm'), fullTray('tray-2')]],
  ])('plain paper is not drawn from a tray that is kept, on a printer %s', async (_, trays) => {
    simulator.trays = trays();
    expect(await printOn(driver, { ...a4, notFrom: ['tray-2'] })).toMatchObject({ code: 'paper-out' });
    expect(simulator.jobs()).toEqual([]);
  });

  test('plain paper comes from the tray that has it, where another is kept', async () => {
    simulator.trays = [fullTray('tray-2'), { ...fullTray('tray-1'), sheets: 0 }, fullTray('tray-3')];
    expect(await printOn(driver, { ...a4, notFrom: ['tray-2'] })).toEqual({ outcome: 'printed' });
    expect(simulator.jobs()).toMatchObject([{ drawnFrom: ['tray-3'] }]);
  });

  test('a printer that does not say what lies where is asked for a tray that is not kept', () => {
    expect(withSource(facts(sources), { ...a4, notFrom: ['tray-2'] })).toMatchObject({ source: 'tray-1' });
    expect(withSource(facts(sources), { ...a4, notFrom: ['tray-1'] })).toMatchObject({ source: 'tray-2' });
    expect(withSource(facts(sources), a4)).toEqual(a4);
  });

  test('the other tray may be empty', async () => {
    simulator.sheets = 0;
    expect(await printOn(driver, preprinted)).toEqual({ outcome: 'printed' });
    expect(driver.status.value).toMatchObject({ state: 'online', paper: 'low' });
  });

  test('paper that is changed before the first sheet: the job is withdrawn', async () => {
    const printing = beginOn(driver, preprinted);
    await vi.advanceTimersByTimeAsync(100);
    Object.assign(simulator.trays[1] ?? {}, { media: 'iso_a5_148x210mm' });
    expect(await settle(printing)).toMatchObject({ outcome: 'not-printed', code: 'paper-out' });
    expect(simulator.sheetsOut).toBe(0);
  });

  test('a job that is canceled at the panel is over at once: before its first sheet not printed, after it unknown', async () => {
    simulator.msPerSheet = 3_000;
    const early = beginOn(driver, a4, 3);
    await vi.advanceTimersByTimeAsync(1_000);
    simulator.cancelAtPanel();
    expect(await settle(early)).toMatchObject({
      outcome: 'not-printed',
      code: 'canceled',
      detail: expect.stringContaining('job-canceled-by-operator'),
    });
    const late = beginOn(driver, a4, 3);
    for (let step = 0; simulator.sheetsOut === 0 && step < 200; step += 1) await vi.advanceTimersByTimeAsync(100);
    simulator.cancelAtPanel();
    expect(await settle(late)).toMatchObject({ outcome: 'unknown' });
    expect(simulator.sheetsOut).toBe(1);
  });

  test('tells a technician what lies in each tray', async () => {
    Object.assign(simulator.trays[1] ?? {}, { sheets: 0 });
    expect(await settle(driver.check(new AbortController().signal))).toMatchObject({
      'tray tray-1': '250 sheets, 210 × 297 mm stationery',
      'tray tray-2': '0 sheets, 210 × 297 mm stationery-preprinted, media-empty',
    });
  });
});
