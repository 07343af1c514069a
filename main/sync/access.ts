import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PlatformConfiguration } from './access-schemas.ts';
import { SyncError, socketCodeOf } from './errors.ts';
import type { Fetch } from './fetch.ts';

/** A file of the credential's that cannot be used: which one, and why. Quotes nothing of it. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly code = 'bad-configuration';
}

export interface PlatformAccess {
  /** Shows the certificate, where there is one, and speaks to nobody whom the configured authorities do not vouch for. */
  readonly fetch: Fetch;
  /** Absent where the certificate is the credential. */
  readonly token?: string;
  /** When the certificate ends; ISO 8601, UTC. */
  readonly certificateEndsAt?: string;
  /** Ends connections that are kept for the next request. Never rejects. */
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;

/**
 * How the platform is reached: one agent for all calls, Node's own where a token is all there is. Rejects with an AccessError
 * where a file is missing, no PEM, or key and certificate do not belong together. A certificate that has ended is no reason to
 * stay closed: the platform refuses it, and the terminal goes on with what needs no network.
 */
export async function platformAccess(configuration: PlatformConfiguration): Promise<PlatformAccess> {
  const auth = configuration.auth ?? { kind: 'token', token: configuration.token ?? '' };
  if (auth.kind === 'mtls') {
    const own = identity(auth);
    return { ...(await agentFor(authorities(auth.caFile), own)), certificateEndsAt: own.endsAt };
  }
  const { token, caFile } = auth;
  if (caFile === undefined) return { fetch: globalThis.fetch, token, close: async () => undefined };
  return { ...(await agentFor(authorities(caFile))), token };
}

interface Identity {
  readonly certificate: string;
  readonly key: string;
  readonly endsAt: string;
}

async function agentFor(ca: string[], own?: Identity): Promise<Pick<PlatformAccess, 'fetch' | 'close'>> {
  // A fifth of a second of every start, for those who need it.
  const { Agent, fetch } = await import('undici');
  const agent = new Agent({
    connect: {
      ca,
      minVersion: 'TLSv1.2',
      timeout: CONNECT_MS,
      ...(own && { cert: own.certificate, key: own.key }),
    },
  });
  return {
    fetch: async (url, init) => {
      try {
        return await fetch(url, { ...init, dispatcher: agent });
      } catch (error) {
        throw own && wasHungUp(error) ? suspicion(own.endsAt, error) : error;
      }
    },
    close: () => agent.destroy().catch(() => undefined),
  };
}

/** Under TLS 1.3 a server that refuses our certificate has already let us speak, and then hangs up. */
function wasHungUp(error: unknown): boolean {
  const code = socketCodeOf(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET';
}

function suspicion(endsAt: string, cause: unknown): SyncError {
  if (Date.parse(endsAt) < Date.now()) {
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
