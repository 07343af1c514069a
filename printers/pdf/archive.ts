import { once } from 'node:events';
import PDFDocument from 'pdfkit';
import type { Language } from '../document/document.ts';
import { type Face, openedFont } from './fonts.ts';
import { paint } from './paint.ts';
import { sealsOf } from './seal-picture.ts';
import type { Item, Size } from './sheet.ts';

/** What the file says about itself: nothing about the person, whose name belongs on the paper alone. */
export interface Description {
  readonly title: string;
  readonly author: string;
  readonly language: Language;
  /** `YYYY-MM-DD`. Taken for the file's dates too, so that the same document gives the same bytes. */
  readonly day: string;
}

export interface Page {
  /** Points; the page's box. */
  readonly size: Size;
  readonly items: readonly Item[];
  /** Moves everything on the page, and not the page. */
  readonly shift?: { readonly x: number; readonly y: number; readonly degrees: number };
}

/**
 * Pages as a PDF/A-2b file (ISO 19005-2) that keeps to PDF 1.4, which every laser printer with PDF takes: fonts embedded as
 * subsets, one where it covers all characters; sRGB as output intent; no script or link, and no transparency but of a seal's
 * picture. Fails `invalid-data` for a seal that cannot be painted.
 */
export async function archiveFile(pages: readonly Page[], description: Description): Promise<Uint8Array> {
  const { title, author, language, day } = description;
  const seals = await sealsOf(pages.flatMap(({ items }) => items));
  const date = new Date(`${day}T00:00:00Z`);
  const document = new ArchiveDocument({
    margin: 0,
    font: '', // else pdfkit opens Helvetica, which nothing here uses
    autoFirstPage: false,
    pdfVersion: '1.4',
    subset: 'PDF/A-2b',
    lang: language,
    displayTitle: true,
    info: { Title: title, Author: author, Creator: 'Jiujin', Producer: 'Jiujin', CreationDate: date, ModDate: date },
  });
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const face of facesOf(pages)) document.registerFont(face, openedFont(face));
  for (const { size, items, shift } of pages) {
    document.addPage({ size: [size.width, size.height], margin: 0 });
    if (shift) {
      document.translate(shift.x, shift.y).rotate(shift.degrees, { origin: [size.width / 2, size.height / 2] });
    }
    paint(document, items, seals);
  }
  document.end();
  await once(document, 'end');
  return new Uint8Array(Buffer.concat(chunks));
}

function facesOf(pages: readonly Page[]): Set<Face> {
  const items = pages.flatMap((page) => page.items);
  return new Set(items.flatMap((item) => (item.type === 'text' ? item.runs.map((run) => run.face) : [])));
}

/** pdfkit 0.20 puts titles into its XMP as they are, so that `&` would make the packet unreadable. */
class ArchiveDocument extends PDFDocument {
  _addInfo(): void {
    const { Title = '', Author = '', Creator = '', Producer = '', CreationDate } = this.info;
    const at = `${CreationDate?.toISOString().slice(0, 19)}Z`;
    this.appendXML(`<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<xmp:CreateDate>${at}</xmp:CreateDate>
<xmp:ModifyDate>${at}</xmp:ModifyDate>
<xmp:CreatorTool>${escaped(Creator)}</xmp:CreatorTool>
<pdf:Producer>${escaped(Producer)}</pdf:Producer>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escaped(Title)}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>${escaped(Author)}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description>`);
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
