import type { Item } from './sheet.ts';

/** What is never split over two pages: a line of text, a row of a table. */
export interface Block {
  readonly height: number;
  /** White above, unless the block starts a page. */
  readonly gapAbove: number;
  /** The next block goes on the same page. */
  readonly keepWithNext: boolean;
  /** Drawn again above this block where it starts a page: a table's head above its rows. */
  readonly repeatedHead?: Block;
  draw(top: number): Item[];
}

export interface PageArea {
  readonly firstTop: number;
  readonly laterTop: number;
  readonly bottom: number;
  /** What the last page keeps free at its foot. */
  readonly closingHeight: number;
}

/**
 * Distributes blocks over pages, at least one. The last block always shares its page with the closing (seal and date), so
 * that no seal stands on an otherwise empty sheet, which anyone could fill in.
 */
export function paginate(blocks: readonly Block[], area: PageArea): Item[][] {
  const pages: Item[][] = [[]];
  let y = area.firstTop;
  let atPageTop = false; // the first page begins with the title
  const groups = keepTogether(blocks);
  for (const [index, group] of groups.entries()) {
    const last = index === groups.length - 1;
    const limit = area.bottom - (last ? area.closingHeight : 0);
    const needed = group.reduce((sum, block) => sum + block.gapAbove + block.height, 0);
    if (y + needed > limit && !atPageTop) {
      pages.push([]);
      y = area.laterTop;
      atPageTop = true;
    }
    const page = pages[pages.length - 1]!;
    for (const block of group) {
      const head = atPageTop ? block.repeatedHead : undefined;
      for (const each of head ? [head, block] : [block]) {
        y += atPageTop ? 0 : each.gapAbove;
        page.push(...each.draw(y));
        y += each.height;
        atPageTop = false;
      }
    }
  }
  return pages;
}

function keepTogether(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = [];
  let open = false;
  for (const block of blocks) {
    if (open) groups.at(-1)?.push(block);
    else groups.push([block]);
    open = block.keepWithNext;
  }
  return groups;
}
