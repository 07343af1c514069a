import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from './errors.ts';
import { complaintOf, type KeySealer, type RunProgram } from './key-sealer.ts';

const PROGRAM = 'systemd-creds';

export interface SystemdSealerOptions {
  /** Name of the credential, which is sealed in with the key. */
  readonly credential: string;
  /** `systemd-creds --with-key`: `auto` (TPM2 and host key where there are both), `host`, `tpm2`, `host+tpm2`. */
  readonly withKey: string;
  /** `$CREDENTIALS_DIRECTORY`, which systemd sets for the service alone. */
  readonly credentialsDirectory: string | undefined;
  readonly run: RunProgram;
}

/**
 * A credential of systemd (systemd.exec(5), LoadCredentialEncrypted=). The service gets it opened, in memory that is never
 * swapped; root, who may ask the TPM or read the host's key, also opens it with `systemd-creds`, and only root seals.
 */
export function systemdSealer(options: SystemdSealerOptions): KeySealer {
  const { credential, withKey, credentialsDirectory, run } = options;
  const name = `--name=${credential}`;
  return {
    kind: 'systemd',

    seal(key) {
      const answer = run(PROGRAM, ['encrypt', name, `--with-key=${withKey}`, '-', '-'], key);
      if (answer.status === 0 && answer.stdout.length > 0) return answer.stdout;
      const why = `${PROGRAM} does not seal (${complaintOf(answer)}): make the key as root, before the first start`;
      throw new StorageError('key-sealer-unavailable', why);
    },

    unseal(sealed) {
      const given = credentialsDirectory && join(credentialsDirectory, credential);
      if (given && existsSync(given)) return readFileSync(given);
      const answer = run(PROGRAM, ['decrypt', name, '-', '-'], sealed);
      if (answer.status === 0) return answer.stdout;
      const why = `no credential ${credential} is given by systemd, and ${PROGRAM} does not open it (${complaintOf(answer)})`;
      throw new StorageError('key-sealer-unavailable', why);
    },
  };
}
