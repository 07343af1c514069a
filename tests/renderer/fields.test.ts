import { expect, test } from 'vitest';
import { cameraStateOf, detectCamera } from '../../renderer/camera/detect.ts';
import { grouped } from '../../renderer/components/fields/digits-field.tsx';
import { answersWouldBeLost } from '../../renderer/components/leave-dialog.tsx';
import { views } from './fixtures.ts';

test('digits stand in the groups of the paper they are read from, complete or not', () => {
  expect(grouped('13900001234', [3, 4, 4])).toBe('139 0000 1234');
  expect(grouped('1390', [3, 4, 4])).toBe('139 0');
  expect(grouped('139000012345', [3, 4, 4])).toBe('139 0000 1234 5');
  expect(grouped('12345')).toBe('12345');
  expect(grouped('', [3, 4])).toBe('');
});

test('leaving is asked about once something would be lost, and not on the last page', () => {
  expect(answersWouldBeLost(views['identify-waiting'])).toBe(false);
  expect(answersWouldBeLost(views['form-choice'])).toBe(true);
  expect(answersWouldBeLost(views.services)).toBe(false);
  expect(answersWouldBeLost(views['result-delivered'])).toBe(false);
});

test.each([
  ['NotAllowedError', 'denied'],
  ['NotFoundError', 'missing'],
  ['OverconstrainedError', 'missing'],
  ['NotReadableError', 'failed'],
  ['AbortError', 'failed'],
])('a camera that fails with %s is reported as %s', (name, state) => {
  expect(cameraStateOf(new DOMException('', name))).toBe(state);
});

test('a browser that offers no cameras at all has a missing one', async () => {
  expect(await detectCamera(undefined)).toBe('missing');
});
