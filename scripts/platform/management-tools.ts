import type { FastifyInstance } from 'fastify';
import { catalogueTool, type SigningKey, signCatalogue } from './catalogue.ts';
import { commandTool } from './commands.ts';
import { desiredTool } from './documents.ts';
import { readJson } from './http.ts';
import type { Records } from './records.ts';

/** What an operator does at the platform, for whoever stands in for one. */
export function serveManagementTools(
  server: FastifyInstance,
  { documents, commands, catalogues }: Records,
  { key, now }: { readonly key: SigningKey; readonly now: () => Date },
): void {
  server.post('/v1/tools/desired', async (request) => {
    documents.setDesired(readJson(request, desiredTool));
    return {};
  });
  server.post('/v1/tools/commands', async (request) => ({ id: commands.add(readJson(request, commandTool), now()) }));
  server.post('/v1/tools/catalogue', async (request) => {
    const wanted = readJson(request, catalogueTool);
    catalogues.publish(wanted.version, signCatalogue(wanted, key, now()));
    return {};
  });
}
