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
