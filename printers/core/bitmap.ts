/** One bit a dot, rows of `rowBytes` bytes, most significant bit left, 1 is black. */
export interface Bitmap {
  readonly rowBytes: number;
  readonly rows: number;
  readonly bits: Uint8Array;
}
