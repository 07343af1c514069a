import { realpath } from 'node:fs/promises';
import { SerialPort } from 'serialport';
import { type Channel, DeviceError, type SerialPorts, type Transport, within } from '../core/index.ts';
import { writerInParts } from './write-in-parts.ts';

/** About a second at 9,600 baud, so that the deadline of one part is never a matter of speed. */
const PART_BYTES = 1024;
/** serialport 13 reads a terminal that hung up during a read again and again and reports nothing; its speed says EIO. */
const WATCH_MS = 1_000;
/** On Linux the list is made by a program of its own. */
const LIST_MS = 3_000;

/** A serial port: 8 data bits, no parity, 1 stop bit, no flow control. `baudRate` in bit/s. */
export function serialTransport({ path, baudRate }: { readonly path: string; readonly baudRate: number }): Transport {
  const name = `serial:${path}@${baudRate}`;
  return {
    name,
    open: async (signal) => {
      signal.throwIfAborted();
      const port = new SerialPort({ path, baudRate, autoOpen: false });
      // Opening cannot be called off, and does not hang: the port is opened without waiting for a carrier.
      await new Promise<void>((resolve, reject) => {
        port.open((error) => (error ? reject(gone(name, error)) : resolve()));
      });
      const channel = channelOver(port, name);
      if (signal.aborted) {
        await channel.close();
        throw signal.reason;
      }
      return channel;
    },
  };
}

function gone(name: string, error: Error | null): DeviceError {
  return new DeviceError('not-connected', `${name}: ${error?.message ?? 'closed'}`, { cause: error });
}

function channelOver(port: SerialPort, name: string): Channel {
  const lost = new AbortController();
  const lose = (error: Error | null): void => {
    clearInterval(watch);
    lost.abort(gone(name, error));
  };
  const hangsUpUnsaid = process.platform === 'linux';
  const watch = hangsUpUnsaid ? setInterval(() => port.port?.getBaudRate().catch(lose), WATCH_MS) : undefined;
  port.once('close', lose).on('error', lose);
  const write = writerInParts(name, PART_BYTES, lost.signal, (part, done) => {
    port.write(part, done);
  });
  return {
    write: async (bytes) => {
      try {
        await write(bytes);
      } catch (error) {
        if (port.isOpen) port.flush(); // Linux holds up `close` for as long as 30 s while a stuck line is owed bytes
        throw error;
      }
    },
    onData: (listener) => {
      port.removeAllListeners('data').on('data', listener);
    },
    lost: lost.signal,
    close: async () => {
      clearInterval(watch);
      if (port.isOpen) await new Promise((resolve) => port.close(resolve));
    },
  };
}

/** The serial ports of this machine. A list that cannot be had rejects `unsupported`: on Linux `udevadm` is missing. */
export const nativeSerialPorts: SerialPorts = {
  list: async () => {
    try {
      const ports = await within(LIST_MS, 'listing serial ports', [], SerialPort.list());
      return ports.map(({ path, vendorId, productId }) => {
        const usb = { vendorId: Number.parseInt(vendorId ?? '', 16), productId: Number.parseInt(productId ?? '', 16) };
        return Number.isNaN(usb.vendorId) || Number.isNaN(usb.productId) ? { path } : { path, usb };
      });
    } catch (error) {
      throw new DeviceError('unsupported', `serial ports cannot be listed: ${(error as Error).message}`, {
        cause: error,
      });
    }
  },
  realPath: async (path) => await realpath(path).catch(() => path),
};
