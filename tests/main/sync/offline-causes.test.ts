import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { platformReportOf } from '../../../main/control/report.ts';
import { Connectivity, networkOf } from '../../../main/sync/connectivity.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import { en } from '../../../renderer/i18n/en.ts';
import { zhCn } from '../../../renderer/i18n/zh-cn.ts';
import { StandingTerminal } from '../../support/standing-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const wired = { address: '10.1.2.3', internal: false } as NetworkInterfaceInfo;

let terminal: StandingTerminal;
let connectivity: Connectivity;
let addresses: NetworkInterfaceInfo[];
let health: (signal: AbortSignal) => Promise<unknown>;
let stop: AbortController;
let running: Promise<void>;

const fails = (code: SyncError['code']) => async () => {
  throw new SyncError(code, 'GET /v1/health');
};
/** As `exchange` gives a silent line up. */
const silent = () =>
  new Promise((_, reject) => setTimeout(() => reject(new SyncError('timeout', 'GET /v1/health')), 2_000));

beforeEach(async () => {
  vi.useFakeTimers();
  [addresses, health, stop] = [[wired], async () => undefined, new AbortController()];
  connectivity = new Connectivity({
    baseUrl: 'https://platform.example',
    interfaces: () => ({ eth0: addresses }),
    health: (signal) => health(signal),
  });
  terminal = new StandingTerminal(temporaryFolder());
  connectivity.status.subscribe((status) => {
    Object.assign(terminal, { offlineCause: undefined }, networkOf(status));
    terminal.session.refresh();
  });
  running = connectivity.run(stop.signal);
  await vi.advanceTimersByTimeAsync(1);
  expect(terminal.views.at(-1)).toMatchObject({ network: 'online' });
});

afterEach(async () => {
  stop.abort();
  await vi.advanceTimersByTimeAsync(5_000);
  await running;
  await terminal.switchOff();
  vi.useRealTimers();
});

const unplugged = (): void => {
  addresses = [];
  health = fails('unreachable');
};

test.each<['machine' | 'line' | 'platform', string, () => void]>([
  ['machine', 'its cable is out', unplugged],
  ['line', 'nothing comes back', () => (health = silent)],
  ['line', 'there is no way there', () => (health = fails('unreachable'))],
  ['line', 'a login page answers', () => (health = fails('invalid-answer'))],
  ['line', 'somebody else answers in its name', () => (health = fails('untrusted'))],
  ['platform', 'nobody listens there', () => (health = fails('refused'))],
  ['platform', 'it says 503', () => (health = fails('platform-busy'))],
  ['platform', 'it refuses the credential', () => (health = fails('unauthorised'))],
])('within 40 s residents and technicians read that it is the %s where %s', async (cause, _how, happens) => {
  happens();
  const begunAtMs = Date.now();
  while (terminal.views.at(-1)?.offlineCause === undefined && Date.now() - begunAtMs < 60_000) {
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(Date.now() - begunAtMs).toBeLessThan(40_000);
  expect(terminal.views.at(-1)).toMatchObject({ network: 'offline', offlineCause: cause });
  const { advice, ...told } = platformReportOf(connectivity.status.value);
  expect(told).toMatchObject({ state: 'offline', cause });
  expect(advice?.next['zh-CN']).toBeTruthy();
});

test('where the cause changes, the page changes with it, and takes it back when the line is back', async () => {
  unplugged();
  await vi.advanceTimersByTimeAsync(40_000);
  addresses = [wired];
  health = fails('refused');
  await vi.advanceTimersByTimeAsync(40_000);
  expect(terminal.views.at(-1)).toMatchObject({ network: 'offline', offlineCause: 'platform' });
  health = async () => undefined;
  await vi.advanceTimersByTimeAsync(40_000);
  expect(terminal.views.at(-1)).toMatchObject({ network: 'online' });
  expect(terminal.views.at(-1)).not.toHaveProperty('offlineCause');
});

test('each cause has words of its own on the page, and the technician a next step of its own', () => {
  for (const words of [zhCn.header.offlineBecause, en.header.offlineBecause]) {
    expect(new Set(Object.values(words)).size).toBe(3);
  }
  const nexts = (['machine', 'line', 'platform'] as const).map(
    (cause) => platformReportOf({ state: 'offline', cause, observedAt: '' }).advice?.next.en,
  );
  expect(new Set(nexts).size).toBe(3);
});

test('what is said whatever the cause blames no network, as the network may be well', () => {
  for (const { review, problem, resume } of [zhCn, en]) {
    const said = [review.willQueue, problem['platform-offline'], resume.refused.unreachable];
    expect(JSON.stringify(said)).not.toMatch(/network|网络/i);
  }
});
