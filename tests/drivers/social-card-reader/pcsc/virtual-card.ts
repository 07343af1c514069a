import { connect, type Socket } from 'node:net';
import type { SimulatedCard } from '../../../../drivers/social-card-reader/pcsc/simulator.ts';

/** Where vpcd, the virtual reader of vsmartcard, waits for its cards: 0x8C7B, and one above for its second reader. */
export const VPCD_PORT = 35_963;

/** vpcd's control messages are one byte long, everything else is an APDU; all have their length before them, u16 big-endian. */
const control = { off: 0, on: 1, reset: 2, answerToReset: 4 } as const;

/** No interface bytes: T=0 (ISO 7816-3). TD1 and TD2 of the other say T=1 too, as cards without contacts do. */
const answersToReset = { 'T=0': '3B00', 'T=1': '3B80800101' } as const;

/** Puts a simulated card into the virtual reader. The returned function takes it out again. */
export async function insertVirtually(card: SimulatedCard, port = VPCD_PORT): Promise<() => void> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const message = rest.subarray(2, 2 + rest.readUInt16BE(0));
      rest = rest.subarray(2 + message.length);
      answer(card, message, socket);
    }
  });
  socket.on('error', () => socket.destroy());
  return () => socket.destroy();
}

function answer(card: SimulatedCard, message: Uint8Array, socket: Socket): void {
  if (message.length > 1) {
    const respond = (): void => send(socket, card.answer(message));
    if (card.delayMs > 0) setTimeout(respond, card.delayMs);
    else respond();
  } else if (message[0] === control.answerToReset) send(socket, Buffer.from(answersToReset[card.protocol], 'hex'));
  else card.reset();
}

function send(socket: Socket, bytes: Uint8Array): void {
  if (socket.writable) socket.write(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes));
}
