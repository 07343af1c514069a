import { CodedError } from '../../drivers/core/index.ts';
/** What can go wrong between this terminal and the platform. README.md says for each what the terminal does. */
export const syncErrorCodes = [
  'unreachable', // no name, no route, no connection, or the line broke
  'refused', // a machine answered that nobody listens there
  'untrusted', // whoever answered could not show that it is the platform
  'timeout',
  'canceled',
  'platform-busy', // 408, 409, 423, 425, 429 and 5xx: the platform says "not now"
  'unauthorised', // 401, and 403 in the platform's words: it refuses this terminal
  'rejected', // 400, 404, 413, 422 and other 4xx: it refuses this request
  'invalid-answer', // not the platform's JSON: a captive portal, a proxy, a page cut off
] as const;
export type SyncErrorCode = (typeof syncErrorCodes)[number];

interface SyncErrorOptions extends ErrorOptions {
  readonly retryAfterMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly status?: number | undefined;
}

/** The platform was not reached, or refuses. The message quotes no body. */
export class SyncError extends CodedError<SyncErrorCode> {
  override readonly name = 'SyncError';
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined;
  /** With `rejected`: the platform's own word for why. */
  readonly reason: string | undefined;
  /** With `rejected` and `platform-busy`: the status of HTTP. */
  readonly status: number | undefined;

  constructor(
    code: SyncErrorCode,
    message: string,
    { retryAfterMs, reason, status, ...options }: SyncErrorOptions = {},
  ) {
    super(code, message, options);
    this.retryAfterMs = retryAfterMs;
    this.reason = reason;
    this.status = status;
  }

  /** What `fetch` and its body threw, as one of ours; undici keeps the socket's code in `cause`. */
  static from(error: unknown, what: string): SyncError {
    if (error instanceof SyncError) return error;
    const socketCode = socketCodeOf(error);
    if (socketCode !== undefined && refusesOurCertificate(socketCode)) {
      const told = `${what}: the platform refuses this terminal’s certificate (${socketCode})`;
      return new SyncError('unauthorised', told, { cause: error });
    }
    const untrusted = socketCode === undefined ? undefined : untrustedBecause[socketCode];
    if (untrusted) return new SyncError('untrusted', `${what}: ${untrusted} (${socketCode})`, { cause: error });
    const code = socketCode === 'ECONNREFUSED' ? 'refused' : 'unreachable';
    return new SyncError(code, `${what}: ${socketCode ?? 'connection failed'}`, { cause: error });
  }
}

const UNKNOWN_AUTHORITY = 'whoever answers is vouched for by no authority that is known here';
/** OpenSSL's verdicts (X509_V_ERR_…, as Node names them) and Node's own on the name. */
const untrustedBecause: Readonly<Partial<Record<string, string>>> = {
  CERT_HAS_EXPIRED: 'the certificate of whoever answers has ended, or this machine’s clock is wrong',
  CERT_NOT_YET_VALID: 'the certificate of whoever answers does not hold yet, or this machine’s clock is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'whoever answers has a certificate of another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_REVOKED: 'the certificate of whoever answers was revoked',
  INVALID_CA: UNKNOWN_AUTHORITY,
  INVALID_PURPOSE: 'whoever answers has a certificate that is not for servers',
};

/** TLS alerts about what we have shown (RFC 8446, 6.2), as OpenSSL names them. */
function refusesOurCertificate(code: string): boolean {
  return /^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code);
}

/** `ECONNREFUSED` and the like, from wherever below it stands. */
export function socketCodeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // Two addresses of one name were tried: each failed in its own way, and the first is as good as the other.
    if (at instanceof AggregateError && at.errors[0] !== undefined) return socketCodeOf(at.errors[0]);
  }
  return undefined;
}
