import { win32 } from 'node:path';
import { StorageError } from './errors.ts';
import { complaintOf, type KeySealer, type RunProgram } from './key-sealer.ts';

/** The user's own key of Windows: opened by the same account on the same machine, and by no other. */
const script = (method: 'Protect' | 'Unprotect'): string => `
$ErrorActionPreference = 'Stop'
try {
  Add-Type -AssemblyName System.Security
  $given = [Convert]::FromBase64String([Console]::In.ReadToEnd().Trim())
  $made = [Security.Cryptography.ProtectedData]::${method}($given, $null, 'CurrentUser')
  [Console]::Out.Write([Convert]::ToBase64String($made))
} catch { [Console]::Error.WriteLine($_.Exception.Message); exit 1 }`;

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface DpapiSealerOptions {
  /** `%SystemRoot%`: the program is named in full, so that no folder of the path can put another in its place. */
  readonly systemRoot: string;
  readonly run: RunProgram;
}

/** Windows' data protection (CryptProtectData), by PowerShell, so that no native module is needed. Seals for this account. */
export function dpapiSealer({ systemRoot, run }: DpapiSealerOptions): KeySealer {
  const program = win32.join(systemRoot, 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  const ask = (method: 'Protect' | 'Unprotect', given: Uint8Array) => {
    // -EncodedCommand takes UTF-16LE; the key goes through standard input, where no list of processes shows it.
    const command = Buffer.from(script(method), 'utf16le').toString('base64');
    const input = Buffer.from(Buffer.from(given).toString('base64'));
    const answer = run(program, ['-NoProfile', '-NonInteractive', '-EncodedCommand', command], input);
    const text = Buffer.from(answer.stdout).toString().trim();
    return { answer, made: answer.status === 0 && base64.test(text) ? Buffer.from(text, 'base64') : undefined };
  };
  return {
    kind: 'dpapi',

    seal(key) {
      const { answer, made } = ask('Protect', key);
      if (made) return made;
      throw new StorageError('key-sealer-unavailable', `Windows does not seal the key (${complaintOf(answer)})`);
    },

    unseal(sealed) {
      const { answer, made } = ask('Unprotect', sealed);
      if (made) return made;
      const why = `Windows does not open the key: of another account or machine, or damaged (${complaintOf(answer)})`;
      throw new StorageError('key-damaged', why);
    },
  };
}
