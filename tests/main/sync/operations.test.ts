import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Operation, refusalsOf } from '../../../main/sync/operation.ts';
import { operations } from '../../../main/sync/operations.ts';

const table: [string, Operation][] = Object.entries(operations);

test('no two operations are one route', () => {
  const routes = table.map(([, { method, path }]) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  expect(new Set(routes).size).toBe(routes.length);
});

test.each(table)(
  '%s says what stands in its path, succeeds with 2xx or 304, and refuses with 4xx or 5xx',
  (_id, operation) => {
    const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = operation.parts instanceof z.ZodObject ? Object.keys(operation.parts.shape) : [];
    expect(described.sort()).toEqual(named.sort());
    for (const status of Object.keys(operation.successes)) expect(status).toMatch(/^(2\d\d|304)$/);
    const refusals = refusalsOf(operation).map(({ status, code }) => `${status} ${code}`);
    for (const refusal of refusals) expect(refusal).toMatch(/^[45]\d\d [a-z][a-z0-9-]+$/);
    expect(new Set(refusals).size).toBe(refusals.length);
    expect(operation.summary).not.toMatch(/\.$/);
  },
);
