import { type Receipt, receipt } from '../../printers/document/document.ts';

/** A queue ticket: short, with the telling number in sight. */
export function slip(number: string): Receipt {
  return receipt.parse({
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'title', text: '排队号' },
      { type: 'number', text: number },
    ],
  });
}

/** Everything a receipt can have, for an invented person. */
export function acceptanceSlip(applicant = '张三'): Receipt {
  return receipt.parse({
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'subtitle', text: '江南市政务服务中心' },
      { type: 'title', text: '办件受理凭证' },
      { type: 'rule' },
      {
        type: 'fields',
        rows: [
          { label: '事项名称', value: '城乡居民基本养老保险参保登记（首次参保）' },
          { label: '申请人', value: applicant },
          { label: '承诺办结', value: '5 个工作日' },
        ],
      },
      { type: 'number', text: 'SB20260302-0417' },
      { type: 'qr', data: 'https://zwfw.example.gov.cn/case?id=SB20260302-0417', caption: '扫码查看办理进度' },
      { type: 'text', strong: true, text: '请妥善保管本凭证，凭受理编号可在任意一台“就近”自助终端查询或补打。' },
    ],
  });
}

/** A square with a ring in it, 96 × 96 dots, for want of a logo. */
export function logoBits(): string {
  const bits = new Uint8Array(12 * 96);
  for (let y = 0; y < 96; y += 1) {
    for (let x = 0; x < 96; x += 1) {
      const radius = Math.hypot(x - 47.5, y - 47.5);
      const frame = Math.min(x, y, 95 - x, 95 - y) < 4;
      if (frame || (radius > 22 && radius < 34)) bits[y * 12 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  return Buffer.from(bits).toString('base64');
}

/** Each block there is, with what makes layout hard: rare characters, numbers, addresses; for an invented person. */
export function fullSlip(applicant = '䶮㛃𠮷𬱖'): Receipt {
  return receipt.parse({
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'picture', widthDots: 96, heightDots: 96, bits: logoBits() },
      { type: 'title', text: '不动产登记收费凭证' },
      { type: 'subtitle', text: '江南市政务服务中心' },
      { type: 'rule' },
      {
        type: 'fields',
        rows: [
          { label: '申请人', value: applicant },
          { label: '统一社会信用代码或者身份证件号码', value: '110101199001010015' },
          { label: '查询网址', value: 'https://zwfw.example.gov.cn/case/progress?id=SB20260302-0417' },
        ],
      },
      { type: 'rule' },
      {
        type: 'table',
        columns: [
          { header: '收费项目', share: 5 },
          { header: '数量', share: 2, align: 'right' },
          { header: '金额（元）', share: 3, align: 'right' },
        ],
        rows: [
          ['不动产登记费（住宅，首次登记）', '1', '80.00'],
          ['证书工本费', '12', '1,120.00'],
          ['测绘成果资料 copy', '3 份', '10,240.50'],
        ],
      },
      { type: 'rule' },
      { type: 'columns', left: '合计人民币', right: '￥11,440.50', align: 'right' },
      { type: 'columns', left: '申请人签字（请用黑色签字笔书写）', right: '经办人签字（窗口工作人员填写）' },
      { type: 'rule' },
      { type: 'barcode', data: 'SB20260302-0417' },
      { type: 'qr', data: 'https://zwfw.example.gov.cn/case?id=SB20260302-0417', caption: '扫码查看办理进度' },
      { type: 'text', strong: true, text: '请妥善保管本凭证，凭受理编号可在任意一台“就近”自助终端查询或补打。' },
      { type: 'text', align: 'center', text: '服务热线 0512-12345' },
    ],
  });
}
