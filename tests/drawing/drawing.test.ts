import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withDrawing } from '../../scripts/drawing/drawing.ts';
import { arrowsOf, mermaid, moduleOf, reduced } from '../../scripts/drawing/modules.ts';

test('the drawing in main/README.md is of the code as it is (npm run drawing makes it anew)', () => {
  const readme = readFileSync('main/README.md', 'utf8');
  expect(readme).toBe(withDrawing(readme, '.'));
});

test('a text without a place for the drawing is refused', () => {
  expect(() => withDrawing('# main', '.')).toThrow('no place');
});

test.each([
  ['main/outbox/outbox.ts', 'main/outbox'],
  ['main/shell/electron/main.ts', 'main/shell'],
  ['main/compose.ts', undefined],
  ['drivers/core/index.ts', 'drivers/core'],
  ['drivers/camera/contract.ts', 'drivers/*/contract'],
  ['drivers/camera/x/driver.ts', 'drivers/*/*'],
  ['drivers/catalog.ts', undefined],
  ['printers/escpos/paper.ts', 'printers/escpos'],
  ['models/face/engine.ts', 'models/face'],
  ['renderer/screens/home.tsx', 'renderer'],
  ['scripts/demo/main.ts', undefined],
  ['vitest.config.ts', undefined],
])('%s belongs to %s', (path, module) => {
  expect(moduleOf(path)).toBe(module);
});

test('an arrow is drawn once, and not where a longer way says the same', () => {
  const arrows = arrowsOf([
    { path: 'main/session/a.ts', text: "import '../outbox/b.ts'; import '../storage/c.ts'; import './d.ts';" },
    { path: 'main/session/d.ts', text: "import '../outbox/b.ts'; import { z } from 'zod';" },
    { path: 'main/outbox/b.ts', text: "export * from '../storage/c.ts';" },
    { path: 'main/compose.ts', text: "import './session/a.ts';" },
  ]);
  expect(arrows).toEqual([
    { from: 'main/outbox', to: 'main/storage' },
    { from: 'main/session', to: 'main/outbox' },
    { from: 'main/session', to: 'main/storage' },
  ]);
  expect(reduced(arrows)).toEqual([arrows[0], arrows[1]]);
  expect(mermaid(reduced(arrows))).toContain('main_session --> main_outbox');
});
