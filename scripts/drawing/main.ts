import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { withDrawing } from './drawing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = `${root}main/README.md`;
await writeFile(readme, withDrawing(await readFile(readme, 'utf8'), root));
console.log('The modules and their arrows are drawn in main/README.md.');
