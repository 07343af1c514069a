import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as realSetImmediate } from 'node:timers';
import { afterEach, beforeEach, vi } from 'vitest';
import type { BarcodeScan } from '../../drivers/barcode-scanner/contract.ts';
import type { IdCard, ReadProgress } from '../../drivers/id-card-reader/contract.ts';
import type { Intent } from '../../main/contracts/messages.ts';
import type { BlankProblem, Screen, View } from '../../main/contracts/view.ts';
import type { AnyStatus } from '../../main/devices/schemas.ts';
import { DraftDesk } from '../../main/drafts/draft-desk.ts';
import { FACE_ATTEMPTS } from '../../main/flows/visit-context.ts';
import type { FaceCall } from '../../main/identity/face-check.ts';
import { RefusedAttempts } from '../../main/identity/refused-attempts.ts';
import type { Deliver, Delivery, DeliveryOutcome } from '../../main/outbox/delivery.ts';
import { Outbox } from '../../main/outbox/outbox.ts';
import type { PrintPort } from '../../main/printing/print-port.ts';
import { Printing } from '../../main/printing/printing.ts';
import { FrameBox } from '../../main/session/frame-box.ts';
import { Session } from '../../main/session/session.ts';
import { aesGcmCipher, type Cipher } from '../../main/storage/cipher.ts';
import { StorageError } from '../../main/storage/errors.ts';
import type { Store } from '../../main/storage/open.ts';
import { openOrRecover } from '../../main/storage/recovery.ts';
import type { DraftPlatform } from '../../main/sync/draft-platform.ts';
import { SyncError } from '../../main/sync/errors.ts';
import type { PrefillAnswer } from '../../main/sync/schemas.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import { memoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { catalogue, certificate, linCard } from './visit.ts';

const observed = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;
export const online: AnyStatus = { state: 'online', ...observed };
export const offline: AnyStatus = { state: 'offline', cause: 'timeout', detail: '', retryInMs: 1, ...observed };

type Read = { readonly card: IdCard; readonly portrait?: Uint8Array };

/**
 * A session with a real store and a real outbox; devices, face process, platform and page are a test's. Made for fake timers:
 * `pass` moves the time on.
 */
export class StandingTerminal {
  readonly log = memoryLog();
  readonly file: string;
  readonly views: View[] = [];
  /** What the disk held of the visit when each view went out. */
  readonly keptAtView: unknown[] = [];
  /** How many saved applications the disk held when each view went out: 0 or 1. */
  readonly draftsAtView: number[] = [];
  readonly delivered: { kind: string; body: Record<string, unknown> }[] = [];
  readonly printed: string[] = [];
  /** Lights that showed where the hand goes. */
  readonly guides: (string | undefined)[] = [];
  receiptsEnded = 0;
  /** The bytes that visits were last sealed as. */
  sealed = Buffer.alloc(0);
  /** For what there is no room on the disk: a part of the context, or what a look at context and text says. */
  noRoomFor: string | ((context: string, text: string) => boolean) | undefined;
  network: View['network'] = 'online';
  storageFull = false;
  blank: BlankProblem | undefined;
  devices: Record<string, AnyStatus | undefined> = {};
  readCard: (progress: (step: ReadProgress) => void, signal: AbortSignal) => Promise<Read> = never;
  print: (document: string) => Promise<PrintOutcome> = async () => ({ outcome: 'printed' });
  prefill: (signal: AbortSignal) => Promise<PrefillAnswer> = async () => ({ values: {} });
  deliver: Deliver = async () => ({
    outcome: 'delivered',
    result: { caseNumber: 'x', receivedAt: new Date().toISOString(), document: certificate },
  });
  scan: (signal: AbortSignal) => Promise<BarcodeScan> = never;
  claimDraft: DraftPlatform['claim'] = async () => {
    throw new SyncError('unreachable', 'the line is cut');
  };
  face: FaceCall = never;
  store!: Store;
  session!: Session;
  outbox!: Outbox;
  frames!: FrameBox;
  offlineCause: View['offlineCause'];
  /** What time it is, whatever the machine's clock says. */
  now: () => Date = () => new Date();
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.file = join(folder, 'jiujin.db');
    this.switchOn();
  }

  switchOn(): void {
    const aesGcm = aesGcmCipher(Buffer.alloc(32, 7));
    const seal: Cipher['seal'] = (plain, context) => {
      if (this.#isRefused(context, plain)) throw new StorageError('full', 'no room on the disk');
      const sealed = aesGcm.seal(plain, context);
      if (context.startsWith('visit.')) this.sealed = Buffer.from(sealed);
      return sealed;
    };
    this.store = openOrRecover(this.file, { cipher: { ...aesGcm, seal } });
    this.#stop = new AbortController();
    this.outbox = new Outbox({
      store: this.store,
      log: this.log,
      deliver: (delivery, signal) => this.#deliver(delivery, signal),
    });
    this.frames = new FrameBox();
    const place = { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' };
    const machine = { 'zh-CN': '3 号机', en: 'Terminal 3' };
    this.session = new Session({
      ports: {
        store: this.store,
        outbox: this.outbox,
        drafts: new DraftDesk({
          store: this.store,
          platform: { claim: (claim, signal) => this.claimDraft(claim, signal) },
          log: this.log,
          ring: () => undefined,
        }),
        frames: this.frames,
        log: this.log,
        now: () => this.now(),
        devices: {
          readCard: async (signal, progress) => {
            const read = await this.readCard(progress, signal);
            return { portraitOutcome: read.portrait ? 'decoded' : 'not-decodable-here', ...read };
          },
          endReceipt: async () => {
            this.receiptsEnded += 1;
          },
          scanCode: (_visitor, signal) => this.scan(signal),
          guide: (light) => this.guides.push(light),
        },
        printing: new Printing({ store: this.store, printers: this.#printers(), log: this.log }),
        face: {
          call: (method, params, signal) => this.face(method, params, signal),
          ...{ matchThreshold: () => 0.5, livenessThreshold: () => 0.5, weights: () => '0123456789abcdef' },
          refused: new RefusedAttempts(FACE_ATTEMPTS),
        },
        platform: { prefill: (_request, signal) => this.prefill(signal) },
        connectivity: {
          status: { value: { state: this.network === 'online' ? 'online' : 'offline', cause: 'line', observedAt: '' } },
        },
        terminal: {
          name: place,
          machine,
          helpNumber: '12345',
          timeZone: 'Asia/Shanghai',
          progressUrl: 'https://zwfw.example/p/',
          code: 'LS03',
        },
      },
      place: { name: place, machine, helpNumber: '12345' },
      surroundings: () => ({
        catalogue,
        network: this.network,
        offlineCause: this.offlineCause,
        faceCheckReady: true,
        powerFails: false,
        storageFull: this.storageFull,
        blank: () => this.blank,
        device: (deviceClass) => (deviceClass in this.devices ? this.devices[deviceClass] : online),
      }),
      onView: (view) => {
        this.views.push(view);
        this.keptAtView.push(this.#onDisk(() => this.store.visits.load()?.snapshot));
        this.draftsAtView.push(this.#onDisk(() => this.store.drafts.nextDueAtMs()) === undefined ? 0 : 1);
      },
      onCamera: (status) => {
        this.devices['camera'] = status;
      },
    });
    this.session.start();
    this.#running = this.outbox.run(this.#stop.signal);
  }

  /** As a power cut would leave it: nothing is ended, only what is on the disk stays. */
  async switchOff(): Promise<void> {
    this.session.stop();
    this.#stop.abort();
    await this.#running;
    this.store.close();
  }

  async restart(): Promise<void> {
    await this.switchOff();
    this.switchOn();
    await this.pass(0);
  }

  get screen(): Screen {
    return this.session.view().screen;
  }

  async touch(...intents: Intent[]): Promise<void> {
    for (const intent of intents) {
      this.session.handle(intent);
      await this.pass(0);
    }
  }

  /** Moves fake time on, letting what is under way in the real world settle before and after. */
  async pass(ms: number): Promise<void> {
    await settle();
    await vi.advanceTimersByTimeAsync(ms);
    await settle();
  }

  /** The disk under the terminal's feet: pulled out, everything that writes fails; put back, all is as it was. */
  pullDisk(): void {
    renameSync(this.file, `${this.file}.away`);
  }

  putDiskBack(): void {
    renameSync(`${this.file}.away`, this.file);
  }

  /** All bytes of all files that the terminal keeps. */
  get bytesOnDisk(): Buffer {
    const folder = dirname(this.file);
    return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
  }

  /** Nothing, where the disk refuses to be read: the session's answer to that is what is looked at. */
  #onDisk<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return undefined;
    }
  }

  #isRefused(context: string, plain: Uint8Array): boolean {
    const { noRoomFor } = this;
    if (typeof noRoomFor === 'function') return noRoomFor(context, Buffer.from(plain).toString('utf8'));
    return noRoomFor !== undefined && context.startsWith(noRoomFor);
  }

  async #deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { kind, body } = delivery;
    this.delivered.push({ kind, body: JSON.parse(Buffer.from(body).toString('utf8')) });
    return kind === 'case' ? await this.deliver(delivery, signal) : { outcome: 'delivered', result: {} };
  }

  /** Printers that are always ready; what becomes of a paper is for `print` to say. */
  #printers(): PrintPort<PaperDocument> {
    return {
      prepare: async (document, { printerId = 'printer' }) => ({
        printerId,
        run: async () => {
          const what = titleOf(document);
          this.printed.push(what);
          return await this.print(what);
        },
        discard: () => undefined,
      }),
      whatBecameOf: async () => undefined,
      withdraw: async () => undefined,
    };
  }
}

function titleOf(document: PaperDocument): string {
  if (document.kind === 'licence') return document.template;
  if (document.kind === 'certificate') return document.title;
  const [title] = document.blocks;
  return title?.type === 'title' ? title.text : 'receipt';
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => realSetImmediate(resolve));
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Gives each test of the file a terminal with a card at its reader, in a time of its own, and switches it off. */
export function standingTerminalForEach(take: (terminal: StandingTerminal) => void): void {
  let terminal: StandingTerminal;
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-21T08:00:00Z') });
    terminal = new StandingTerminal(temporaryFolder());
    terminal.readCard = async () => ({ card: linCard });
    take(terminal);
  });
  afterEach(async () => {
    await terminal.switchOff();
    vi.useRealTimers();
  });
}
