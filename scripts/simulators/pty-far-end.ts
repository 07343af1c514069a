import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import pty from '@lydell/node-pty';
import type { FarEnd } from '../../drivers/simulation/far-end.ts';

export interface PtyFarEnd {
  /** What `serialport` opens. */
  readonly path: string;
  /** The device stops taking bytes, as one whose buffer is full. */
  readonly stall: () => void;
  /** Pulls the cable: the port disappears. May be called twice. */
  readonly close: () => Promise<void>;
}

/**
 * Puts a simulated device behind a pseudo-terminal, so that the real serial code runs byte for byte. A pseudo-terminal
 * does not tell when a host opens it, so the device is attached from the start and across reconnections.
 */
export async function servePty(farEnd: FarEnd): Promise<PtyFarEnd> {
  const terminal = openTerminal();
  const master = streamOf(terminal, 'master');
  const path: unknown = Reflect.get(terminal, 'ptsName');
  if (typeof path !== 'string') throw new Error('node-pty no longer tells the name of its terminal');
  // Held open and unread: once the last holder of the slave side has gone, the master side is dead for good.
  const holder = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  streamOf(terminal, 'slave').destroy(); // node-pty's own stream would read what is meant for the host
  const attachment = farEnd.attach((bytes) => {
    if (!master.destroyed) Reflect.apply(master.write, master, [bytes]);
  });
  master.on('data', (bytes: Buffer) => attachment.receive(bytes));
  master.on('error', () => master.destroy()); // EIO: the terminal has gone
  return {
    path,
    stall: () => master.pause(),
    close: async () => {
      if (master.destroyed) return;
      attachment.detach();
      closeSync(holder);
      master.destroy();
    },
  };
}

/** node-pty's types leave out `open` and both ends of what it gives. */
function openTerminal(): object {
  const open: unknown = Reflect.get(pty, 'open');
  const terminal: unknown = typeof open === 'function' ? open({ encoding: null }) : undefined;
  if (typeof terminal !== 'object' || terminal === null)
    throw new Error('node-pty no longer opens a terminal by itself');
  return terminal;
}

function streamOf(terminal: object, end: 'master' | 'slave'): ReadStream {
  const stream: unknown = Reflect.get(terminal, end);
  if (!(stream instanceof ReadStream)) throw new Error(`node-pty no longer gives the ${end} side`);
  return stream;
}
