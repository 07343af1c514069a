import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import type { BarcodeScan } from '../../../drivers/barcode-scanner/contract.ts';
import { RemoteError } from '../../../main/processes/rpc.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { draftBody } from '../../../main/sync/draft-schemas.ts';
import { type StandingTerminal, standingTerminalForEach } from '../../support/standing-terminal.ts';
import { linCard, personal } from '../../support/visit.ts';

let terminal: StandingTerminal;
standingTerminalForEach((standing) => {
  terminal = standing;
});

const next = { type: 'next' } as const;
const leave = { type: 'leave' } as const;
const save = { type: 'save-draft' } as const;
const resume = { type: 'resume' } as const;
const set = (field: string, value: string) => ({ type: 'set-answer', field, value }) as const;
const toForm = [{ type: 'start' }, { type: 'choose-service', serviceId: 'S10' }] as const;
const toPhone = [...toForm, set('delivery', 'post'), next, set('phone', '13800138000')];
const notPrinted = { outcome: 'not-printed', code: 'not-connected', detail: 'no printer' } as const;

/** The code on the page. */
function codeShown(): string {
  const { screen } = terminal;
  if (screen.kind !== 'save-draft' || !screen.code) throw new Error(`there is no code on "${screen.kind}"`);
  return screen.code;
}

async function savesAndLeaves(): Promise<string> {
  await terminal.touch(...toPhone, save);
  const code = codeShown();
  await terminal.touch(next);
  return code;
}

const typing = (code: string) => ({ type: 'resume-code', code }) as const;

test('saved is said when it is on the disk, and after the visit the code stands nowhere', async () => {
  await terminal.touch(...toPhone, save);
  expect(terminal.screen).toMatchObject({
    kind: 'save-draft',
    phase: 'saved',
    slip: { state: 'printed' },
    needsCard: true,
  });
  expect(terminal.printed).toEqual(['暂存凭条']);
  const code = codeShown();
  const saidAt = terminal.views.findIndex(({ screen }) => screen.kind === 'save-draft' && screen.phase !== 'saving');
  expect(terminal.draftsAtView[saidAt]).toBe(1);
  await terminal.touch(next);
  expect(terminal.screen.kind).toBe('attract');
  for (const text of [...personal, code]) expect(terminal.bytesOnDisk.includes(text), text).toBe(false);
  expect(JSON.stringify(terminal.log.entries)).not.toContain(code);
});

test('until when it is kept is counted by the terminal’s time, not by a clock of this machine that is known to be wrong', async () => {
  terminal.now = () => new Date('2031-05-02T08:00:00Z');
  await savesAndLeaves();
  const stored = terminal.store.drafts.nextDue(Date.parse('2032-01-01T00:00:00Z'));
  expect(stored).toMatchObject({
    body: { savedAt: '2031-05-02T08:00:00.000Z', keptUntil: '2031-05-09T08:00:00.000Z' },
  });
});

test('with the line cut it goes on at the same terminal where it was, and the case says of which draft it is', async () => {
  const code = await savesAndLeaves();
  await terminal.touch(resume, typing(`${code.slice(0, 4)} ${code.slice(4).toLowerCase()}`));
  expect(terminal.screen).toMatchObject({ kind: 'resume', phase: 'found', found: { changed: false } });
  await terminal.touch(next);
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ name: 'phone', value: '13800138000' }] });
  await terminal.touch(next, next);
  await terminal.pass(1_000);
  const [delivery] = terminal.delivered;
  expect(delivery?.body).toMatchObject({
    answers: { delivery: 'post', phone: '13800138000' },
    draftId: expect.any(String),
  });
  await terminal.touch(leave);
  expect(terminal.store.drafts.find(String(delivery?.body['draftId']))).toBeUndefined();
  await terminal.touch(resume, typing(code));
  expect(terminal.screen).toMatchObject({ phase: 'refused', refusal: 'unreachable' });
});

test('power that goes at any moment of saving loses nothing, and prints no second slip', async () => {
  await terminal.touch(...toPhone, save);
  const code = codeShown();
  await terminal.restart();
  expect(codeShown()).toBe(code);
  await terminal.touch(next);
  await terminal.restart();
  expect([terminal.screen.kind, terminal.printed.length]).toEqual(['attract', 1]);
  await terminal.touch(resume, typing(code), next);
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ value: '13800138000' }] });
});

test('power that goes while the slip is printed: the code is on the page, what became of the slip is not claimed', async () => {
  terminal.print = () => new Promise(() => undefined);
  await terminal.touch(...toPhone, save);
  expect(terminal.screen).toMatchObject({ phase: 'printing' });
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ phase: 'saved', slip: { state: 'unknown' } });
  expect(codeShown()).toHaveLength(8);
  expect(terminal.printed).toHaveLength(1);
});

test('power that goes while it is continued loses nothing, whether the visit is taken up or not', async () => {
  const code = await savesAndLeaves();
  await terminal.touch(resume, typing(code));
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ phase: 'found' });
  await terminal.touch(next, set('phone', '13900139000'));
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ value: '13900139000' }] });
  await terminal.switchOff();
  vi.setSystemTime(Date.now() + 10 * 60_000); // too long for the visit, not for what was saved
  terminal.switchOn();
  await terminal.pass(0);
  expect([terminal.screen.kind, terminal.store.drafts.held()]).toEqual(['attract', []]);
  await terminal.touch(resume, typing(code), next);
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ value: '13800138000' }] });
});

test.each(['leave', 'time'] as const)(
  'a visit that goes on with it and ends by %s leaves it as it was saved',
  async (how) => {
    const code = await savesAndLeaves();
    await terminal.touch(resume, typing(code), next, set('phone', '13900139000'));
    if (how === 'leave') await terminal.touch(leave);
    else await terminal.pass(181_000);
    expect([terminal.screen.kind, terminal.store.drafts.held()]).toEqual(['attract', []]);
    await terminal.touch(resume, typing(code), next);
    expect(terminal.screen).toMatchObject({ fields: [{ value: '13800138000' }] });
  },
);

test('nothing is saved without a touch that says so', async () => {
  await terminal.touch(...toPhone);
  await terminal.pass(181_000);
  expect([terminal.screen.kind, terminal.store.drafts.nextDueAtMs()]).toEqual(['attract', undefined]);
});

test('a disk with no room for it: not saved is said, no code is shown, and the form is as it was', async () => {
  terminal.noRoomFor = 'drafts.';
  await terminal.touch(...toPhone, save);
  expect(terminal.screen).toEqual({ kind: 'save-draft', phase: 'not-saved', needsCard: true });
  await terminal.touch({ type: 'back' });
  expect(terminal.screen).toMatchObject({ kind: 'form', fields: [{ value: '13800138000' }] });
  terminal.noRoomFor = undefined;
  await terminal.touch(save);
  expect(terminal.screen).toMatchObject({ phase: 'saved' });
});

test('nothing is put aside before the step that says so is on the disk: nobody would know its code', async () => {
  await terminal.touch(...toPhone);
  terminal.noRoomFor = 'visit.';
  await terminal.touch(save);
  expect([terminal.screen.kind, terminal.store.drafts.nextDueAtMs()]).toEqual(['out-of-service', undefined]);
  terminal.noRoomFor = undefined;
  await terminal.pass(2_000);
  expect(terminal.screen).toMatchObject({ kind: 'save-draft', phase: 'saved' });
});

test('an application that is not accepted leaves the saved one where it is', async () => {
  const code = await savesAndLeaves();
  terminal.noRoomFor = 'jobs.';
  await terminal.touch(resume, typing(code), next, next, next);
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({ kind: 'submit', phase: 'not-saved' });
  expect(terminal.store.drafts.held()).toHaveLength(1);
});

test('a case and the end of the saved application that it was made of are on the disk together, or neither is', async () => {
  const code = await savesAndLeaves();
  await terminal.switchOff();
  const raw = new Database(terminal.file);
  raw.exec(`CREATE TRIGGER kept BEFORE DELETE ON drafts BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  raw.close();
  terminal.switchOn();
  await terminal.touch(resume, typing(code), next, next, next);
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({ kind: 'submit', phase: 'not-saved' });
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 0, sending: 0, delivered: 0, rejected: 0 });
  expect(terminal.store.drafts.held()).toHaveLength(1);
});

test('without a receipt printer the code is shown, with what is wrong, and can be printed once more', async () => {
  terminal.print = async () => notPrinted;
  await terminal.touch(...toPhone, save);
  const problem = { device: 'receipt-printer', fault: 'not-connected' };
  expect(terminal.screen).toMatchObject({ phase: 'saved', slip: { state: 'not-printed', problem } });
  const code = codeShown();
  terminal.print = async () => ({ outcome: 'printed' });
  await terminal.touch({ type: 'retry' });
  expect(terminal.screen).toMatchObject({ phase: 'saved', code, slip: { state: 'printed' } });
  await terminal.touch({ type: 'retry' });
  expect(terminal.printed).toHaveLength(2);
});

test('another person’s card, a wrong code and a code that never was end alike; then the machine pauses', async () => {
  const code = await savesAndLeaves();
  const found: unknown[] = [];
  terminal.claimDraft = async ({ person }) => ({ outcome: person ? 'not-found' : 'person-required' });
  terminal.store.drafts.confirm(due()?.idempotencyKey ?? '');
  terminal.readCard = async () => ({ card: { ...linCard, idNumber: '23029919510309001X' } });
  await terminal.touch(resume, typing(code));
  found.push(terminal.screen);
  await terminal.touch({ type: 'retry' }, typing('22222222'));
  found.push(terminal.screen);
  expect(found).toEqual([found[1], { kind: 'resume', phase: 'refused', refusal: 'not-found' }]);
  for (let turn = 0; turn < 3; turn += 1) await terminal.touch({ type: 'retry' }, typing('22222222'));
  await terminal.touch({ type: 'retry' }, typing(code));
  expect(terminal.screen).toMatchObject({ refusal: 'paused' });
  await terminal.touch(leave, resume, typing(code)); // whoever comes next, too
  expect(terminal.screen).toMatchObject({ refusal: 'paused' });
});

test('what cannot be a code is not asked about, and counts for nothing', async () => {
  const asked = vi.fn(terminal.claimDraft);
  terminal.claimDraft = asked;
  await terminal.touch(resume, typing('23456789'), typing(''), typing('林晓岚林晓岚'));
  expect([terminal.screen, asked.mock.calls.length]).toEqual([{ kind: 'resume', phase: 'code', scanner: true }, 0]);
});

test('saved elsewhere: a service that this machine cannot do now is said so, and it is put aside again', async () => {
  const code = await savesAndLeaves();
  const draftId = due()?.draftId;
  terminal.devices['receipt-printer'] = undefined;
  await terminal.touch(resume, typing(code));
  expect(terminal.screen).toMatchObject({ refusal: 'not-here' });
  await terminal.touch(leave);
  expect(terminal.store.drafts.find(draftId ?? '')).toMatchObject({ heldBy: undefined, upload: 'waiting' });
});

test('a disk that does not take what was found: it is not here that it can be done, and nothing is said of the line', async () => {
  const code = await savesAndLeaves();
  vi.spyOn(terminal.store.drafts, 'save').mockImplementation(() => {
    throw new StorageError('full', 'no room');
  });
  await terminal.touch(resume, typing(code));
  expect(terminal.screen).toEqual({ kind: 'resume', phase: 'refused', refusal: 'not-here' });
});

test('the slip can be scanned; what is no code of ours is passed over, and without a scanner nothing is promised', async () => {
  const code = await savesAndLeaves();
  let lay: (text: string) => void = () => undefined;
  const scans = vi.fn(
    () =>
      new Promise<BarcodeScan>((resolve) => {
        lay = (text) => resolve({ bytes: Buffer.from(text), text });
      }),
  );
  terminal.scan = scans;
  await terminal.touch(resume);
  lay('https://zwfw.example/p/LS03-20261121-0001');
  await terminal.pass(1_000);
  expect([terminal.screen, scans.mock.calls.length]).toEqual([{ kind: 'resume', phase: 'code', scanner: true }, 2]);
  lay(`${code.slice(0, 4)} ${code.slice(4)}`);
  await terminal.pass(0);
  expect(terminal.screen).toMatchObject({ phase: 'found' });
  await terminal.touch(leave);
  terminal.devices['barcode-scanner'] = undefined;
  terminal.scan = vi.fn().mockRejectedValue(new RemoteError('not-connected', 'no barcode-scanner is configured'));
  await terminal.touch(resume);
  await terminal.pass(3_500);
  expect(terminal.screen).toEqual({ kind: 'resume', phase: 'code', scanner: false });
  expect(terminal.scan).toHaveBeenCalledTimes(4);
});

test('its owner can have it removed, and then it is gone', async () => {
  const code = await savesAndLeaves();
  await terminal.touch(resume, typing(code), { type: 'discard-draft' });
  expect(terminal.screen.kind).toBe('attract');
  await terminal.touch(resume, typing(code));
  expect(terminal.screen).toMatchObject({ refusal: 'unreachable' });
});

test('put aside a second time it keeps its code and its later answers', async () => {
  const code = await savesAndLeaves();
  await terminal.touch(resume, typing(code), next, set('phone', '13900139000'), save);
  expect(codeShown()).toBe(code);
  await terminal.touch(next, resume, typing(code), next);
  expect(terminal.screen).toMatchObject({ fields: [{ value: '13900139000' }] });
  const [stored] = terminal.store.drafts.held();
  expect(draftBody.parse(stored?.body)).toMatchObject({ revision: 2 });
});

function due() {
  return terminal.store.drafts.nextDue(Number.MAX_SAFE_INTEGER);
}
