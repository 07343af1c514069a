import { expect, test } from 'vitest';
import type { KioskDevice } from '../../../main/contracts/faults.ts';
import { availability, type Conditions, deviceProblem } from '../../../main/flows/availability.ts';
import type { PaperState } from '../../../printers/core/contract.ts';
import { service } from '../../support/visit.ts';

const at = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;
type Status = NonNullable<ReturnType<Conditions['device']>>;
const online = (paper: PaperState = 'full'): Status => ({ state: 'online', ...at, paper });
const starting: Status = { state: 'starting', ...at };
const stopped: Status = { state: 'stopped', ...at };
const offline = (paper: PaperState = 'unknown'): Status => ({
  state: 'offline',
  cause: 'timeout',
  detail: '',
  retryInMs: 1,
  paper,
  ...at,
});

/** A terminal on which everything works, but for what a test says. */
function conditions(
  changes: Partial<Omit<Conditions, 'device'>> & { devices?: Partial<Record<KioskDevice, Status | undefined>> } = {},
): Conditions {
  const { devices = {}, ...rest } = changes;
  return {
    network: 'online',
    faceCheckReady: true,
    powerFails: false,
    storageFull: false,
    blank: () => undefined,
    device: (deviceClass) => (deviceClass in devices ? devices[deviceClass] : online()),
    ...rest,
  };
}

test('with everything in order each service can be started', () => {
  for (const id of ['S01', 'S06', 'S10', 'S19'])
    expect(availability(service(id), conditions())).toEqual({ state: 'yes' });
});

test('a service that prints on a numbered blank is not begun without one', () => {
  for (const problem of ['no-blanks', 'blanks-uncertain'] as const) {
    const asked: string[] = [];
    const blank = (series: string): typeof problem => {
      asked.push(series);
      return problem;
    };
    expect(availability(service('S06'), conditions({ blank }))).toEqual({ state: 'no', problem });
    expect(asked).toEqual(['business-licence']);
    expect(availability(service('S01'), conditions({ blank }))).toEqual({ state: 'yes' });
  }
});

test.each([
  ['id-card-reader', offline(), 'timeout'],
  ['id-card-reader', undefined, 'not-connected'],
  ['id-card-reader', stopped, 'not-connected'],
  ['camera', offline(), 'timeout'],
  ['receipt-printer', offline(), 'timeout'],
  ['receipt-printer', online('out'), 'paper-out'],
  ['receipt-printer', online('jammed'), 'media-jammed'],
  ['licence-printer', online('out'), 'paper-out'],
  ['licence-printer', offline('out'), 'paper-out'],
  ['licence-printer', undefined, 'not-connected'],
] as const)('S01 with a %s that is %j is greyed with the device and %s', (device, status, fault) => {
  expect(availability(service('S01'), conditions({ devices: { [device]: status } }))).toEqual({
    state: 'no',
    problem: { device, fault },
  });
});

test('a device that is starting will be there in a moment', () => {
  const devices = { 'id-card-reader': starting };
  expect(availability(service('S01'), conditions({ devices }))).toEqual({
    state: 'no',
    problem: 'terminal-recovering',
  });
});

test.each(['low', 'unknown', 'not-supported', 'full'] as const)('paper that is %s does not stop a service', (paper) => {
  expect(availability(service('S10'), conditions({ devices: { 'receipt-printer': online(paper) } }))).toEqual({
    state: 'yes',
  });
});

test('with the battery nearly empty nothing can be begun', () => {
  expect(availability(service('S19'), conditions({ powerFails: true }))).toEqual({
    state: 'no',
    problem: 'power-failing',
  });
});

test('with hardly any room on the disk nothing is begun that may have to wait here; what goes out at once is', () => {
  for (const network of ['online', 'offline'] as const) {
    expect(availability(service('S10'), conditions({ storageFull: true, network }))).toEqual({
      state: 'no',
      problem: 'storage-full',
    });
  }
  expect(availability(service('S01'), conditions({ storageFull: true }))).toEqual({ state: 'yes' });
});

test('a device that a service does not need cannot stop it', () => {
  const devices = { camera: offline(), 'licence-printer': offline() };
  expect(availability(service('S10'), conditions({ devices, faceCheckReady: false }))).toEqual({ state: 'yes' });
});

test('without the face process only services that need a face are greyed', () => {
  const without = conditions({ faceCheckReady: false });
  expect(availability(service('S01'), without)).toEqual({ state: 'no', problem: 'face-check-offline' });
  expect(availability(service('S19'), without)).toEqual({ state: 'yes' });
});

test.each(['offline', 'unknown'] as const)(
  'with the network %s, what can queue queues and the rest is greyed',
  (network) => {
    expect(availability(service('S01'), conditions({ network }))).toEqual({ state: 'no', problem: 'platform-offline' });
    expect(availability(service('S10'), conditions({ network }))).toEqual({
      state: 'queued-only',
      problem: 'platform-offline',
    });
  },
);

test('what keeps a resident from starting is told before what only delays', () => {
  const both = conditions({ network: 'offline', devices: { 'id-card-reader': offline() } });
  expect(availability(service('S10'), both)).toEqual({
    state: 'no',
    problem: { device: 'id-card-reader', fault: 'timeout' },
  });
  expect(deviceProblem('camera', both)).toBeUndefined();
});
