let copies = 0;

/**
 * A module of `printers/escpos` as a process that has just started loads it: what it keeps between calls is empty. A test that asks
 * how such a thing is made finds it made otherwise.
 */
export async function anew(name: 'text'): Promise<typeof import('../../printers/escpos/text.ts')>;
export async function anew(name: 'fonts'): Promise<typeof import('../../printers/escpos/fonts.ts')>;
export async function anew(name: string): Promise<unknown> {
  copies += 1;
  const file = `../../printers/escpos/${name}.ts?copy=${copies}`;
  return await import(/* @vite-ignore */ file);
}
