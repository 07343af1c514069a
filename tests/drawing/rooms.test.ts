import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sourceFiles } from '../../scripts/check-layers.ts';
import { arrowsOf } from '../../scripts/drawing/modules.ts';

const readme = readFileSync('main/README.md', 'utf8');
const [, drawing = ''] = /And as it is meant[\s\S]+?```mermaid\n([\s\S]+?)```/.exec(readme) ?? [];
/** From the top down. */
const rooms = [...drawing.matchAll(/^ {2}\w+\["(.+)"\]$/gm)].map(([, modules = '']) => modules.split(' · '));
const floorOf = (module: string): number => rooms.findIndex((room) => room.includes(module));
const arrows = arrowsOf(sourceFiles('.'));

test('every module has its room, and each room’s modules are there', () => {
  const modules = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].sort();
  expect(rooms.flat().sort()).toEqual(modules);
});

test('no module knows of one in a room above its own', () => {
  const upwards = arrows.filter(({ from, to }) => floorOf(to) < floorOf(from)).map(({ from, to }) => `${from} → ${to}`);
  expect(arrows.length).toBeGreaterThan(50);
  expect(upwards).toEqual([]);
});

const folders = [...new Set(arrows.map(({ from }) => from))].filter((from) => from.startsWith('main/'));

test.each(folders)('the README of %s says all that it imports', (folder) => {
  const [, said = ''] = /\nMay import: ([\s\S]+?)\n(\n|$)/.exec(readFileSync(`${folder}/README.md`, 'utf8')) ?? [];
  expect(said, 'a paragraph that begins with "May import:"').not.toBe('');
  const imported = arrows.filter(({ from }) => from === folder).map(({ to }) => to);
  expect(imported.filter((module) => !isSaid(module, said))).toEqual([]);
});

/** By its name, or in a sentence about many. */
function isSaid(module: string, said: string): boolean {
  if (said.includes(module) || /anything but/.test(said)) return true;
  return module.startsWith('main/') && /the other folders of main/.test(said);
}
