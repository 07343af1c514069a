import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import { z } from 'zod';
import type { World } from './world.ts';

export interface Desk {
  readonly url: string;
  close(): Promise<void>;
}

const act = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('place-card'), person: z.string().max(20) }),
  z.strictObject({ act: z.literal('remove-card') }),
  z.strictObject({ act: z.literal('receipt-paper'), paper: z.enum(['full', 'low', 'out']) }),
  z.strictObject({ act: z.literal('receipt-cover'), open: z.boolean() }),
  z.strictObject({ act: z.literal('licence-paper'), sheets: z.number().int().min(0).max(500) }),
  z.strictObject({ act: z.literal('platform'), up: z.boolean() }),
]);

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
    receipts: world.receiptPrinter.receipts().length,
    certificates: world.licencePrinter.documents().length,
    platformIsUp: world.platformIsUp,
  }));
  server.post('/act', async (request, reply) => {
    const wanted = act.safeParse(request.body);
    if (!wanted.success) return reply.code(400).send({ error: z.prettifyError(wanted.error) });
    await perform(world, wanted.data);
    return { done: true };
  });
  server.get('/receipt.png', async (_request, reply) => {
    const paper = world.receiptPrinter.paperPng();
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

async function perform(world: World, wanted: z.infer<typeof act>): Promise<void> {
  switch (wanted.act) {
    case 'place-card':
      return world.placeCard(wanted.person);
    case 'remove-card':
      return world.reader.removeCard();
    case 'receipt-paper':
      return world.receiptPrinter.set({ paper: wanted.paper });
    case 'receipt-cover':
      return world.receiptPrinter.set({ coverOpen: wanted.open });
    case 'licence-paper':
      world.licencePrinter.sheets = wanted.sheets;
      return;
    case 'platform':
      return wanted.up ? await world.startPlatform() : await world.stopPlatform();
  }
}
