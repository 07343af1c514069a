/** Longer than any scanner's job address. */
const MAX_LENGTH = 1024;

/**
 * The path of a job's address. Nothing else of it is of use: scanners name hosts that are not theirs, and broken IPv6
 * literals that no URL parser takes (sane-airscan). `undefined` where there is none that could be asked for.
 */
export function pathOfLocation(location: string, requestPath: string): string | undefined {
  const withoutHost = location.trim().replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  const path = withoutHost.startsWith('/') ? withoutHost : `${requestPath}/${withoutHost}`;
  const isPath = withoutHost !== '' && path.length <= MAX_LENGTH && /^[\x21-\x7e]+$/.test(path);
  return isPath ? path.replace(/\/+$/, '') : undefined;
}
