import type { Licence } from '../../printers/document/licence.ts';

/** Companies, people and numbers are invented; check characters are right (GB 11643, GB 32100). */
const common = { kind: 'licence', language: 'zh-CN', issuedOn: '2026-11-30' } as const;
const verification = (number: string) => ({
  url: `https://zwfw.example.gov.cn/v/${number}?k=7fd31c`,
  note: '扫码或登录上述网址，输入证明编号核验真伪。',
});
const name = '王小明';
const idNumber = '990106199003074210';
const employer = '青杭市就近信息技术服务有限责任公司';
const creditCode = '91990106MA0KTEXT16';

export const licences = {
  'business-licence': {
    ...common,
    template: 'business-licence',
    serial: creditCode,
    values: {
      name: employer,
      type: '有限责任公司（自然人投资或控股）',
      legalRepresentative: name,
      scope:
        '一般项目：信息系统集成服务；软件开发；自助服务终端的研发、销售、租赁和维护；数据处理和存储支持服务；办公设备销售；技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）。',
      capital: '壹佰万元整',
      establishedOn: '2019年7月1日',
      term: '2019年7月1日至长期',
      address: '青杭市龙沙区就近路88号3幢1201室',
      copyNumber: '1-1',
    },
    issuer: '青杭市龙沙区市场监督管理局',
    verification: verification(creditCode),
  },
  'food-business-licence': {
    ...common,
    template: 'food-business-licence',
    serial: 'JY29901060012345',
    values: {
      name: '青杭市龙沙区小明面馆',
      creditCode: '92990106MA0KTEXT26',
      legalRepresentative: name,
      address: '青杭市龙沙区就近路88号1幢底商2号',
      premises: '青杭市龙沙区就近路88号1幢底商2号',
      category: '餐饮服务经营者（小型餐馆）',
      items: '热食类食品制售，冷食类食品制售（不含冷荤凉菜），自制饮品制售，预包装食品（含冷藏冷冻食品）销售',
      supervisor: '龙沙区市场监督管理局就近路所',
      supervisors: '李四、赵五',
      signatory: '钱六',
    },
    issuer: '青杭市龙沙区市场监督管理局',
    validUntil: '2031-11-29',
    verification: verification('JY29901060012345'),
  },
  'drain-permit': {
    ...common,
    template: 'drain-permit',
    serial: '青排许字第2026-0117号',
    values: {
      name: '青杭市龙沙区小明面馆',
      legalRepresentative: name,
      creditCode: '92990106MA0KTEXT26',
      address: '青杭市龙沙区就近路88号1幢底商2号',
      type: '餐饮类',
      keyPolluter: '否',
      outlets: 'WS-01、WS-02',
      connection: '就近路88号东侧人行道，距路缘石1.5米',
      destination: '就近路市政污水管，排入龙沙污水处理厂',
      volume: '12',
      pollutants:
        '化学需氧量（COD）500；五日生化需氧量（BOD5）350；悬浮物（SS）400；氨氮（以N计）45；动植物油100；总磷（以P计）8；pH值6.5～9.5（无量纲）。执行《污水排入城镇下水道水质标准》（GB/T 31962-2015）B级。',
      remark: '隔油池每周清掏一次，记录保存两年。',
    },
    issuer: '青杭市龙沙区水务局',
    validUntil: '2031-11-29',
    verification: verification('PS2026-0117'),
  },
  'social-insurance-certificate': {
    ...common,
    template: 'social-insurance-certificate',
    serial: 'SB-2026-990106-00018427',
    values: {
      name,
      idNumber,
      insuredAt: '青杭市龙沙区',
      employer,
      insuredSince: '2019年7月',
      period: '最近三年',
    },
    rows: [
      ['2025-11 至 2026-10', '12个月', '12个月', '12个月', '12个月'],
      ['2024-11 至 2025-10', '12个月', '12个月', '12个月', '12个月'],
      ['2023-11 至 2024-10', '12个月', '12个月', '11个月', '12个月'],
    ],
    issuer: '青杭市社会保险管理服务中心',
    verification: verification('SB-2026-990106-00018427'),
  },
  'housing-fund-certificate': {
    ...common,
    template: 'housing-fund-certificate',
    serial: 'GJJ-2026-0038215',
    values: {
      name,
      idNumber,
      account: '990100123456',
      employer,
      openedOn: '2019年7月15日',
      paidUntil: '2026年10月',
      base: '8,650.00',
      monthly: '2,076.00',
      balance: '63,418.27',
      state: '正常',
      loan: '无住房公积金贷款',
    },
    issuer: '青杭市住房公积金管理中心',
    verification: verification('GJJ-2026-0038215'),
  },
  'tax-certificate': {
    ...common,
    template: 'tax-certificate',
    serial: '990106261100012345',
    values: {
      name: employer,
      taxpayerId: creditCode,
      period: '2026年1月至2026年6月',
      total: '18,240.50',
      totalInWords: '壹万捌仟贰佰肆拾元伍角整',
    },
    rows: [
      ['增值税', '信息技术服务', '2026-01-01 至 2026-03-31', '2026-04-14', '9,000.00'],
      ['增值税', '信息技术服务', '2026-04-01 至 2026-06-30', '2026-07-13', '7,500.00'],
      ['城市维护建设税', '市区', '2026-01-01 至 2026-06-30', '2026-07-13', '1,155.00'],
      ['教育费附加', '增值税教育费附加', '2026-01-01 至 2026-06-30', '2026-07-13', '585.50'],
    ],
    issuer: '国家税务总局青杭市龙沙区税务局',
    verification: verification('990106261100012345'),
  },
  'no-criminal-record-certificate': {
    ...common,
    template: 'no-criminal-record-certificate',
    serial: 'WFZ-2026-990106-0042',
    values: {
      name,
      nationality: '中国',
      documentType: '居民身份证',
      documentNumber: idNumber,
      since: '1990年3月7日',
      until: '2026年11月29日',
      purpose: '应聘',
    },
    issuer: '青杭市公安局龙沙分局',
    verification: verification('WFZ-2026-990106-0042'),
  },
} satisfies Record<string, Licence>;
