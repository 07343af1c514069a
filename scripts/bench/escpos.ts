import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';
import { type Receipt, receipt } from '../../printers/document/document.ts';
import { chunks, receiptCommands } from '../../printers/escpos/job.ts';
import { layoutReceipt } from '../../printers/escpos/layout.ts';
import { loadProfile } from '../../printers/escpos/profile.ts';
import { columnsOf } from '../../printers/escpos/text.ts';
import { type BenchResult, summary } from './result.ts';

const ROUNDS = 60;
/** One receipt takes a fraction of a millisecond: a sample is the mean of so many. */
const RECEIPTS_PER_SAMPLE = 20;
const WARM_UP = 600;
const LINES = 40;
const PIECE_BYTES = 480;
/** "At least 10x faster." */
const GOAL = 10;
const PROGRESS_URL = 'https://zwfw.example.gov.cn/case?id=SB20260302-0417';

/**
 * From a receipt as data to the bytes of its job, layout included: 40 lines of Chinese and a QR code by us, against 40 lines of
 * ASCII, each as wide as ours, and the same QR code by another encoder. The two take turns, as these machines are noisy, and
 * the ratio is the median of the rounds'.
 */
export async function benchEscpos(): Promise<BenchResult[]> {
  const profile = loadProfile('generic-80');
  const chinese = chineseReceipt();
  const widths = layoutReceipt(chinese, profile).flatMap((line) =>
    line.type === 'text' ? [columnsOf(line.text) * line.width] : [],
  );
  if (widths.length !== LINES) throw new Error(`The receipt has ${widths.length} lines, not ${LINES}`);
  const ascii = widths.map((columns) => 'Basic pension insurance, registration of a resident'.slice(0, columns));
  const ours = (): unknown => chunks(receiptCommands(chinese, profile), PIECE_BYTES);
  const peer = (): unknown => otherEncoder(ascii, profile.columns);
  for (const encode of [ours, peer]) timeMs(encode, WARM_UP);
  const [oursMs, peerMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    oursMs.push(timeMs(ours, RECEIPTS_PER_SAMPLE));
    peerMs.push(timeMs(peer, RECEIPTS_PER_SAMPLE));
  }
  const [chineseMs, asciiMs] = [summary('receipt-of-40-lines', oursMs), summary('receipt-printer-encoder', peerMs)];
  const ratio = Math.round(median(peerMs.map((ms, round) => ms / oursMs[round]!)) * 100) / 100;
  return [
    { ...chineseMs, peer: { id: asciiMs.id, median: asciiMs.median }, ratio },
    asciiMs,
    { id: 'times-faster', unit: '×', median: ratio, goal: GOAL, met: ratio >= GOAL },
  ];
}

/** Milliseconds a call. */
function timeMs(encode: () => unknown, times: number): number {
  const startedMs = performance.now();
  for (let time = 0; time < times; time += 1) encode();
  return (performance.now() - startedMs) / times;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}

function otherEncoder(lines: readonly string[], columns: number): Uint8Array {
  const encoder = new ReceiptPrinterEncoder({ language: 'esc-pos', columns });
  encoder.initialize();
  for (const line of lines) encoder.line(line);
  return encoder.qrcode(PROGRESS_URL).cut('partial').encode();
}

/** What a resident takes home after an application with many answers; the person is invented. */
function chineseReceipt(): Receipt {
  const answers = Array.from({ length: 11 }, (_, at) => ({
    label: `申报材料${at + 1}`,
    value: '居民户口簿首页及本人页复印件，已核对原件',
  }));
  return receipt.parse({
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'subtitle', text: '江南市政务服务中心' },
      { type: 'title', text: '办件受理凭证' },
      { type: 'rule' },
      { type: 'number', text: 'SB20260302-0417' },
      { type: 'rule' },
      {
        type: 'fields',
        rows: [
          { label: '事项名称', value: '城乡居民基本养老保险参保登记（首次参保）' },
          { label: '申请人', value: '张三' },
          { label: '受理时间', value: '2026-03-02 16:30' },
          { label: '承诺办结', value: '5 个工作日' },
          ...answers,
        ],
      },
      { type: 'rule' },
      { type: 'text', strong: true, text: '请妥善保管本凭证，凭受理编号可在任意一台“就近”自助终端查询或补打。' },
      ...Array.from({ length: 2 }, () => ({
        type: 'text',
        text: '办理结果将以短信通知；逾期未收到的，请携带本凭证和有效身份证件到综合受理窗口咨询，或者拨打服务热线。',
      })),
      { type: 'qr', data: PROGRESS_URL, caption: '扫码查看办理进度' },
      { type: 'text', align: 'center', text: '服务热线 0512-12345' },
    ],
  });
}
