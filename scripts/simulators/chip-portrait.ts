/**
 * The 1,024 portrait bytes of a simulated chip: the head that real ones begin with, and
 * instead of a picture the name of one, which `portrait-decoder.ts` can open. No decoder of real portraits is public.
 */
const HEAD = Buffer.from('574C66007E00320000FF', 'hex');
const WLT_BYTES = 1_024;

export function portraitOnChip(name: string): Uint8Array {
  const bytes = Buffer.alloc(WLT_BYTES, 0x20);
  HEAD.copy(bytes);
  bytes.write(name, HEAD.length, 'ascii');
  return bytes;
}

/** The name, or `undefined` where the bytes are none of ours. */
export function nameOnChip(bytes: Uint8Array): string | undefined {
  const chip = Buffer.from(bytes);
  if (chip.length !== WLT_BYTES || !chip.subarray(0, HEAD.length).equals(HEAD)) return undefined;
  const name = chip.toString('ascii', HEAD.length).trimEnd();
  return /^[a-z]{1,20}$/.test(name) ? name : undefined;
}
