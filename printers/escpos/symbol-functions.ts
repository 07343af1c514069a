import type { QrLevel } from '../document/qr-matrix.ts';
import type { PrintState } from './print-state.ts';

/** What a function of `GS ( k` leaves to be done. */
export type SymbolAsked = 'nothing' | 'print-qr' | 'print-pdf417' | 'unknown';

/** `GS ( k` with symbol `family` and function `fn`, Epson's numbers: settings and data go to the state, until one prints. */
export function applySymbolFunction(state: PrintState, family: number, fn: number, p: Uint8Array): SymbolAsked {
  if (family === 0x31) return applyQr(state, fn, p);
  if (family === 0x30) return applyPdf417(state, fn, p);
  return 'unknown';
}

function applyQr({ qr }: PrintState, fn: number, p: Uint8Array): SymbolAsked {
  const [first = 0] = p;
  switch (fn) {
    case 0x41: // model: micro QR and model 1 are drawn as model 2
    case 0x52: // asks for the size
      return 'nothing';
    case 0x43:
      qr.moduleDots = Math.min(16, Math.max(1, p[0] ?? 3));
      return 'nothing';
    case 0x45:
      qr.level = (['L', 'M', 'Q', 'H'] satisfies QrLevel[])[first % 48] ?? 'L';
      return 'nothing';
    case 0x50:
      qr.data = p.slice(1);
      return 'nothing';
    case 0x51:
      return 'print-qr';
    default:
      return 'unknown';
  }
}

function applyPdf417({ pdf417 }: PrintState, fn: number, p: Uint8Array): SymbolAsked {
  const [first = 0, second = 0] = p;
  switch (fn) {
    case 0x41:
      pdf417.options = { ...pdf417.options, columns: Math.min(30, first) };
      return 'nothing';
    case 0x42:
      pdf417.options = { ...pdf417.options, rows: Math.min(90, first) };
      return 'nothing';
    case 0x43:
      pdf417.moduleDots = Math.min(8, Math.max(1, first));
      return 'nothing';
    case 0x44:
      pdf417.rowModules = Math.min(8, Math.max(2, first));
      return 'nothing';
    case 0x45: // 30h: a level follows; 31h: a share of the data, which is left to the encoder
      pdf417.options = { ...pdf417.options, level: first === 0x30 ? Math.min(8, second % 48) : undefined };
      return 'nothing';
    case 0x46:
      pdf417.options = { ...pdf417.options, truncated: first === 1 };
      return 'nothing';
    case 0x50:
      pdf417.data = Buffer.from(p.subarray(1)).toString('latin1');
      return 'nothing';
    case 0x51:
      return 'print-pdf417';
    case 0x52:
      return 'nothing';
    default:
      return 'unknown';
  }
}
