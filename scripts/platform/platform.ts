import Fastify, { type FastifyInstance } from 'fastify';
import type { CatalogueKey } from '../../main/catalogue/signature.ts';
import type { Log } from '../../main/log/log.ts';
import { openApiDocument } from '../openapi/document.ts';
import { documentPage } from '../openapi/page.ts';
import { newSigningKey, type SigningKey } from './catalogue.ts';
import { Faults, faultsBody } from './faults.ts';
import { type GivenAnswer, keepBytes, readJson, speakErrors, tellAnswers } from './http.ts';
import { serveManagementTools } from './management-tools.ts';
import { type Rate, TokenBucket } from './rate.ts';
import { type Inspection, Records } from './records.ts';
import { refuseUnknownRoutes, serveRoutes } from './routes.ts';
import { terminalRoutes } from './terminal-routes.ts';
import { Uploads } from './uploads.ts';

export interface PlatformOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Where to remember; absent: in memory. */
  readonly file?: string;
  /** What terminals must show. */
  readonly token: string;
  readonly log?: Log;
  readonly now?: () => Date;
  /** Deliveries beyond it are told when to come again; absent: there is no limit. */
  readonly rate?: Rate;
  /** With which the stand-in signs catalogues for the city; absent: one made at start. */
  readonly catalogueKey?: SigningKey;
  readonly onAnswer?: (answer: GivenAnswer) => void;
}

export interface RunningPlatform {
  readonly url: string;
  readonly port: number;
  /** As terminals are configured with it. */
  readonly catalogueKey: CatalogueKey;
  inspect(): Inspection;
  close(): Promise<void>;
}

/** The stand-in central platform, on 127.0.0.1 only: its tools ask for no credential. */
export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const { token, now = () => new Date(), catalogueKey = newSigningKey() } = options;
  const bucket = options.rate && new TokenBucket(options.rate, now);
  const records = new Records(options.file);
  const faults = new Faults();
  const closing = new AbortController();
  const server = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  refuseUnknownRoutes(server);
  keepBytes(server);
  speakErrors(server, options.log);
  if (options.onAnswer) tellAnswers(server, options.onAnswer);
  faults.install(server);
  const { file } = options;
  const uploads = new Uploads({ records, faults, now, folder: file === undefined ? undefined : `${file}.uploads` });
  uploads.install(server);
  const routes = terminalRoutes({ records, uploads, now, closing: closing.signal });
  serveRoutes(server, routes, { records, faults, token, bucket });
  serveTools(server, records, faults);
  serveManagementTools(server, records, { key: catalogueKey, now });
  server.addHook('preClose', async () => closing.abort());
  serveDocument(server);
  server.addHook('onClose', async () => records.close());
  const url = await server.listen({ host: '127.0.0.1', port: options.port });
  const port = Number(new URL(url).port);
  return { url, port, catalogueKey: catalogueKey.known, inspect: () => records.inspect(), close: () => server.close() };
}

function serveTools(server: FastifyInstance, records: Records, faults: Faults): void {
  server.get('/v1/inspect', async () => records.inspect());
  server.post('/v1/faults', async (request) => {
    faults.set(readJson(request, faultsBody).faults);
    return {};
  });
}

function serveDocument(server: FastifyInstance): void {
  server.get('/openapi.json', async () => openApiDocument());
  server.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(documentPage()));
}
