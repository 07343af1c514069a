import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { CodedError, machineAgeMs } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { PlatformConfiguration } from './access-schemas.ts';
import { SyncError, socketCodeOf } from './errors.ts';
import type { Fetch } from './fetch.ts';

/** A file of the credential's that cannot be used: which one, and why. Quotes nothing of it. */
export class AccessError extends CodedError<'bad-configuration'> {
  override readonly name = 'AccessError';

  constructor(message: string, options?: ErrorOptions) {
    super('bad-configuration', message, options);
  }
}

export interface PlatformAccess {
  /** Shows the certificate, where there is one, and speaks to nobody whom the configured authorities do not vouch for. */
  readonly fetch: Fetch;
  /** Absent where the certificate is the credential. */
  readonly token?: string;
  /** When the certificate ends that is shown at present; ISO 8601, UTC. */
  readonly certificateEndsAt?: string;
  /** Ends connections that are kept for the next request. Never rejects. */
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/**
 * How the platform is reached: one agent for all calls, Node's own where a token is all there is. Rejects with an AccessError
 * where a file is missing, no PEM, or key and certificate do not belong together. A certificate that has ended is no reason to
 * stay closed: the platform refuses it, and the terminal goes on with what needs no network. Files that are exchanged later
 * hold from the next request on, as soon as they fit each other.
 */
export async function platformAccess(configuration: PlatformConfiguration, log?: Log): Promise<PlatformAccess> {
  const auth = configuration.auth ?? { kind: 'token', token: configuration.token ?? '' };
  if (auth.kind === 'mtls') {
    const read = () => ({ own: identity(auth), ca: authorities(auth.caFile) });
    const { fetch, close, credential } = await agentFor([auth.caFile, auth.certFile, auth.keyFile], read, log);
    return {
      fetch,
      close,
      get certificateEndsAt() {
        return credential().own.endsAt;
      },
    };
  }
  const { token, caFile } = auth;
  if (caFile === undefined) return { fetch: globalThis.fetch, token, close: async () => undefined };
  const { fetch, close } = await agentFor([caFile], () => ({ ca: authorities(caFile) }), log);
  return { fetch, close, token };
}

interface Identity {
  readonly certificate: string;
  readonly key: string;
  readonly endsAt: string;
}

interface Credential {
  /** PEM, a certificate each. */
  readonly ca: string[];
  readonly own?: Identity;
}

interface CredentialAgent<C> extends Pick<PlatformAccess, 'fetch' | 'close'> {
  /** In force at present. */
  readonly credential: () => C;
}

/** `read` reads `paths`; it throws an AccessError where they are not as they should be. */
async function agentFor<C extends Credential>(
  paths: readonly string[],
  read: () => C,
  log: Log | undefined,
): Promise<CredentialAgent<C>> {
  let stamp = stampOf(paths);
  let credential = read();
  // A fifth of a second of every start, for those who need it.
  const { Agent, fetch } = await import('undici');
  const agentWith = ({ ca, own }: Credential) => {
    const shown = own && { cert: own.certificate, key: own.key };
    return new Agent({ connect: { ca, minVersion: 'TLSv1.2', timeout: CONNECT_MS, ...shown } });
  };
  let agent = agentWith(credential);
  const lookAgain = (): void => {
    const found = stampOf(paths);
    if (found === stamp) return;
    stamp = found; // before the reading: what changes meanwhile is seen the next time
    try {
      credential = read();
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      log?.warn(
        { reason: error.message },
        'the platform’s credential was changed and does not hold: the former one stays',
      );
      return;
    }
    void agent.close().catch(() => undefined); // once what is under way has come to its end
    agent = agentWith(credential);
    log?.info({ certificateEndsAt: credential.own?.endsAt }, 'the platform’s credential was changed');
  };
  return {
    fetch: async (url, init) => {
      lookAgain();
      const { own } = credential;
      try {
        return await fetch(url, { ...init, dispatcher: agent });
      } catch (error) {
        throw own && wasHungUp(error) ? suspicion(own.endsAt, error) : error;
      }
    },
    close: () => agent.destroy().catch(() => undefined),
    credential: () => credential,
  };
}

/** Differs once one of the files has been exchanged or written to. */
function stampOf(paths: readonly string[]): string {
  const stamps = paths.map((path) => {
    try {
      const { mtimeNs, size, ino } = statSync(path, { bigint: true });
      return `${mtimeNs} ${size} ${ino}`;
    } catch {
      return 'none'; // whoever reads it says why
    }
  });
  return stamps.join(', ');
}

/** Under TLS 1.3 a server that refuses our certificate has already let us speak, and then hangs up. */
function wasHungUp(error: unknown): boolean {
  const code = socketCodeOf(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
}

function suspicion(endsAt: string, cause: unknown): SyncError {
  if (machineAgeMs(endsAt) > 0) {
    return new SyncError('unauthorised', `this terminal’s certificate has ended: ${endsAt}`, { cause });
  }
  const told = 'hung up without an answer, as is done to a terminal whose certificate is refused';
  return new SyncError('unreachable', told, { cause });
}

/** All certificates of a PEM file. */
function authorities(path: string): string[] {
  const found = readPem(path).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new AccessError(`${path}: no certificate in PEM`);
  for (const [index, pem] of found.entries()) {
    const certificate = parsed(`${path}: certificate ${index + 1}`, () => new X509Certificate(pem));
    if (!certificate.ca) throw new AccessError(`${path}: certificate ${index + 1} is no authority's`);
  }
  return found;
}

function identity({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): Identity {
  const certificate = readPem(certFile);
  const own = parsed(certFile, () => new X509Certificate(certificate));
  const key = readPem(keyFile);
  const privateKey = parsed(keyFile, () => createPrivateKey(key));
  if (!own.checkPrivateKey(privateKey)) {
    throw new AccessError(`${keyFile}: not the key of the certificate in ${certFile}`);
  }
  return { certificate, key, endsAt: own.validToDate.toISOString() };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AccessError(`${path}: ${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'}`);
  }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    // OpenSSL's sentences name formats and steps, never content.
    throw new AccessError(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
