import { sourceFiles } from '../check-layers.ts';
import { arrowsOf, mermaid, reduced } from './modules.ts';

const BEGIN = '<!-- the modules as the code has them: npm run drawing -->';
const END = '<!-- end of the drawing -->';

/** `text` with the drawing of the repository at `root` between its two marks. Throws where it has no place for one. */
export function withDrawing(text: string, root: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`There is no place for the drawing: ${BEGIN} … ${END}`);
  const drawing = mermaid(reduced(arrowsOf(sourceFiles(root))));
  return `${text.slice(0, from)}${BEGIN}\n\n\`\`\`mermaid\n${drawing}\n\`\`\`\n\n${text.slice(to)}`;
}
