import type { Certificate } from '../../printers/document/document.ts';

/** 王小明 and everything about him is invented; the number's check digit is right. */
export const insuranceCertificate: Certificate = {
  kind: 'certificate',
  language: 'zh-CN',
  title: '社会保险参保证明',
  serial: 'SB-2026-990106-00018427',
  statement: [
    '兹证明：王小明（公民身份号码：990106199003074210）自2019年7月至2025年12月在本市参加城镇职工基本养老保险、基本医疗保险、失业保险、工伤保险，累计缴费七十八个月，缴费状态为“正常”。',
    '本证明仅用于证明参保情况，自开具之日起三个月内有效。特此证明。',
  ],
  fields: [
    { label: '姓名', value: '王小明' },
    { label: '性别', value: '男' },
    { label: '公民身份号码', value: '990106199003074210' },
    { label: '参保单位', value: '青杭市就近信息技术服务有限责任公司（西湖分公司）' },
    {
      label: '参保险种',
      value: '城镇职工基本养老保险、城镇职工基本医疗保险、失业保险、工伤保险、生育保险（合并实施）',
    },
  ],
  issuer: '青杭市社会保险管理服务中心',
  issuedOn: '2026-03-05',
  verification: {
    url: 'https://zwfw.example.gov.cn/verify/SB-2026-990106-00018427?k=7fd31c',
    note: '扫描二维码或登录政务服务网“证明核验”栏目，可查验本证明真伪。',
  },
};

/** For tests of what becomes of a job: hardly anything to lay out, to draw or to embed, and no code. */
export const shortCertificate: Certificate = {
  ...insuranceCertificate,
  title: '证明',
  statement: ['特此证明。'],
  fields: [],
  verification: { url: '', note: '' },
};

/** The insurance certificate with a table of `count` months. */
export function withMonths(count: number): Certificate {
  const rows = Array.from({ length: count }, (_, index) => [
    `${2020 + Math.floor(index / 12)}年${(index % 12) + 1}月`,
    '青杭市就近信息技术服务有限责任公司',
    (5_200 + index * 37.5).toFixed(2),
    '正常',
  ]);
  return { ...insuranceCertificate, table: { columns: ['缴费月份', '单位名称', '缴费基数（元）', '状态'], rows } };
}

export const englishCertificate: Certificate = {
  kind: 'certificate',
  language: 'en',
  title: 'Certificate of Participation in Social Insurance',
  serial: 'SB-2026-990106-00018427',
  statement: [
    'This is to certify that WANG Xiaoming has participated in social insurance in this city since July 2019.',
  ],
  fields: [{ label: 'Name', value: 'WANG Xiaoming' }],
  issuer: 'Qinghang Municipal Social Insurance Service Centre',
  issuedOn: '2026-03-05',
  verification: { url: 'https://zwfw.example.gov.cn/verify/1', note: 'Scan the code to verify this certificate.' },
};
