import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { z } from 'zod';
import { ActError } from './acts.ts';
import type { World } from './world.ts';

export interface Desk {
  readonly url: string;
  close(): Promise<void>;
}

const wish = z.strictObject({
  device: z.string().max(60),
  act: z.string().max(60),
  value: z.string().max(8_192).optional(),
});

/**
 * A page beside the terminal with what a hand does in a lobby: lay a card down, refill paper, pull the network. On loopback
 * only, and only ever beside simulated devices.
 */
export async function serveDesk(world: World): Promise<Desk> {
  const server = Fastify({ forceCloseConnections: true });
  server.addHook('onRequest', async (request, reply) => {
    if (!/^127\.0\.0\.1:\d+$/.test(request.headers.host ?? '')) return reply.code(421).send('not that host');
  });
  server.get('/', async (_request, reply) => {
    const page = await readFile(new URL('./desk.html', import.meta.url));
    return reply.type('text/html; charset=utf-8').send(page);
  });
  server.get('/state', async () => ({
    people: world.people.map(({ id, name, birth }) => ({ id, name, birth })),
    acts: world.acts.map(({ device, act, what, values }) => ({ device, act, what, values })),
    receipts: world.receiptPrinter.receipts().length,
    certificates: world.licencePrinter.documents().length,
    platformIsUp: world.platformIsUp,
  }));
  server.post('/act', async (request, reply) => {
    const wanted = wish.safeParse(request.body);
    if (!wanted.success) return reply.code(400).send({ error: z.prettifyError(wanted.error) });
    try {
      const { device, act, value } = wanted.data;
      return { done: await world.perform(device, act, value) };
    } catch (error) {
      if (!(error instanceof ActError)) throw error;
      return reply.code(400).send({ error: error.message });
    }
  });
  server.get('/receipt.png', async (_request, reply) => {
    const paper = await world.receiptPrinter.paperPng();
    return paper ? reply.type('image/png').send(paper) : reply.code(404).send('nothing has been printed');
  });
  server.get('/certificate.pdf', async (_request, reply) => {
    const pdf = world.licencePrinter.documents().at(-1)?.pdf;
    return pdf
      ? reply.type('application/pdf').send(Buffer.from(pdf))
      : reply.code(404).send('nothing has been printed');
  });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => server.close() };
}
