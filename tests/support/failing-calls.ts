import type * as fs from 'node:fs';
import type Sqlite from 'better-sqlite3';

type Mode = 'before' | 'after';
type Work = (...given: never[]) => unknown;

/**
 * Lets the n-th call of a program to the database engine and to the file system fail, once, before it has done anything or
 * after it has done everything. In a test file:
 *
 *   const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
 *   vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));
 *   vi.mock('node:fs', async (original) => (await calls()).ofFiles(await original()));
 *
 * The engine's own calls to the file system are beneath this; strace reaches those.
 */
class FailingCalls {
  /** Calls since `arm`. */
  count = 0;
  /** What the failing call was. */
  failed: string | undefined;
  #at = 0;
  #mode: Mode = 'before';
  #sqlite = '';
  #file = '';
  #counted: (name: string) => boolean = () => true;
  #always: ((name: string) => boolean) | undefined;

  /**
   * The `n`-th call from now fails, of those that `counted` names; 0: none does. `sqlite` and `file` are codes such as
   * SQLITE_IOERR_WRITE and EIO.
   */
  arm(n: number, mode: Mode, sqlite: string, file: string, counted = (_name: string): boolean => true): void {
    Object.assign(this, { count: 0, failed: undefined });
    this.#at = n;
    this.#mode = mode;
    this.#sqlite = sqlite;
    this.#file = file;
    this.#counted = counted;
  }

  /** From now on every call to the engine fails that `chosen` says, of `run`, `get`, `commit`, `pragma journal_mode = WAL`. */
  always(sqlite: string, chosen: (name: string) => boolean): void {
    this.arm(0, 'before', sqlite, '');
    this.#always = chosen;
  }

  disarm(): void {
    this.#at = 0;
    this.#always = undefined;
  }

  ofFiles(original: typeof fs): typeof fs {
    const failing: Record<string, unknown> = { ...original };
    for (const name of FILE_CALLS) {
      const real: Work = original[name];
      failing[name] = (...given: never[]) => this.#call(name, () => real(...given), this.#fileError(name));
    }
    return { ...original, ...failing };
  }

  ofSqlite(original: { readonly default: typeof Sqlite }): object {
    const Real = original.default;
    const call = <T>(name: string, work: () => T): T =>
      this.#call(name, work, () => new Real.SqliteError(`injected, ${name}`, this.#sqlite));
    const wrap = <S extends object>(statement: S): S =>
      new Proxy(statement, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          const bound: Work = value.bind(target);
          if (name === 'pluck' || name === 'raw') return () => wrap(bound() as object);
          return (...given: never[]) => call(String(name), () => bound(...given));
        },
      });
    class FailingDatabase extends Real {
      override prepare(sql: string): never {
        return wrap(call('prepare', () => super.prepare(sql))) as never;
      }
      override pragma(source: string, options?: { simple?: boolean }): unknown {
        return call(`pragma ${source}`, () => super.pragma(source, options));
      }
      override exec(source: string): this {
        return call('exec', () => super.exec(source));
      }
      override transaction(work: Work): never {
        const inner = super.transaction((...given: never[]) => {
          const result = work(...given);
          call('commit', () => undefined); // refused, everything is rolled back
          return result;
        });
        return { immediate: (...given: never[]) => call('transaction', () => inner.immediate(...given)) } as never;
      }
    }
    return { ...original, default: FailingDatabase };
  }

  #call<T>(name: string, work: () => T, error: () => Error): T {
    if (this.#always?.(name)) throw error();
    if (!this.#counted(name)) return work();
    this.count += 1;
    if (this.count !== this.#at) return work();
    this.failed = `${name}, ${this.#mode} its effect`;
    if (this.#mode === 'after' && name !== 'iterate') work(); // rows that nobody takes would hold the connection
    throw error();
  }

  #fileError(syscall: string): () => Error {
    return () => Object.assign(new Error(`${this.#file}: injected, ${syscall}`), { code: this.#file, syscall });
  }
}

const FILE_CALLS = [
  ...(['openSync', 'closeSync', 'readSync', 'writeSync', 'fsyncSync', 'fstatSync', 'statSync'] as const),
  ...(['chmodSync', 'fchmodSync', 'mkdirSync', 'readdirSync', 'renameSync', 'rmSync'] as const),
  ...(['copyFileSync', 'readFileSync', 'writeFileSync'] as const),
];

export const failingCalls = new FailingCalls();
