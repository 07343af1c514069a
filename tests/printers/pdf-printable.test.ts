import { describe, expect, test } from 'vitest';
import { A4 } from '../../printers/core/sheet.ts';
import type { PrintableDocument } from '../../printers/document/printable.ts';
import { renderPrintable } from '../../printers/pdf/printable.ts';
import { licences } from './licences.ts';

const business = licences['business-licence'];
const tax = licences['tax-certificate'];

function onBlank(series: string, document: PrintableDocument): Promise<Uint8Array> {
  return renderPrintable(document, { sheet: { media: A4, series } });
}

describe('a numbered blank takes what belongs on it, and plain paper what needs none', () => {
  test('a licence goes on a blank of its own series', async () => {
    await expect(onBlank('business-licence', business)).resolves.toBeInstanceOf(Uint8Array);
    await expect(renderPrintable(tax)).resolves.toBeInstanceOf(Uint8Array);
  });

  test.each([
    ['a licence on blanks of another series', () => onBlank('drain-permit', business), /blanks of drain-permit/],
    ['a certificate on a numbered blank', () => onBlank('business-licence', tax), /blanks of business-licence/],
    ['the values of a licence on plain paper', () => renderPrintable(business), /plain paper/],
  ])('never %s', async (_what, render, message) => {
    await expect(render()).rejects.toMatchObject({ code: 'invalid-data', message: expect.stringMatching(message) });
  });
});
