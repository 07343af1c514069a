import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PcscDriver } from '../../../../drivers/social-card-reader/pcsc/driver.ts';
import { SimulatedCard, SimulatedTerminals } from '../../../../drivers/social-card-reader/pcsc/simulator.ts';
import { pcscTerminals } from '../../../../drivers/transport/pcsc.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';
import { socialCard } from '../cards.ts';
import { insertVirtually } from './virtual-card.ts';

/**
 * The driver against pcscd and its virtual reader vpcd, which nobody here wrote (Debian: pcscd, vsmartcard-vpcd; pcsc-mini as
 * the README of drivers/social-card-reader fetches it; as root, since it starts a pcscd of its own). Where any of them is
 * missing, our simulator takes their place, and this says so.
 */
interface Peer {
  readonly driver: PcscDriver;
  insert(card: SimulatedCard): Promise<() => void>;
  /** Ends the service and starts it again. */
  restart?(): Promise<void>;
  close(): Promise<void>;
}

let peer: Peer;
let stop: AbortController;
let running: Promise<void>;
const patience = patienceOfEachTest();

beforeAll(async () => {
  peer = (await realService()) ?? simulatedService();
  stop = new AbortController();
  running = peer.driver.run(stop.signal);
});

afterAll(async () => {
  stop.abort();
  await running;
  await peer.close();
});

function simulatedService(): Peer {
  console.warn('pcsc-mini, pcscd or vpcd is missing: testing against our own card reader INSTEAD');
  const terminals = new SimulatedTerminals();
  const insert = async (card: SimulatedCard): Promise<() => void> => {
    terminals.insertCard(card);
    return () => terminals.removeCard();
  };
  return { driver: new PcscDriver(terminals), insert, close: async () => undefined };
}

async function realService(): Promise<Peer | undefined> {
  const installed = await import('pcsc-mini').then(
    () => true,
    () => false,
  );
  if (!installed || (await answers())) return undefined; // somebody else's pcscd is not ours to stop
  let service = await startService();
  if (!service) return undefined;
  console.info('testing against pcscd and the virtual reader vpcd');
  return {
    driver: new PcscDriver(pcscTerminals(), { reader: 'Virtual PCD 00 00' }),
    insert: (card) => insertVirtually(card),
    restart: async () => {
      await end(service);
      service = await startService();
    },
    close: () => end(service),
  };
}

async function startService(): Promise<ChildProcess | undefined> {
  const child = spawn('pcscd', ['--foreground'], { stdio: 'ignore' });
  let over = false;
  const onEnd = (): void => {
    over = true;
  };
  child.once('error', onEnd).once('exit', onEnd);
  for (let tries = 0; tries < 50 && !over; tries += 1) {
    if (await answers()) return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  return undefined;
}

const probe = pcscTerminals();

/** Whether there is a service with the virtual reader. */
async function answers(): Promise<boolean> {
  const soon = AbortSignal.timeout(15_000);
  const service = await probe.open(soon).catch(() => undefined);
  const terminals = (await service?.list(soon).catch(() => [])) ?? [];
  await service?.close();
  return terminals.some(({ name }) => name.startsWith('Virtual PCD'));
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  const killing = setTimeout(() => child.kill('SIGKILL'), 2_000); // vpcd may wait for its card for a minute
  await exited;
  clearTimeout(killing);
}

test.each(['T=0', 'T=1'] as const)('a card that speaks %s is read, and the next one after it', async (protocol) => {
  await peer.driver.status.until(({ state }) => state === 'online', patience());
  for (const name of ['样本一', '样本二']) {
    const reading = peer.driver.readCard(patience());
    const card = Object.assign(new SimulatedCard(socialCard({ name })), { protocol });
    const takeOut = await peer.insert(card);
    expect(await reading).toEqual(socialCard({ name }));
    takeOut();
    await new Promise((resolve) => setTimeout(resolve, 700)); // pcscd looks for cards every 200 to 400 ms
  }
});

test('a bank card is refused', async () => {
  const takeOut = await peer.insert(Object.assign(new SimulatedCard(socialCard()), { kind: 'bank' }));
  await expect(peer.driver.readCard(patience())).rejects.toMatchObject({ code: 'invalid-media' });
  takeOut();
  await new Promise((resolve) => setTimeout(resolve, 700));
});

test('a card taken out in the middle is asked for again', async () => {
  const progress: string[] = [];
  const reading = peer.driver.readCard(patience(), (step) => progress.push(step));
  const takeOut = await peer.insert(Object.assign(new SimulatedCard(socialCard()), { delayMs: 300 }));
  await peer.driver.status.until(() => progress.includes('reading'), patience());
  await new Promise((resolve) => setTimeout(resolve, 500));
  takeOut();
  await peer.driver.status.until(() => progress.includes('replace-card'), patience());
  await new Promise((resolve) => setTimeout(resolve, 700));
  const again = await peer.insert(new SimulatedCard(socialCard()));
  expect(await reading).toEqual(socialCard());
  again();
});

test('a service that ends is noticed within two seconds, and found again', async () => {
  if (!peer.restart) return;
  const restarting = peer.restart();
  await peer.driver.status.until(({ state }) => state === 'offline', AbortSignal.timeout(2_500));
  expect(peer.driver.status.value).toMatchObject({ cause: 'not-connected' });
  await restarting;
  await peer.driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(3_000));
}, 30_000);
