import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { renderCertificate } from '../../printers/pdf/certificate.ts';
import { englishCertificate, insuranceCertificate, withMonths } from './pdf-certificates.ts';

const pdfOf = async (certificate: typeof insuranceCertificate): Promise<string> =>
  Buffer.from(await renderCertificate(certificate)).toString('latin1');
const MM_PER_POINT = 25.4 / 72;

/** A text of the information dictionary: an object of its own, in UTF-16 where it is not ASCII. */
function entry(pdf: string, key: string): string {
  const [, object = '-'] = new RegExp(`/${key} (\\d+) 0 R`).exec(pdf) ?? [];
  const [, escaped = ''] = new RegExp(`\\n${object} 0 obj\\n\\((.*?)\\)\\nendobj`, 's').exec(pdf) ?? [];
  const raw = escaped
    .replaceAll('\\n', '\n')
    .replaceAll('\\r', '\r')
    .replace(/\\([\\()])/g, '$1');
  if (!raw.startsWith('\xfe\xff')) return raw;
  return Buffer.from(raw.slice(2), 'latin1').swap16().toString('utf16le');
}

describe('the file', () => {
  test('is A4 upright to 0.1 mm on every page', async () => {
    const boxes = [...(await pdfOf(withMonths(60))).matchAll(/\/MediaBox \[([^\]]+)\]/g)];
    expect(boxes.length).toBeGreaterThan(2);
    for (const [, box = ''] of boxes) {
      const [left, bottom, right = 0, top = 0] = box.trim().split(/\s+/).map(Number);
      expect([left, bottom]).toEqual([0, 0]);
      expect(Math.abs(right * MM_PER_POINT - 210)).toBeLessThan(0.1);
      expect(Math.abs(top * MM_PER_POINT - 297)).toBeLessThan(0.1);
    }
  });

  test('brings one font along, as a subset, and none besides', async () => {
    const pdf = await pdfOf(insuranceCertificate);
    const names = [...pdf.matchAll(/\/FontName \/(\S+)/g)].map(([, name]) => name);
    expect(names).toEqual([expect.stringMatching(/^[A-Z]{6}\+NotoSerifSC/)]);
    expect(pdf.match(/\/FontFile2 /g)).toHaveLength(1);
    expect(pdf).not.toContain('Helvetica');
    expect(pdf.match(/\/ToUnicode /g)).toHaveLength(1);
  });

  test('brings a second font for a character that the first lacks', async () => {
    const pdf = await pdfOf({ ...insuranceCertificate, fields: [{ label: '姓名', value: '王\u{30ede}' }] });
    const names = [...pdf.matchAll(/\/FontName \/[A-Z]{6}\+(\S+)/g)].map(([, name]) => name);
    expect(names).toEqual(['NotoSerifSC-Regular', 'NotoSansSC-Regular']);
  });

  test('is small: a usual certificate below 60 kB, sixty rows below 150 kB', async () => {
    const usual = (await renderCertificate(insuranceCertificate)).length;
    const long = (await renderCertificate(withMonths(60))).length;
    const english = (await renderCertificate(englishCertificate)).length;
    console.info(`certificate sizes in bytes: usual ${usual}, English ${english}, sixty rows ${long}`);
    expect(usual).toBeLessThan(60_000);
    expect(english).toBeLessThan(60_000);
    expect(long).toBeLessThan(150_000);
  });

  test('is the same, byte for byte, each time', async () => {
    expect(await pdfOf(insuranceCertificate)).toBe(await pdfOf(insuranceCertificate));
  });

  test('is PDF 1.4 without transparency, scripts or links', async () => {
    const pdf = await pdfOf(insuranceCertificate);
    expect(pdf.slice(0, 8)).toBe('%PDF-1.4');
    expect(pdf).not.toMatch(/\/SMask|\/ca \d|\/CA \d|\/JavaScript|\/URI|\/Annots/);
  });

  // ISO 19005-2: 6.2.3 output intent, 6.6.2 XMP that can be read, 6.6.4 part and conformance, 6.1.3 file identifier.
  test('is PDF/A-2b: sRGB as output intent, and XMP that says so and the rest, whatever is in its texts', async () => {
    const pdf = await pdfOf({ ...insuranceCertificate, title: 'A&B <证明> ]]>', issuer: '甲&乙' });
    expect(pdf).toMatch(/\/OutputIntents \[\d+ 0 R\]/);
    expect(pdf).toMatch(/\/S \/GTS_PDFA1\n\/Info \(sRGB IEC61966-2.1\)/);
    expect(pdf).toMatch(/\/ID \[<[0-9a-f]{32}> <[0-9a-f]{32}>\]/);
    const [, packet = ''] = /\/Type \/Metadata\n\/Subtype \/XML\n.*?stream\n(.*?)\nendstream/s.exec(pdf) ?? [];
    const said: Record<string, string> = {};
    let element = '';
    const reader = new SaxesParser({ xmlns: true });
    reader.on('error', (error) => {
      throw error;
    });
    reader.on('opentag', ({ name }) => {
      element = name.startsWith('rdf:') ? element : name;
    });
    reader.on('text', (text) => {
      if (text.trim() !== '') said[element] = text;
    });
    reader.write(Buffer.from(packet, 'latin1').toString('utf8')).close();
    expect(said).toEqual({
      'xmp:CreateDate': '2026-03-05T00:00:00Z',
      'xmp:ModifyDate': '2026-03-05T00:00:00Z',
      'xmp:CreatorTool': 'Jiujin',
      'pdf:Producer': 'Jiujin',
      'dc:title': 'A&B <证明> ]]>',
      'dc:creator': '甲&乙',
      'pdfaid:part': '2',
      'pdfaid:conformance': 'B',
    });
  });
});

describe('metadata', () => {
  test('name title, issuer, language and the day of issue', async () => {
    const pdf = await pdfOf(insuranceCertificate);
    expect(entry(pdf, 'Title')).toBe('社会保险参保证明');
    expect(entry(pdf, 'Author')).toBe('青杭市社会保险管理服务中心');
    expect(entry(pdf, 'CreationDate')).toBe('D:20260305000000Z');
    expect(pdf).toContain('/Lang (zh-CN)');
    expect(await pdfOf(englishCertificate)).toContain('/Lang (en)');
  });

  test('hold nothing about the person', async () => {
    const pdf = await pdfOf(insuranceCertificate);
    const inUtf16 = Buffer.from('王小明', 'utf16le').swap16().toString('latin1');
    for (const personal of ['王小明', inUtf16, '990106', 'SB-2026']) expect(pdf).not.toContain(personal);
  });
});

test('a certificate that cannot be set rejects before a file exists', async () => {
  const unsettable = { ...insuranceCertificate, title: '证明\u{20bb7}' };
  await expect(renderCertificate(unsettable)).rejects.toMatchObject({ name: 'DeviceError', code: 'invalid-data' });
});

test('characters that leave no ink make no certificate unprintable: it is the one without them, byte for byte', async () => {
  const [statement = '', ...others] = insuranceCertificate.statement;
  const sprinkled = {
    ...insuranceCertificate,
    title: '社会\u{200b}保险参保证明',
    issuer: `${insuranceCertificate.issuer}\u{feff}`,
    statement: [statement.replace('王小明', '王\u{e0100}小\u{fe00}明\u{2060}'), ...others],
    fields: insuranceCertificate.fields.map(({ label, value }) => ({
      label: `\u{200b}${label}`,
      value: `${value}\u{ad}`,
    })),
  };
  expect(await pdfOf(sprinkled)).toBe(await pdfOf(insuranceCertificate));
  const row = (value: string) => ({ ...insuranceCertificate, fields: [{ label: '地址', value }] });
  expect(await pdfOf(row('甲路\t1号'))).toBe(await pdfOf(row('甲路 1号')));
  await expect(renderCertificate(row('甲路\u{202e}1号'))).rejects.toMatchObject({ code: 'invalid-data' });
});
