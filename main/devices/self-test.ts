import type { BarcodeScanner } from '../../drivers/barcode-scanner/contract.ts';
import type { Cabinet, LightPlace } from '../../drivers/cabinet/contract.ts';
import { DeviceError, type DeviceFacts, sleep } from '../../drivers/core/index.ts';
import type { ReceiptPrinter } from '../../printers/core/contract.ts';
import type { Receipt } from '../../printers/document/document.ts';
import type { DeviceSlot } from './slot.ts';

/** What a technician is told after trying a device out. */
export interface TestReport {
  readonly passed: boolean;
  /** In a few words, for people. */
  readonly did: string;
  readonly facts: DeviceFacts;
}

/** What is done beyond asking, and what came of it. */
type Trial = (signal: AbortSignal) => Promise<Pick<TestReport, 'passed' | 'did'>>;

const LIT_MS = 700;
const SCAN_MS = 15_000;

/**
 * What can be tried without using up anything that is counted: a receipt printer prints a slip, a cabinet shows its lights one
 * by one, a scanner waits for a code. A licence printer is only asked, as its sheets are numbered, and no lock is opened.
 */
export function trialOf({
  receiptPrinter,
  cabinet,
  barcodeScanner,
}: {
  readonly receiptPrinter: ReceiptPrinter | undefined;
  readonly cabinet: Cabinet | undefined;
  readonly barcodeScanner: BarcodeScanner | undefined;
}): Trial | undefined {
  if (receiptPrinter) return (signal) => printSlip(receiptPrinter, signal);
  if (cabinet) return (signal) => showLights(cabinet, signal);
  if (barcodeScanner) return (signal) => scanOne(barcodeScanner, signal);
  return undefined;
}

/** Asks the device who and how it is, then tries it out. Rejects with a DeviceError where it does not answer. */
export async function testDevice(
  slot: Pick<DeviceSlot, 'check'>,
  trial: Trial | undefined,
  signal: AbortSignal,
): Promise<TestReport> {
  const facts = await slot.check(signal);
  if (!trial) return { passed: true, did: 'asked it who and how it is', facts };
  return { ...(await trial(signal)), facts };
}

async function printSlip(printer: ReceiptPrinter, signal: AbortSignal): ReturnType<Trial> {
  const outcome = await printer.print(testReceipt(new Date()), signal);
  if (outcome.outcome === 'printed') return { passed: true, did: 'printed a test slip' };
  return { passed: false, did: `a test slip was ${outcome.outcome}: ${outcome.code}, ${outcome.detail}` };
}

async function showLights(cabinet: Cabinet, signal: AbortSignal): ReturnType<Trial> {
  const fitted = Object.entries(cabinet.status.value.lights).flatMap(([place, rate]) =>
    rate === 'not-supported' ? [] : [place as LightPlace],
  );
  for (const place of fitted) {
    await cabinet.setLight(place, 'continuous', signal);
    await sleep(LIT_MS, signal);
    await cabinet.setLight(place, 'off', signal);
  }
  return { passed: true, did: `lit one after the other: ${fitted.join(', ') || 'no light is fitted'}` };
}

/** What the code says may be somebody's: its length is told, and nothing else. */
async function scanOne(scanner: BarcodeScanner, signal: AbortSignal): ReturnType<Trial> {
  const enough = new AbortController();
  const onAbort = (): void => enough.abort(signal.reason);
  const timer = setTimeout(() => enough.abort(new DeviceError('no-media', 'no code was presented')), SCAN_MS);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { bytes, symbology = 'unknown' } = await scanner.scan(enough.signal);
    return { passed: true, did: `read a code of ${bytes.length} bytes, symbology ${symbology}` };
  } catch (error) {
    signal.throwIfAborted();
    return { passed: false, did: `waited ${SCAN_MS / 1_000} s for a code: ${DeviceError.from(error).message}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Shows at a glance whether head, cutter, Chinese font and QR code are well. */
function testReceipt(at: Date): Receipt {
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
