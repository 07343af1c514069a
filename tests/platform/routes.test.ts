import Fastify from 'fastify';
import { expect, test } from 'vitest';
import type { Operation } from '../../main/sync/operation.ts';
import { operations } from '../../main/sync/operations.ts';
import { refuseUnknownRoutes } from '../../scripts/platform/routes.ts';
import { standInPlatform } from '../support/stand-in-platform.ts';

const table: [string, Operation][] = Object.entries(operations);

test.each(table)('the stand-in serves %s, and asks for what the table says', async (_id, operation) => {
  const { url, token } = await standInPlatform();
  const { method, path, credential } = operation;
  const address = url + path.replace(/\{\w+\}/g, 'x');
  const ask = async (headers: Record<string, string>) =>
    (await fetch(address, { method, headers: { 'terminal-id': 'T-0001', ...headers } })).status;
  const stranger = await ask({});
  const known = await ask({ authorization: `Bearer ${token}` });
  if (credential === 'terminal') expect(stranger).toBe(401);
  else expect(stranger).toBe(known);
  // Here an address that nobody serves says 404 to everybody.
  expect(stranger).not.toBe(404);
  expect(known).not.toBe(401);
});

test('a route that is not in the table stops the platform from starting', () => {
  const server = Fastify();
  refuseUnknownRoutes(server);
  const serve = (method: string, url: string) => () => server.route({ method, url, handler: async () => ({}) });
  expect(serve('GET', '/v1/secret')).toThrow('GET /v1/secret is not in main/sync/operations.ts');
  expect(serve('DELETE', '/v1/cases')).toThrow('DELETE /v1/cases is not in');
  expect(serve('POST', '/v1/cases')).not.toThrow();
  expect(serve('GET', '/v1/health')).not.toThrow();
});
