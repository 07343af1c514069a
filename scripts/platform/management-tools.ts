import type { FastifyInstance } from 'fastify';
import { commandTool } from './commands.ts';
import { desiredTool } from './documents.ts';
import { readJson } from './http.ts';
import type { Records } from './records.ts';

/** What an operator does at the platform, for whoever stands in for one. */
export function serveManagementTools(server: FastifyInstance, { documents, commands }: Records, now: () => Date): void {
  server.post('/v1/tools/desired', async (request) => {
    documents.setDesired(readJson(request, desiredTool));
    return {};
  });
  server.post('/v1/tools/commands', async (request) => ({ id: commands.add(readJson(request, commandTool), now()) }));
}
