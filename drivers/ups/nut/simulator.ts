import { LineDecoder } from '../../framing/lines.ts';
import type { Attachment, FarEnd } from '../../simulation/far-end.ts';
import { encodeLine, LINE_END, MAX_LINE_BYTES, parseLine } from './codec.ts';

/** What one host has said of itself on its connection. */
interface Session {
  username?: string;
  password?: string;
  loggedIn: boolean;
}

/** More than a host that waits for its answers ever has under way. */
const MAX_WAITING = 64;

/** upsd with one UPS, at the far end of any number of connections. Its faults are plain fields. */
export class UpsdSimulator implements FarEnd {
  readonly name = 'nut';
  ups = 'su700';
  readonly variables: Record<string, string> = {
    'battery.charge': '100',
    'battery.runtime': '1800',
    'device.mfr': 'Example',
    'device.model': 'UPS 700',
    'driver.name': 'dummy-ups',
    'driver.version': '2.8.0',
    'ups.load': '23',
    'ups.status': 'OL',
  };
  /** Passwords of users with `upsmon secondary`. */
  readonly users: Record<string, string> = {};
  /** What upsd answers instead of data: `DRIVER-NOT-CONNECTED`, `DATA-STALE`, `ACCESS-DENIED`. */
  error: string | undefined;
  silent = false;
  delayMs = 0;
  /** Answers arrive in pieces of this size. */
  chunkBytes = Number.POSITIVE_INFINITY;
  /** How many hosts are logged in now, and how many have said goodbye. */
  logins = 0;
  goodbyes = 0;

  attach(send: (bytes: Uint8Array) => void): Attachment {
    const decoder = new LineDecoder({ end: LINE_END, maxBytes: MAX_LINE_BYTES });
    const session: Session = { loggedIn: false };
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const say = (answer: Uint8Array): void => {
      for (let at = 0; at < answer.length; at += this.chunkBytes) send(answer.subarray(at, at + this.chunkBytes));
    };
    const later = (answer: Uint8Array): void => {
      if (timers.size >= MAX_WAITING) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        say(answer);
      }, this.delayMs);
      timers.add(timer);
    };
    return {
      receive: (bytes) => {
        for (const line of decoder.push(bytes)) {
          const answer = line.kind === 'line' ? this.#answer(line.bytes, session) : encodeLine(['ERR', 'TOO-LONG']);
          if (this.silent) continue;
          if (this.delayMs === 0) say(answer);
          else later(answer);
        }
      },
      detach: () => {
        for (const timer of timers) clearTimeout(timer);
        timers.clear();
        if (session.loggedIn) this.logins -= 1;
        session.loggedIn = false;
      },
    };
  }

  #answer(line: Uint8Array, session: Session): Uint8Array {
    const words = wordsOf(line);
    const [command, second, third] = words;
    if (command === 'LIST' && second === 'VAR' && words.length === 3) return this.#list(third ?? '');
    if (command === 'USERNAME' && second !== undefined) return this.#keep(session, { username: second });
    if (command === 'PASSWORD' && second !== undefined) return this.#keep(session, { password: second });
    if (command === 'LOGIN') return this.#login(second ?? '', session);
    if (command !== 'LOGOUT') return encodeLine(['ERR', 'UNKNOWN-COMMAND']);
    this.goodbyes += 1;
    return encodeLine(['OK', 'Goodbye']);
  }

  #keep(session: Session, said: Partial<Session>): Uint8Array {
    Object.assign(session, said);
    return encodeLine(['OK']);
  }

  #login(ups: string, session: Session): Uint8Array {
    const { username, password } = session;
    if (ups !== this.ups) return encodeLine(['ERR', 'UNKNOWN-UPS']);
    if (username === undefined) return encodeLine(['ERR', 'USERNAME-REQUIRED']);
    if (password === undefined) return encodeLine(['ERR', 'PASSWORD-REQUIRED']);
    if (this.users[username] !== password) return encodeLine(['ERR', 'ACCESS-DENIED']);
    if (session.loggedIn) return encodeLine(['ERR', 'ALREADY-LOGGED-IN']);
    session.loggedIn = true;
    this.logins += 1;
    return encodeLine(['OK']);
  }

  #list(ups: string): Uint8Array {
    if (ups !== this.ups) return encodeLine(['ERR', 'UNKNOWN-UPS']);
    if (this.error) return encodeLine(['ERR', this.error]);
    const variables = Object.entries(this.variables).map(([name, value]) => variableLine(ups, name, value));
    return Buffer.concat([
      encodeLine(['BEGIN', 'LIST', 'VAR', ups]),
      ...variables,
      encodeLine(['END', 'LIST', 'VAR', ups]),
    ]);
  }
}

/** upsd quotes every value, needed or not. */
export function variableLine(ups: string, name: string, value: string): Uint8Array {
  return Buffer.from(`VAR ${ups} ${name} "${value.replace(/[\\"#]/g, '\\$&')}"\n`);
}

function wordsOf(line: Uint8Array): string[] {
  try {
    return parseLine(line);
  } catch {
    return []; // upsd answers what it cannot parse like a command that it does not know
  }
}
