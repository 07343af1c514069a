/**
 * What pdfkit 0.20 does with fonts and its published types leave out: it keeps the font that it made of a file, and takes
 * that back in place of the file. The object is fontkit's `Font`.
 */
export interface OpenedFont {
  readonly unitsPerEm: number;
  hasGlyphForCodePoint(codePoint: number): boolean;
  layout(text: string): { readonly advanceWidth: number };
}

declare global {
  namespace PDFKit {
    interface PDFDocument {
      readonly _font: { readonly font: OpenedFont } | null;
    }
    namespace Mixins {
      interface PDFFont {
        registerFont(name: string, source: OpenedFont): this;
      }
    }
  }
}
