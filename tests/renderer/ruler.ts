/**
 * What a ruler on the glass would find. Runs inside the page, so it is a script of its own: types stripped, no imports.
 * Every list names offenders and is empty where all is well.
 */
declare const axe: {
  run(
    of: Document,
    options: { resultTypes: ['violations'] },
  ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
};

function rule(): Record<string, string[]> {
  const name = (element: Element): string => `${element.className} "${element.textContent?.slice(0, 24)}"`;
  const seen = (element: Element): boolean =>
    !element.closest('.visually-hidden, [inert]') && element.checkVisibility();
  const all = (selector: string): Element[] => [...document.querySelectorAll(selector)].filter(seen);
  const pressable = all('button, label:has(input), input:not([type="radio"])');
  const isSmall = ({ width, height }: DOMRect): boolean => width < 60 || height < 60;
  const isCut = ({ left, right, bottom }: DOMRect): boolean =>
    left < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5;
  const chinese = all(':lang(zh-CN) :is(h1, h2, p, dt, dd, span)')
    .map((element): [string[], string] => [linesOf(element), name(element)])
    .filter(([lines]) => lines.length > 1);
  return {
    wide: all('body *:not(svg, svg *, video)')
      .filter(({ clientWidth, scrollWidth }) => clientWidth > 1 && scrollWidth > clientWidth + 1)
      .map(name),
    tall: all('.page__main, .page__question, .page__thing, .panel, .bar, .attract__main')
      // The font's ascenders reach some pixels beyond a tight last line; a line too many is 40 and more.
      .filter(({ clientHeight, scrollHeight }) => scrollHeight > clientHeight + 20)
      .map(name),
    small: pressable.filter((element) => isSmall(element.getBoundingClientRect())).map(name),
    cut: pressable
      .filter((element) => !element.closest('.scroll__area') && isCut(element.getBoundingClientRect()))
      .map(name),
    scrolled: all(
      '.scroll:not(.scroll--fits) :is(.asked, .paper__seen, .paper .notice, .rating__stars, .services--few)',
    ).map(name),
    orphaned: chinese
      .filter(([lines]) => /^[\p{P}\s]*\p{L}?[\p{P}\s]*$/u.test(lines.at(-1) ?? ''))
      .map(([, text]) => text),
    broken: chinese
      .filter(([lines]) => /\p{Script=Han}\n\p{Script=Han}/u.test(lines.join('\n')))
      .map(([lines]) => lines.join(' / ')),
    tiny: all('p, span, button, h1, h2, dt, dd, label, time')
      .filter((element) => element.textContent && Number.parseFloat(getComputedStyle(element).fontSize) < 28)
      .map(name),
  };
}

/** The lines that an element's own text is broken into. */
function linesOf(element: Element): string[] {
  const lines: { text: string; bottom: number }[] = [];
  const range = document.createRange();
  for (const node of element.childNodes) {
    if (!(node instanceof Text)) continue;
    for (let at = 0; at < node.length; at += 1) {
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const { bottom, height } = range.getBoundingClientRect();
      const line = lines.at(-1);
      if (line && bottom < line.bottom + height / 2) line.text += node.data[at];
      else lines.push({ text: node.data[at] ?? '', bottom });
    }
  }
  return lines.map(({ text }) => text);
}

async function violations(): Promise<string[]> {
  // Every rule is tried; what passed is counted and not described, which takes a quarter of the time.
  const result = await axe.run(document, { resultTypes: ['violations'] });
  return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** Two frames: one to draw the view, one for what measures the drawing; and the fonts that its words need. */
async function settle(): Promise<void> {
  await new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
  await document.fonts.ready;
}

/** Where the highest thing that a finger has to reach begins, as a share of the glass from the top. */
function highestTarget(): number {
  const tops = [...document.querySelectorAll('button, label:has(input)')].map(
    (element) => element.getBoundingClientRect().top,
  );
  return Math.min(innerHeight, ...tops) / innerHeight;
}

Object.assign(window, { ruler: { rule, violations, settle, highestTarget } });
