let copies = 0;

/**
 * `printers/escpos/text.ts` as a process that has just started loads it. It makes its table once, so that a test that asks how would find
 * it made already.
 */
export async function textAnew(): Promise<typeof import('../../printers/escpos/text.ts')> {
  copies += 1;
  const file = `../../printers/escpos/text.ts?copy=${copies}`;
  return await import(/* @vite-ignore */ file);
}
