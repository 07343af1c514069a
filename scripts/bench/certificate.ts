import { type Licence, licence as licenceSchema } from '../../printers/document/licence.ts';
import { renderLicence } from '../../printers/pdf/licence.ts';
import { type BenchResult, summary } from './result.ts';

const RUNS = 40;
const GOAL_MS = 150;
/** 1000 bytes each, the stricter reading. */
const GOAL_KB = 60;

const employer = '青杭市就近信息技术服务有限责任公司';
const common = { kind: 'licence', language: 'zh-CN', issuedOn: '2026-11-30' } as const;
const verification = {
  url: 'https://zwfw.example.gov.cn/v/SB-2026-990106-00018427?k=7fd31c',
  note: '扫码或登录上述网址核验。',
};

/** Invented: a certificate on plain paper with three years in a table, and a licence on a blank with a long text. */
const documents: Readonly<Record<string, Licence>> = {
  certificate: licenceSchema.parse({
    ...common,
    template: 'social-insurance-certificate',
    serial: 'SB-2026-990106-00018427',
    values: {
      name: '王小明',
      idNumber: '990106199003074210',
      insuredAt: '青杭市龙沙区',
      employer,
      insuredSince: '2019年7月',
      period: '最近三年',
    },
    rows: [2025, 2024, 2023].map((year) => [`${year}-11 至 ${year + 1}-10`, '12个月', '12个月', '12个月', '12个月']),
    issuer: '青杭市社会保险管理服务中心',
    verification,
  }),
  licence: licenceSchema.parse({
    ...common,
    template: 'business-licence',
    serial: '91990106MA0KTEXT16',
    values: {
      name: employer,
      type: '有限责任公司（自然人投资或控股）',
      legalRepresentative: '王小明',
      scope:
        '一般项目：信息系统集成服务；软件开发；自助服务终端的研发、销售、租赁和维护；数据处理和存储支持服务；办公设备销售；技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）。',
      capital: '壹佰万元整',
      establishedOn: '2019年7月1日',
      term: '2019年7月1日至长期',
      address: '青杭市龙沙区就近路88号3幢1201室',
      copyNumber: '1-1',
    },
    issuer: '青杭市龙沙区市场监督管理局',
    verification,
  }),
};

/** From a licence as data to the whole PDF in memory. The first of a process opens the font and is apart. */
export async function benchCertificate(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const [id, document] of Object.entries(documents)) {
    const { tookMs: firstMs, bytes } = await time(document);
    const tookMs: number[] = [];
    for (let run = 0; run < RUNS; run += 1) tookMs.push((await time(document)).tookMs);
    const warm = summary(`${id}-warm`, tookMs);
    const kilobytes = Math.round(bytes / 10) / 100;
    results.push(
      summary(`${id}-first`, [firstMs]),
      { ...warm, goal: GOAL_MS, met: warm.median <= GOAL_MS },
      { id: `${id}-size`, unit: 'kB', median: kilobytes, goal: GOAL_KB, met: kilobytes <= GOAL_KB },
    );
  }
  return results;
}

async function time(document: Licence): Promise<{ tookMs: number; bytes: number }> {
  const startedMs = performance.now();
  const pdf = await renderLicence(document);
  return { tookMs: performance.now() - startedMs, bytes: pdf.length };
}
