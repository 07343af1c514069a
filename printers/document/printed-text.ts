import type { Certificate, Receipt, ReceiptBlock } from './document.ts';
import type { Licence } from './licence.ts';

/**
 * Marks on how the characters beside them are written, joined or broken, without a glyph of their own: variation selectors
 * (Unicode 23.4; ideographic ones come with names from input methods and registers), zero-width space and joiners, soft
 * hyphen, word joiner, byte order mark. Direction marks are not among them: they change what a reader sees.
 */
const UNWRITTEN = /[\u{ad}\u{200b}-\u{200d}\u{2060}\u{feff}\p{Variation_Selector}]/gu;

/** A text as it can stand on paper: a font is not asked for what leaves no ink, and a tab is a space. */
function printed(text: string): string {
  return text.replace(UNWRITTEN, '').replaceAll('\t', ' ');
}

/** The receipt with its texts as they can stand on paper; what machines read of it stays as it is. */
export function printedReceipt(receipt: Receipt): Receipt {
  return { ...receipt, blocks: receipt.blocks.map(printedBlock) };
}

function printedBlock(block: ReceiptBlock): ReceiptBlock {
  switch (block.type) {
    case 'rule':
    case 'barcode':
    case 'picture':
      return block;
    case 'columns':
      return { ...block, left: printed(block.left), right: printed(block.right) };
    case 'table':
      return {
        ...block,
        columns: block.columns.map((column) => ({ ...column, header: printed(column.header) })),
        rows: block.rows.map((row) => row.map(printed)),
      };
    case 'qr':
      return block.caption === undefined ? block : { ...block, caption: printed(block.caption) };
    case 'fields':
      return { ...block, rows: block.rows.map(printedRow) };
    default:
      return { ...block, text: printed(block.text) };
  }
}

/** The certificate with its texts as they can stand on paper; what machines read of it stays as it is. */
export function printedCertificate(certificate: Certificate): Certificate {
  const { title, serial, statement, fields, table, issuer, verification } = certificate;
  return {
    ...certificate,
    title: printed(title),
    serial: printed(serial),
    statement: statement.map(printed),
    fields: fields.map(printedRow),
    ...(table && { table: { columns: table.columns.map(printed), rows: table.rows.map((row) => row.map(printed)) } }),
    issuer: printed(issuer),
    verification: { ...verification, note: printed(verification.note) },
  };
}

/** The licence with its texts as they can stand on paper; what machines read of it stays as it is. */
export function printedLicence(licence: Licence): Licence {
  const { serial, values, rows, issuer, verification } = licence;
  return {
    ...licence,
    serial: printed(serial),
    values: Object.fromEntries(Object.entries(values).map(([name, text]) => [name, printed(text)])),
    ...(rows && { rows: rows.map((row) => row.map(printed)) }),
    issuer: printed(issuer),
    verification: { ...verification, note: printed(verification.note) },
  };
}

function printedRow({ label, value }: { label: string; value: string }): { label: string; value: string } {
  return { label: printed(label), value: printed(value) };
}
