import type { DeviceFacts } from '../../drivers/core/index.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { Receipt } from '../../printers/document/document.ts';
import type { DeviceSlot } from './slot.ts';

/** What a technician is told after trying a device out. */
export interface TestReport {
  readonly passed: boolean;
  /** In a few words, for people. */
  readonly did: string;
  readonly facts: DeviceFacts;
}

/** What the test of a class does to the world beyond asking; the outcome is the printer's own. */
export type Trials = Readonly<Record<string, (signal: AbortSignal) => Promise<PrintOutcome>>>;

/**
 * Tries a device out: asks it who and how it is, and has it do what its class does where that costs nothing that is counted.
 * A licence printer is only asked, as its sheets are numbered. Rejects with a DeviceError where the device does not answer.
 */
export async function testDevice(
  slot: Pick<DeviceSlot, 'deviceClass' | 'check'>,
  signal: AbortSignal,
  trials: Trials,
): Promise<TestReport> {
  const facts = await slot.check(signal);
  const trial = trials[slot.deviceClass];
  if (!trial) return { passed: true, did: 'asked it who and how it is', facts };
  const outcome = await trial(signal);
  if (outcome.outcome === 'printed') return { passed: true, did: 'printed a test slip', facts };
  return { passed: false, did: `a test slip was ${outcome.outcome}: ${outcome.code}, ${outcome.detail}`, facts };
}

/** Shows at a glance whether head, cutter, Chinese font and QR code are well. */
export function testReceipt(at: Date): Receipt {
  return {
    kind: 'receipt',
    language: 'zh-CN',
    blocks: [
      { type: 'title', text: '打印测试' },
      { type: 'subtitle', text: 'Test slip' },
      { type: 'rule' },
      { type: 'text', text: '永字八法 天地玄黄 宇宙洪荒 0123456789', align: 'center' },
      { type: 'text', text: 'The quick brown fox jumps over the lazy dog.', align: 'center' },
      { type: 'number', text: 'A018' },
      { type: 'fields', rows: [{ label: '打印时间', value: `${at.toISOString().slice(0, 19)}Z` }] },
      { type: 'qr', data: 'https://zwfw.example/test', caption: '能扫出来，打印头就是好的' },
    ],
  };
}
