import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { Metadata, Server } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { uploadOperations } from '../../main/sync/upload-operations.ts';
import type { Faults } from './faults.ts';
import { Refusal } from './http.ts';
import type { WantedMaterial } from './materials.ts';
import type { Records } from './records.ts';
import { type Route, route } from './routes.ts';

export interface UploadsOptions {
  readonly records: Records;
  readonly faults: Faults;
  readonly now: () => Date;
  /** Where papers are kept; absent: in a folder that is gone afterwards. */
  readonly folder: string | undefined;
}

const PATH = uploadOperations.createUpload.path;
const CHECKSUM_MISMATCH = 460;
/** The library's refusals are sentences; by status, the platform's words for them. */
const codes: Readonly<Record<number, string>> = {
  404: 'upload-unknown',
  409: 'other-offset',
  410: 'upload-gone',
  413: 'too-large',
  423: 'locked',
  [CHECKSUM_MISMATCH]: 'checksum-mismatch',
};

/** Papers by tus 1.0.0: one upload per material, under its own id, so that an upload begun twice is the same one. */
export class Uploads {
  readonly #options: UploadsOptions;
  #opened: { readonly store: FileStore; readonly tus: Server; readonly folder: string } | undefined;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Lets parts through as they come: the library reads them. */
  install(server: FastifyInstance): void {
    const { bodyType } = uploadOperations.sendPart;
    server.addContentTypeParser(bodyType, (_request, stream, done) => done(null, stream));
    server.addHook('onClose', async () => {
      if (this.#opened && this.#options.folder === undefined)
        rmSync(this.#opened.folder, { recursive: true, force: true });
    });
  }

  routes(): Readonly<Record<keyof typeof uploadOperations, Route>> {
    return {
      createUpload: route(uploadOperations.createUpload, async ({ terminalId, headers, request, reply }) => {
        const { materialId, sizeBytes } = this.#wanted(terminalId, materialOf(headers['upload-metadata']));
        if (headers['upload-length'] !== String(sizeBytes)) {
          throw new Refusal(422, 'other-size', 'the case has named another size');
        }
        // Its first answer was lost.
        if (await this.#isThere(materialId)) return { status: 201, headers: { location: `${PATH}/${materialId}` } };
        await this.#pass(request, reply);
        return undefined;
      }),
      findUpload: route(uploadOperations.findUpload, async (call) => this.#go(call)),
      sendPart: route(uploadOperations.sendPart, async (call) => this.#go(call)),
      findMaterial: route(uploadOperations.findMaterial, async ({ terminalId, parts }) => {
        const { materialId, sizeBytes, sha256, receivedAt } = await this.#received(terminalId, parts.materialId);
        if (receivedAt === null) throw new Refusal(404, 'material-unknown', 'it has not arrived whole');
        return { status: 200, body: { materialId, sizeBytes, sha256, receivedAt } };
      }),
    };
  }

  async #go(call: {
    readonly terminalId: string;
    readonly parts: { readonly materialId: string };
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
  }): Promise<undefined> {
    this.#wanted(call.terminalId, call.parts.materialId);
    await this.#pass(call.request, call.reply);
  }

  /** Made for the first paper: most platforms of a test see none. */
  get #library(): { readonly store: FileStore; readonly tus: Server } {
    if (this.#opened) return this.#opened;
    const folder = this.#options.folder ?? mkdtempSync(join(tmpdir(), 'jiujin-uploads-'));
    mkdirSync(folder, { recursive: true });
    const store = new FileStore({ directory: folder });
    const tus = new Server({
      path: PATH,
      relativeLocation: true,
      datastore: store,
      namingFunction: (_request, metadata) => String(metadata?.['materialId']),
      onUploadFinish: async (_request, { id }) => {
        if (await this.#conclude(id)) return {};
        throw { status_code: CHECKSUM_MISMATCH, body: 'what arrived is not what the case has named' };
      },
    });
    this.#opened = { store, tus, folder };
    return this.#opened;
  }

  #wanted(terminalId: string, materialId: string): WantedMaterial {
    const { records } = this.#options;
    const material = records.materials.find(terminalId, materialId);
    if (material) return material;
    records.addFinding('out-of-order', 'material');
    throw new Refusal(409, 'case-unknown', 'the case that names this material has not arrived');
  }

  /** A stop between the last byte and its check is made good by whoever asks. */
  async #received(terminalId: string, materialId: string): Promise<WantedMaterial> {
    const material = this.#wanted(terminalId, materialId);
    if (material.receivedAt !== null) return material;
    const upload = await this.#library.store.getUpload(materialId).catch(() => undefined);
    if (upload?.offset !== material.sizeBytes) return material;
    await this.#conclude(materialId);
    return this.#wanted(terminalId, materialId);
  }

  async #isThere(materialId: string): Promise<boolean> {
    return await this.#library.store.getUpload(materialId).then(
      () => true,
      () => false,
    );
  }

  /** Whether what has arrived is what the case has named; if not, it is gone. */
  async #conclude(materialId: string): Promise<boolean> {
    const { records, now } = this.#options;
    const hash = createHash('sha256');
    await pipeline(this.#library.store.read(materialId), hash);
    const isRight = records.materials.hasHash(materialId, hash.digest('hex'));
    records.materials.conclude(materialId, isRight, now().toISOString());
    if (!isRight) await this.#library.store.remove(materialId);
    return isRight;
  }

  /** Through the library and back through this server, so that faults meet uploads as they meet everything else. */
  async #pass(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
    const { method, raw } = request;
    const body = method === 'PATCH' && { body: this.#options.faults.cut(request, raw), duplex: 'half' as const };
    const init = { method, headers, ...body };
    const response = await this.#library.tus.handleWeb(new Request(`http://127.0.0.1${request.url}`, init));
    const { status } = response;
    if (status >= 400) {
      reply.header('connection', 'close'); // what is left of the part is not read
      throw new Refusal(status, codes[status] ?? (status < 500 ? 'bad-request' : 'internal'), await response.text());
    }
    for (const [name, value] of response.headers) {
      if (name !== 'content-length' && name !== 'content-type') reply.header(name, value);
    }
    await reply.code(status).send();
  }
}

const uploadMetadata = z.object({ materialId: z.uuid() });

function materialOf(text: string): string {
  try {
    return uploadMetadata.parse(Metadata.parse(text)).materialId;
  } catch {
    throw new Refusal(400, 'bad-request', 'Upload-Metadata names no material');
  }
}
