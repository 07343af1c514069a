import { type Receipt, receipt } from '../document/document.ts';
import type { EscposProfile } from './profile.ts';

const PICTURE_DOTS = 96;
/** On paper with fewer columns the long barcode finds no room. */
const LONG_BARCODE_COLUMNS = 26;

/**
 * Everything that a receipt can have, to be looked at on paper: of nobody and about nothing. Its ruler has as many digits as
 * the profile has columns: a second line of it, or a gap at its end, and the profile is wrong about its width.
 */
export function sampleReceipt({ columns }: Pick<EscposProfile, 'columns'>): Receipt {
  return receipt.parse({
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'picture', widthDots: PICTURE_DOTS, heightDots: PICTURE_DOTS, bits: rings() },
      { type: 'title', text: '打印样张' },
      { type: 'subtitle', text: '样例，不作凭证 · Sample' },
      { type: 'rule' },
      { type: 'text', text: Array.from({ length: columns }, (_, at) => (at + 1) % 10).join('') },
      { type: 'rule' },
      { type: 'text', strong: true, text: '本样张内容均为虚构，仅供检查打印效果，不能作为办理业务的依据。' },
      { type: 'text', align: 'center', text: 'The quick brown fox jumps over the lazy dog.' },
      { type: 'number', text: 'A018' },
      {
        type: 'fields',
        rows: [
          { label: '生僻字', value: '䶮㛃𠮷𬱖' },
          { label: '维吾尔文', value: 'ئۇيغۇرچە سىناق' },
          { label: '字库内的符号', value: '“㎡”、№、￥、①、Ⅻ' },
          { label: '查询网址', value: 'https://zwfw.example/case/progress?id=SAMPLE-0001' },
        ],
      },
      {
        type: 'table',
        columns: [
          { header: '项目', share: 5 },
          { header: '数量', share: 2, align: 'right' },
          { header: '金额（元）', share: 3, align: 'right' },
        ],
        rows: [
          ['样例项目（名称较长，需要换行）', '1', '80.00'],
          ['样例资料 copy', '3 份', '10,240.50'],
        ],
      },
      { type: 'columns', left: '合计', right: '￥10,320.50', align: 'right' },
      { type: 'rule' },
      { type: 'barcode', data: columns < LONG_BARCODE_COLUMNS ? '2026' : 'SAMPLE-0001' },
      { type: 'qr', data: 'https://zwfw.example/sample', caption: '两个码都应扫得出来' },
      { type: 'text', align: 'center', text: '—— 样张完 ——' },
    ],
  });
}

/** Rings of eight dots in a frame: what is stretched, slanted or torn shows. */
function rings(): string {
  const rowBytes = PICTURE_DOTS / 8;
  const bits = new Uint8Array(rowBytes * PICTURE_DOTS);
  const middle = (PICTURE_DOTS - 1) / 2;
  for (let y = 0; y < PICTURE_DOTS; y += 1) {
    for (let x = 0; x < PICTURE_DOTS; x += 1) {
      const framed = Math.max(Math.abs(x - middle), Math.abs(y - middle)) > middle - 4;
      const ringed = Math.floor(Math.hypot(x - middle, y - middle) / 8) % 2 === 0;
      if (framed || ringed) bits[y * rowBytes + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return Buffer.from(bits).toString('base64');
}
