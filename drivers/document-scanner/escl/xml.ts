import { SaxesParser } from 'saxes';
import { DeviceError } from '../../core/index.ts';

/** An element by its namespace and local name; prefixes are the sender's own business. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** What stands in it directly, trimmed. */
  readonly text: string;
}

/** Capabilities of a large copier are about 60 kB. */
export const MAX_XML_BYTES = 512 * 1024;
/** The deepest of eSCL is 9. */
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 20_000;

interface OpenElement {
  readonly namespace: string;
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/**
 * One document in UTF-8. Fails `protocol` on anything that is not well-formed, has a document type (and with it entities), or
 * is larger than any scanner's; the message tells where, and quotes nothing.
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > MAX_XML_BYTES) throw broken(`${bytes.length} bytes, ${MAX_XML_BYTES} at the most`);
  const parser = new SaxesParser({ xmlns: true });
  const path: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  parser.on('error', (error) => {
    throw broken(`not well-formed at ${parser.line}:${parser.column}`, error);
  });
  parser.on('doctype', () => {
    throw broken('a document type, which eSCL has not');
  });
  parser.on('opentag', ({ uri, local }) => {
    elements += 1;
    if (path.length === MAX_DEPTH || elements > MAX_ELEMENTS) throw broken('more elements than eSCL has');
    path.push({ namespace: uri, name: local, children: [], text: '' });
  });
  const onText = (text: string): void => {
    const open = path.at(-1);
    if (open) open.text += text;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const closed = path.pop();
    if (!closed) return;
    const element = { ...closed, text: closed.text.trim() };
    const parent = path.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  try {
    parser.write(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).close();
  } catch (error) {
    throw error instanceof DeviceError ? error : broken('not UTF-8', error);
  }
  if (!root) throw broken('no element');
  return root;
}

function broken(why: string, cause?: unknown): DeviceError {
  return new DeviceError('protocol', `XML: ${why}`, { cause });
}

/** Text as it may stand between two tags. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
