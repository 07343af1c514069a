import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { within } from '../../../drivers/core/index.ts';
import { programScript } from '../../build/programs.ts';

const START_MS = 60_000;
const listening = z.object({ listening: z.url() });

/** The stand-in platform as a process of its own, on a file, which may be killed and comes back on the same port. */
export class CentralPlatform {
  readonly file: string;
  readonly token: string;
  #process: ChildProcess | undefined;
  #script: string | undefined;
  #url = '';

  constructor(file: string, token: string) {
    this.file = file;
    this.token = token;
  }

  /** Empty before the first start, and before `reserve`. */
  get url(): string {
    return this.#url;
  }

  /** Gives it its address, at which nobody answers yet: a platform that is away from the first. */
  async reserve(): Promise<void> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on no socket file
    this.#url = `http://127.0.0.1:${port}`;
    server.close();
    await once(server, 'close');
  }

  /** Rejects where it does not come up. */
  async start(): Promise<void> {
    // Those that follow are what the first was, also where a source has changed meanwhile.
    this.#script ??= await programScript('crash-platform');
    const port = this.#url === '' ? 0 : Number(new URL(this.#url).port);
    const options = JSON.stringify({ port, file: this.file, token: this.token });
    const started = spawn(process.execPath, [this.#script, options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process = started;
    const died = once(started, 'exit').then(() => {
      throw new Error('The stand-in platform ended before it listened.');
    });
    const firstLine = once(createInterface({ input: started.stdout }), 'line');
    const [line] = await within(START_MS, 'the stand-in platform', [], Promise.race([firstLine, died]));
    died.catch(() => undefined);
    this.#url = listening.parse(JSON.parse(String(line))).listening;
  }

  /** Ends at once, or properly with `SIGTERM`; resolves when it has gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const ending = this.#process;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  }
}
