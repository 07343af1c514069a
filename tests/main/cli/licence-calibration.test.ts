import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readConfiguration } from '../../../main/config/config.ts';
import { renderCalibrationSheet } from '../../../printers/pdf/calibration-sheet.ts';
import { lookAt } from '../../printers/pdf-pages.ts';
import { kioskctl, kioskctlHere } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { licence, refusal } from './licence-command.ts';

let folder: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  out = join(folder, 'sheet.pdf');
});

const drawn = (): Uint8Array => new Uint8Array(readFileSync(out));
const landscape = { widthMm: 297, heightMm: 210 };

describe('kioskctl licence calibration-sheet', () => {
  test.each([
    ['of A4 lying on its side where nothing is said', [], landscape],
    ['of a template’s blanks', ['--template', 'drain-permit'], { widthMm: 210, heightMm: 297 }],
    ['of a size', ['--width', '148.5', '--height', '105'], { widthMm: 148.5, heightMm: 105 }],
  ])('is %s', async (_, words, size) => {
    const said = await licence('calibration-sheet', '--out', out, ...words, '--json');
    expect(JSON.parse(said)).toEqual({ out, sizeBytes: drawn().length, ...size });
    expect(drawn()).toEqual(await renderCalibrationSheet(size));
  });

  test('says how it is to be printed', async () => {
    expect(await licence('calibration-sheet', '--out', out)).toMatch(/297 × 210 mm; print it at 100 % on plain paper/);
  });

  test('is moved by a calibration', async () => {
    await licence('calibration-sheet', '--out', out, '--offset-x', '-3', '--offset-y', '2', '--rotation', '0');
    const { isDark } = await lookAt(drawn(), 4); // hairlines
    const near = (x: number, y: number): boolean => [-0.1, 0, 0.1].some((by) => isDark(x + by, y + by));
    expect([near(25 - 3, 25 + 2 + 3), near(25 - 3 + 3, 25 + 2), near(25, 25)]).toEqual([true, true, false]);
  });

  test.each([
    [['--width', '148'], 'usage', '--width and --height go together'],
    [['--height', '148', '--template', 'drain-permit'], 'usage', '--width and --height go together'],
    [['--width', '148', '--height', '148', '--template', 'drain-permit'], 'usage', 'without --template'],
    [['--template', 'tax-certificate'], 'plain-paper', 'tax-certificate is printed on plain paper'],
    [['--template', '__proto__'], 'no-such-template', 'there are business-licence, drain-permit'],
    [['--template', ''], 'no-such-template', 'there are business-licence'],
    [['--width', '79.9', '--height', '148'], 'usage', "'--width <mm>' argument '79.9'"],
    [['--width', '1e3', '--height', '148'], 'usage', "'--width <mm>' argument '1e3'"],
  ])('%j is refused', async (words, code, sentence) => {
    expect(await refusal('calibration-sheet', '--out', out, ...words)).toEqual({
      code,
      message: expect.stringContaining(sentence),
    });
  });

  test('that cannot be written is one sentence', async () => {
    expect(await refusal('calibration-sheet', '--out', folder)).toMatchObject({ code: 'cannot-write' });
  });
});

describe('a number at the keyboard', () => {
  const slips = [
    '',
    ' ',
    ' 1',
    '0,8',
    '1e1',
    '0x1',
    'NaN',
    'Infinity',
    '-',
    '1.',
    '.5',
    '--1',
    '1 mm',
    '０',
    '-15.01',
    '16',
  ];
  test.each(slips)('is not %j', async (text) => {
    for (const option of ['--offset-x', '--offset-y', '--rotation']) {
      const { code, message } = await refusal('calibration-sheet', '--out', out, option, text);
      const bound = option === '--rotation' ? '-3 to 3' : '-15 to 15';
      expect([code, message]).toEqual(['usage', expect.stringContaining(option)]);
      expect(message).toContain(`It is a number, ${bound}`);
    }
  });

  test.each(['15', '-15', '+0.8', '0.25', '-0'])('may be %s', async (text) => {
    await licence('calibration-sheet', '--out', out, '--offset-x', text);
    expect(drawn()).toEqual(await renderCalibrationSheet(landscape, { offsetXMm: Number(text) }));
  });
});

/** A sheet as it was measured. */
function measured(left: number | string, top: number | string, rightTop: number | string): string[] {
  const values = { '--left-from-left': left, '--left-from-top': top, '--right-from-top': rightTop };
  return ['calibration', ...Object.entries(values).flatMap(([name, value]) => [name, String(value)])];
}

describe('kioskctl licence calibration', () => {
  test('gives the lines with which a terminal’s configuration is whole', async () => {
    const said = await licence(...measured(25.8, 24.7, 24.7), '--printer', 'laser');
    const [, lines] = said.split('\n\n');
    const path = join(folder, 'terminal.json');
    const configuration = {
      terminal: {
        ...{ id: 't-1', code: 'T1', helpNumber: '12345', timeZone: 'Asia/Shanghai' },
        place: { 'zh-CN': '大厅', en: 'Hall' },
        machine: { 'zh-CN': '1 号机', en: 'Terminal 1' },
        progressUrl: 'https://zwfw.example/p/',
      },
      dataDir: folder,
      platform: { baseUrl: 'https://platform.example', token: 'a-token' },
      devices: [{ id: 'laser', model: 'ipp' }],
    };
    writeFileSync(path, JSON.stringify(configuration).replace(/\}$/, `,\n${lines}}`));
    expect(readConfiguration(path).blanks?.calibrations).toEqual({
      laser: { offsetXMm: -0.8, offsetYMm: 0.3, rotationDeg: 0 },
    });
    writeFileSync(path, readFileSync(path, 'utf8').replace('"laser": {', '"PRINTER": {'));
    expect(() => readConfiguration(path)).toThrow('there is no such device');
  });

  test('names the sheet that shows it right', async () => {
    const said = await licence(...measured(25.8, 24.7, 24.7), '--template', 'drain-permit');
    const command = said.match(/kioskctl licence (calibration-sheet .*) --out sheet\.pdf\n$/)?.[1]?.split(' ') ?? [];
    await licence(...command, '--out', out);
    const shift = { offsetXMm: -0.8, offsetYMm: 0.3, rotationDeg: 0 };
    expect(drawn()).toEqual(await renderCalibrationSheet({ widthMm: 210, heightMm: 297 }, shift));
    expect(said).toContain('"PRINTER": {');
    expect(said).toContain('--printer puts its name there');
  });

  test('knows how far apart the crosses are from the size of the blanks', async () => {
    const turnOn = async (...words: string[]): Promise<number> => {
      const said = await licence(...measured(25, 25, 26), ...words, '--json');
      return (JSON.parse(said) as { calibration: { rotationDeg: number } }).calibration.rotationDeg;
    };
    expect(await turnOn()).toBe(-0.23); // 1 in 247 mm
    expect(await turnOn('--template', 'drain-permit')).toBe(-0.36); // 1 in 160 mm
    expect(await turnOn('--width', '150', '--height', '100')).toBe(-0.57); // 1 in 100 mm
  });

  test('with --json gives the same as one object, with its place once the printer is named', async () => {
    const calibration = { offsetXMm: 0, offsetYMm: 0, rotationDeg: 0 };
    expect(JSON.parse(await licence(...measured(25, 25, 25), '--json'))).toEqual({ calibration });
    expect(JSON.parse(await licence(...measured(25, 25, 25), '--json', '--printer', 'laser'))).toEqual({
      calibration,
      blanks: { calibrations: { laser: calibration } },
    });
  });

  test.each([
    ['off sideways', measured(40.1, 25, 25), 'more than 15 mm off'],
    ['off to the top', measured(25, 9.9, 9.9), 'more than 15 mm off'],
    ['askew', measured(25, 25, 39), 'more than 3 degrees askew'],
    ['upside down', measured(0, 60, 0), 'more than 3 degrees askew'],
  ])('of a sheet that is too far %s says what to set right first', async (_, words, sentence) => {
    const { code, message } = await refusal(...words);
    expect([code, message]).toEqual(['out-of-bounds', expect.stringContaining(sentence)]);
    expect(message).toContain('set the tray right first');
  });

  test.each([
    [measured(-0.1, 25, 25), '--left-from-left'],
    [measured(25, 60.1, 25), '--left-from-top'],
    [measured(25, 25, 'NaN'), '--right-from-top'],
    [measured(25, 25, '25mm'), '--right-from-top'],
    [measured(25, 25, 25).slice(0, -2), '--right-from-top'],
    [[...measured(25, 25, 25), '--printer', '__proto__'], '--printer'],
    [[...measured(25, 25, 25), '--printer', 'Laser"'], '--printer'],
  ])('%j is refused by name', async (words, option) => {
    expect(await refusal(...words)).toEqual({ code: 'usage', message: expect.stringContaining(`'${option}`) });
  });
});

test('as a process of its own it takes negative numbers', async () => {
  const { exitCode, stderr } = await kioskctl(['licence', 'calibration-sheet', '--out', out, '--offset-x', '-0.8']);
  expect([exitCode, stderr]).toEqual([0, '']);
});

test('its help says which blank it takes', async () => {
  const { stdout } = await kioskctlHere(['licence', 'calibration-sheet', '--help']);
  expect(stdout.replace(/\s+/g, ' ')).toContain('where left out those of business-licence, A4 lying on its side');
});
