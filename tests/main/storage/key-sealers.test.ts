import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm2 } from 'sm-crypto-v2';
import { describe, expect, test } from 'vitest';
import type { ProgramAnswer, RunProgram } from '../../../main/storage/key-sealer.ts';
import { storageSettings } from '../../../main/storage/settings.ts';
import { isSm2PrivateKey, sm2Sealer } from '../../../main/storage/sm2-sealer.ts';
import { type KeyPorts, machine as realPorts, storeKey } from '../../../main/storage/store-key.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const failing = (code: string, message = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });
const settingsOf = (key: unknown) => storageSettings.parse({ key }).key;

/** A program that seals as systemd and Windows do: what it sealed on one machine opens on no other. */
class Machine implements KeyPorts {
  readonly environment: Record<string, string | undefined> = {};
  readonly name: string;
  /** What every call was given: parameters, and bytes of standard input. */
  readonly calls: { readonly parameters: string; readonly input: Buffer }[] = [];
  answer: Partial<ProgramAnswer> | undefined;

  constructor(name = 'here') {
    this.name = name;
  }

  readonly run: RunProgram = (program, parameters, given) => {
    const input = Buffer.from(given);
    this.calls.push({ parameters: [program, ...parameters].join(' '), input });
    const refused = { status: 1, stdout: Buffer.alloc(0), stderr: 'first line\nnot of this machine\n' };
    if (this.answer) return { ...refused, ...this.answer };
    if (program === 'systemd-creds') return this.#creds(parameters, input) ?? refused;
    return this.#powershell(parameters, input) ?? refused;
  };

  #creds([verb, name]: readonly string[], input: Buffer): ProgramAnswer | undefined {
    const mark = Buffer.from(`${this.name} ${name} `);
    return this.#sealed(verb === 'encrypt', mark, input);
  }

  #powershell(parameters: readonly string[], text: Buffer): ProgramAnswer | undefined {
    const script = Buffer.from(parameters.at(-1) ?? '', 'base64').toString('utf16le');
    const mark = Buffer.from(`${this.name} dpapi `);
    const made = this.#sealed(script.includes('::Protect('), mark, Buffer.from(text.toString(), 'base64'));
    return made && { ...made, stdout: Buffer.from(`${Buffer.from(made.stdout).toString('base64')}\r\n`) };
  }

  #sealed(isSealing: boolean, mark: Buffer, input: Buffer): ProgramAnswer | undefined {
    const turned = (bytes: Uint8Array): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a));
    if (isSealing) return { status: 0, stdout: Buffer.concat([mark, turned(input)]), stderr: '' };
    if (!input.subarray(0, mark.length).equals(mark)) return undefined;
    return { status: 0, stdout: turned(input.subarray(mark.length)), stderr: '' };
  }
}

function places() {
  const dataDir = join(temporaryFolder(), 'data');
  return { dataDir, database: join(dataDir, 'jiujin.db') };
}

const kinds: readonly [name: string, settings: unknown, files: readonly string[]][] = [
  ['a file', { kind: 'file' }, ['store.key']],
  ['systemd', { kind: 'systemd' }, ['store.key.systemd']],
  ['Windows', { kind: 'dpapi' }, ['store.key.dpapi']],
  ['SM2 in a file', { kind: 'sm2', privateKey: { kind: 'file' } }, ['sm2.key', 'store.key.sm2']],
  ['SM2 in systemd', { kind: 'sm2', privateKey: { kind: 'systemd' } }, ['sm2.key.systemd', 'store.key.sm2']],
  ['SM2 in Windows', { kind: 'sm2', privateKey: { kind: 'dpapi' } }, ['sm2.key.dpapi', 'store.key.sm2']],
];

describe.each(kinds)('a key sealed by %s', (_, key, files) => {
  const settings = settingsOf(key);

  test('is made once, privately, and found again by later starts', () => {
    const { dataDir, database } = places();
    const machine = new Machine();
    const made = storeKey(dataDir, database, settings, machine);
    expect(made).toHaveLength(32);
    expect(readdirSync(dataDir).sort()).toEqual(files);
    for (const name of files) expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    writeFileSync(database, '');
    expect(Buffer.compare(storeKey(dataDir, database, settings, machine), made)).toBe(0);
  });

  test('is never replaced beside a database', () => {
    for (const lost of files) {
      const { dataDir, database } = places();
      storeKey(dataDir, database, settings, new Machine());
      writeFileSync(database, '');
      rmSync(join(dataDir, lost));
      expect(() => storeKey(dataDir, database, settings, new Machine())).toThrow(failing('key-missing'));
      expect(existsSync(join(dataDir, lost))).toBe(false);
    }
  });

  test('that was cut short is said to be damaged or not to open', () => {
    for (const damaged of files) {
      const { dataDir, database } = places();
      storeKey(dataDir, database, settings, new Machine());
      writeFileSync(database, '');
      const path = join(dataDir, damaged);
      const whole = readFileSync(path);
      for (const length of [0, 1, whole.length - 1]) {
        writeFileSync(path, whole.subarray(0, length));
        const refused = expect.objectContaining({ code: expect.stringMatching(/^key-(damaged|sealer-unavailable)$/) });
        expect(() => storeKey(dataDir, database, settings, new Machine())).toThrow(refused);
      }
    }
  });
});

describe.each(kinds.filter(([name]) => !name.endsWith('file')))('a key sealed by %s', (_, key) => {
  const settings = settingsOf(key);

  test('is nowhere on the disk in the clear, and never a parameter', () => {
    const { dataDir, database } = places();
    const machine = new Machine();
    const made = Buffer.from(storeKey(dataDir, database, settings, machine));
    for (const name of readdirSync(dataDir)) expect(readFileSync(join(dataDir, name)).includes(made)).toBe(false);
    for (const { parameters, input } of machine.calls) {
      for (const form of [made.toString('hex'), made.toString('base64')]) expect(parameters).not.toContain(form);
      for (const secret of [input.toString('hex'), input.toString('base64')]) expect(parameters).not.toContain(secret);
    }
  });

  test('opens on no other machine', () => {
    const { dataDir, database } = places();
    storeKey(dataDir, database, settings, new Machine());
    const refused = expect.objectContaining({ code: expect.stringMatching(/^key-(damaged|sealer-unavailable)$/) });
    expect(() => storeKey(dataDir, database, settings, new Machine('elsewhere'))).toThrow(refused);
  });

  test('is not used at all where the machine cannot seal it, or seals it so that it does not open', () => {
    for (const answer of [{}, { status: 0 }, { status: 0, stdout: Buffer.from('bm9uc2Vuc2U=') }, { status: null }]) {
      const { dataDir, database } = places();
      const machine = new Machine();
      machine.answer = answer;
      const unavailable = expect.objectContaining({
        code: expect.stringMatching(/^key-(damaged|sealer-unavailable)$/),
      });
      expect(() => storeKey(dataDir, database, settings, machine)).toThrow(unavailable);
      expect(existsSync(dataDir) ? readdirSync(dataDir) : []).toEqual([]);
    }
  });
});

test('what systemd opened for the service is used, and no program is asked', () => {
  const { dataDir, database } = places();
  const machine = new Machine();
  const settings = settingsOf({ kind: 'systemd', credential: 'our-key' });
  const made = storeKey(dataDir, database, settings, machine);
  const credentials = temporaryFolder();
  writeFileSync(join(credentials, 'our-key'), made);
  const service = new Machine();
  service.environment['CREDENTIALS_DIRECTORY'] = credentials;
  expect(Buffer.compare(storeKey(dataDir, database, settings, service), made)).toBe(0);
  expect(service.calls).toEqual([]);
  writeFileSync(join(credentials, 'our-key'), 'short');
  expect(() => storeKey(dataDir, database, settings, service)).toThrow(failing('key-damaged', '5 bytes'));
});

test('a refusal tells the last line of what the program said, and what to do', () => {
  const { dataDir, database } = places();
  const machine = new Machine();
  machine.answer = { status: 1 };
  const seal = () => storeKey(dataDir, database, settingsOf({ kind: 'systemd' }), machine);
  expect(seal).toThrow(failing('key-sealer-unavailable', '(exit code 1: not of this machine): make the key as root'));
});

test('a program that is not there is named', () => {
  const { dataDir, database } = places();
  const environment = { SystemRoot: '/nowhere' };
  const dpapi = () => storeKey(dataDir, database, settingsOf({ kind: 'dpapi' }), { ...realPorts, environment });
  expect(dpapi).toThrow(failing('key-sealer-unavailable', 'powershell.exe does not run: ENOENT'));
});

test.each([
  [{ kind: 'tpm' }],
  [{ kind: 'systemd', credential: '../key' }],
  [{ kind: 'systemd', withKey: 'null' }],
  [{ kind: 'sm2' }],
  [{ kind: 'sm2', privateKey: { kind: 'sm2', privateKey: { kind: 'file' } } }],
  [{ kind: 'file', path: '/etc/key' }],
])('a setting of no known form is refused: %o', (key) => {
  expect(storageSettings.safeParse({ key }).success).toBe(false);
});

// GB/T 32918.5-2017, annex C.2: encryption on the recommended curve.
const standard = {
  privateKey: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  publicKey:
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  c1: '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0',
  c3: '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766',
  c2: '21886ca989ca9c7d58087307ca93092d651efa',
};
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('what the standard’s example encrypted opens, as C1 C3 C2, and a changed byte does not', () => {
  const { privateKey, publicKey, c1, c2, c3 } = standard;
  const sealer = sm2Sealer(() => hex(privateKey));
  const sealed = hex(c1 + c3 + c2);
  expect(Buffer.from(sealer.unseal(sealed)).toString()).toBe('encryption standard');
  expect(sm2.getPublicKeyFromPrivateKey(privateKey)).toBe(publicKey);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed);
    changed[at]! ^= 1;
    expect(() => sealer.unseal(changed)).toThrow(failing('key-damaged'));
  }
});

test('what is wrapped opens with its own key alone, is another each time, and says nothing of the key in its errors', () => {
  const sealer = sm2Sealer(() => hex(standard.privateKey));
  const key = Buffer.alloc(32, 9);
  const [one, two] = [sealer.seal(key), sealer.seal(key)];
  expect(one).toHaveLength(129);
  expect(Buffer.compare(one, two)).not.toBe(0);
  expect(Buffer.from(sealer.unseal(one))).toEqual(key);
  expect(key).toEqual(Buffer.alloc(32, 9));
  const other = sm2Sealer(() => Buffer.alloc(32, 1));
  expect(() => other.unseal(one)).toThrow(failing('key-damaged'));
  const none = sm2Sealer(() => Buffer.alloc(32, 0xff));
  expect(() => none.unseal(one)).toThrow(failing('key-damaged', 'no private key of its curve'));
});

test('what is too short to hold a key is not in the form of SM2, and what is long enough is another’s or damaged', () => {
  const sealer = sm2Sealer(() => hex(standard.privateKey));
  expect(sealer.kind).toBe('sm2');
  const ofSize = (size: number) => () => sealer.unseal(Buffer.alloc(size, 4));
  for (const size of [0, 1, 65, 96, 97]) expect(ofSize(size)).toThrow(failing('key-damaged', 'not in the form of SM2'));
  expect(ofSize(98)).toThrow(failing('key-damaged', 'damaged, or of another'));
});

test('a private key is a number from 1 to n - 2', () => {
  const n = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
  const bytesOf = (number: bigint): Buffer => hex(number.toString(16).padStart(64, '0'));
  expect([0n, 1n, n - 2n, n - 1n, n].map((number) => isSm2PrivateKey(bytesOf(number)))).toEqual([
    ...[false, true, true, false, false],
  ]);
});
