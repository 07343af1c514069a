import { linkSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { renderCertificate } from '../../../printers/pdf/certificate.ts';
import { renderLicence } from '../../../printers/pdf/licence.ts';
import { licences } from '../../printers/licences.ts';
import { insuranceCertificate } from '../../printers/pdf-certificates.ts';
import { readPage } from '../../printers/pdf-pages.ts';
import { kioskctl } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { licence, refusal } from './licence-command.ts';

const business = licences['business-licence'];
const onPlainPaper = licences['tax-certificate'];

let folder: string;
let out: string;
beforeEach(() => {
  folder = temporaryFolder();
  out = join(folder, 'drawn.pdf');
});

function fileOf(document: unknown): string {
  return fileWith(JSON.stringify(document));
}

function fileWith(bytes: string | Uint8Array): string {
  const path = join(folder, 'document.json');
  writeFileSync(path, bytes);
  return path;
}

const drawn = (): Uint8Array => new Uint8Array(readFileSync(out));

describe('kioskctl licence render', () => {
  test('draws what the printer is sent, for the owner of the file alone', async () => {
    const said = await licence('render', fileOf(business), '--out', out);
    expect(said).toMatch(/drawn\.pdf: business-licence, for a blank of business-licence, \d+ kB\n$/);
    expect(drawn()).toEqual(await renderLicence(business));
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  test('moves it as a calibration would', async () => {
    const shift = ['--offset-x', '-3.2', '--offset-y', '+1.4', '--rotation', '-0.8'];
    await licence('render', fileOf(business), '--out', out, ...shift);
    expect(drawn()).toEqual(await renderLicence(business, { offsetXMm: -3.2, offsetYMm: 1.4, rotationDeg: -0.8 }));
  });

  test('draws a preview with what the blank says, and calls it one', async () => {
    expect(await licence('render', fileOf(business), '--out', out, '--preview')).toContain('a preview');
    expect((await readPage(drawn())).said).toContain('登记机关');
    await licence('render', fileOf(business), '--out', out);
    expect((await readPage(drawn())).said).not.toContain('登记机关');
  });

  test('draws certificates, with a template or without', async () => {
    expect(await licence('render', fileOf(insuranceCertificate), '--out', out)).toContain(
      'certificate, for plain paper',
    );
    expect(drawn()).toEqual(await renderCertificate(insuranceCertificate));
    expect(await licence('render', fileOf(onPlainPaper), '--out', out)).toContain('tax-certificate, for plain paper');
    expect(drawn()).toEqual(await renderLicence(onPlainPaper));
    expect(await licence('render', fileOf(onPlainPaper), '--out', out, '--preview')).toContain('a preview');
  });

  test('with --json prints one object, and nothing that stands on the paper', async () => {
    const said = await licence('render', fileOf(business), '--out', out, '--json');
    expect(JSON.parse(said)).toEqual({
      ...{ out, sizeBytes: drawn().length, kind: 'licence', template: 'business-licence' },
      ...{ series: 'business-licence', preview: false },
    });
  });

  test('takes a file with a byte order mark, as some editors leave it', async () => {
    await licence('render', fileWith(`\u{feff}${JSON.stringify(business)}`), '--out', out);
    expect(drawn()).toEqual(await renderLicence(business));
  });
});

describe('what is no licence is one sentence that quotes nothing of it', () => {
  const person = '王小明';
  const without = (name: keyof typeof business): object => {
    const { [name]: _, ...rest } = business;
    return rest;
  };
  test.each<[what: string, document: unknown, place: string]>([
    ['a list', [business], 'all of it: '],
    ['null', null, 'all of it: '],
    ['a kind that nobody knows', { ...business, kind: person }, 'kind is neither'],
    ['a receipt', { kind: 'receipt', language: 'en', blocks: [{ type: 'text', text: person }] }, 'kind is neither'],
    ['no kind', without('kind'), 'kind is neither'],
    ['no serial', without('serial'), 'serial: '],
    ['a number for a text', { ...business, values: { name: 7 } }, 'values.name: '],
    ['a text that is too long', { ...business, values: { name: person.repeat(200) } }, 'values.name: '],
    ['a name of no form', { ...business, values: { [person]: person } }, 'values.…: '],
    ['a misspelt name', { ...business, isuedOn: person }, 'isuedOn has no place there'],
    ['a name that is a person', { ...business, [`${person}\n`]: 1 }, '… has no place there'],
    ['a day that is none', { ...business, issuedOn: '2026-02-30' }, 'issuedOn: '],
    ['an address of a script', { ...business, verification: { url: 'javascript:1', note: '' } }, 'verification.url: '],
    ['a table of a thousand rows', { ...onPlainPaper, rows: Array(1_000).fill([person]) }, 'rows: '],
    ['a cell in a certificate', { ...insuranceCertificate, fields: [{ label: person }] }, 'fields.0.value: '],
  ])('%s', async (_, document, place) => {
    const { code, message } = await refusal('render', fileOf(document), '--out', out);
    expect([code, message]).toEqual(['not-a-document', expect.stringContaining(`certificate: ${place}`)]);
    expect(message).not.toMatch(/[\u{4e00}-\u{9fff}]/u);
    expect(() => statSync(out)).toThrow('ENOENT');
  });

  test.each([
    ['text', `{"kind":"licence","issuer":"${person}"`, 'not-json'],
    ['a stray character', `{"kind":${person}}`, 'not-json'],
    ['a bare person', person, 'not-json'],
    ['brackets without an end', '['.repeat(1_000_000), 'not-json'],
    ['GB 18030', Uint8Array.of(0x22, 0xcd, 0xf5, 0x22), 'not-utf-8'],
    ['nothing', '', 'empty'],
    ['more than a megabyte', ' '.repeat(1024 * 1024 + 1), 'too-large'],
  ])('a file of %s', async (_, bytes, code) => {
    const refused = await refusal('render', fileWith(bytes), '--out', out);
    expect(refused.code).toBe(code);
    expect(refused.message.replace(folder, '')).not.toMatch(/[\u{4e00}-\u{9fff}]|licence|\[/u);
  });

  test('JSON that breaks off says where', async () => {
    const { message } = await refusal('render', fileWith('{\n "kind": "licence"'), '--out', out);
    expect(message).toMatch(/document\.json is not JSON \(line 2 column 19\)$/);
  });

  test('a prototype in it changes nothing', async () => {
    const text = JSON.stringify(business);
    const among = text.replace('"values":{', '"values":{"__proto__":{"name":"x"},');
    await licence('render', fileWith(among), '--out', out);
    expect(drawn()).toEqual(await renderLicence(business));
    const beside = text.replace('"values":{', '"__proto__":{"preview":true},"values":{');
    expect(await refusal('render', fileWith(beside), '--out', out)).toMatchObject({
      message: expect.stringContaining('__proto__ has no place there'),
    });
    const named = text.replace('"values":{', '"values":{"constructor":"x",');
    expect(await refusal('render', fileWith(named), '--out', out)).toMatchObject({
      message: expect.stringContaining('constructor is no value of business-licence'),
    });
  });

  test.each([
    [
      'of a template that is not there',
      { template: 'fishing-licence' },
      'no-such-template',
      'there are business-licence,',
    ],
    ['of a template elsewhere', { template: '../../x' }, 'not-a-document', 'template: '],
    ['without what the blank needs', { values: {} }, 'invalid-data', 'document.json: name is missing'],
    ['with a character of no font', { issuer: '\u{e000}' }, 'invalid-data', 'document.json: issuer: no font'],
    [
      'with an end that the blank does not have',
      { validUntil: '2031-01-01' },
      'invalid-data',
      'validUntil has no place',
    ],
  ])('a licence %s', async (_, change, code, sentence) => {
    expect(await refusal('render', fileOf({ ...business, ...change }), '--out', out)).toEqual({
      code,
      message: expect.stringContaining(sentence),
    });
  });
});

describe('what cannot be asked for is a usage error', () => {
  test.each([
    ['a preview of a certificate', insuranceCertificate, ['--preview'], '--preview is for licences'],
    ['a certificate moved', insuranceCertificate, ['--offset-x', '1'], 'a certificate goes on plain paper'],
    ['plain paper moved', onPlainPaper, ['--rotation', '0'], 'tax-certificate goes on plain paper'],
    ['a preview moved', business, ['--preview', '--offset-y', '1'], 'cannot be used with'],
  ])('%s', async (_, document, words, sentence) => {
    expect(await refusal('render', fileOf(document), '--out', out, ...words)).toEqual({
      code: 'usage',
      message: expect.stringContaining(sentence),
    });
    expect(() => statSync(out)).toThrow('ENOENT');
  });

  test('the document is not written over with its own drawing', async () => {
    const file = fileOf(business);
    const [linked, twin] = [join(folder, 'link.pdf'), join(folder, 'twin.pdf')];
    symlinkSync(file, linked);
    linkSync(file, twin);
    for (const path of [file, `${folder}/./document.json`, linked, twin])
      expect(await refusal('render', file, '--out', path)).toMatchObject({ code: 'usage' });
    expect(await refusal('render', linked, '--out', file)).toMatchObject({ code: 'usage' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(business);
  });

  test.each([
    ['a folder', () => folder, 'EISDIR'],
    ['in a folder that is not there', () => join(folder, 'missing', 'x.pdf'), 'ENOENT'],
    ['below a file', () => join(fileOf(business), 'x.pdf'), 'ENOTDIR'],
    ['a full disk', () => '/dev/full', 'ENOSPC'],
  ])('a drawing that cannot be written: %s', async (_, path, why) => {
    const { code, message } = await refusal('render', fileOf(business), '--out', path());
    expect([code, message]).toEqual(['cannot-write', `${path()} cannot be written: ${why}`]);
  });
});

test('as a process of its own it says so on one line, and ends with 2', async () => {
  const file = join(folder, 'big.json');
  writeFileSync(file, '');
  truncateSync(file, 5 * 1024 ** 3);
  const refused = await kioskctl(['licence', 'render', file, '--out', out]);
  expect(refused).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/^kioskctl: [^\n]+\n$/) });
  const { exitCode, stdout } = await kioskctl(['licence', 'render', fileOf(business), '--out', out, '--json']);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ out })]);
});
