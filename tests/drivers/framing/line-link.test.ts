import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Channel } from '../../../drivers/core/index.ts';
import { LineLink } from '../../../drivers/framing/line-link.ts';

let lost: AbortController;
let written: string[];
let hear: (text: string) => void;
let link: LineLink;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  lost = new AbortController();
  const channel: Channel = {
    write: async (bytes) => {
      written.push(Buffer.from(bytes).toString());
    },
    onData: (listener) => {
      hear = (text) => listener(Buffer.from(text));
    },
    lost: lost.signal,
    close: async () => undefined,
  };
  link = new LineLink(channel, { end: 0x0a, maxBytes: 20 });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A question whose answer is `lines` lines long. */
function ask(name: string, lines = 1): Promise<string> {
  const heard: string[] = [];
  const answer = link.ask({
    name,
    bytes: Buffer.from(`${name}\n`),
    deadlineMs: 500,
    take: (line) => {
      if (line.kind === 'too-long') throw new Error('a line without end');
      heard.push(Buffer.from(line.bytes).toString());
      return heard.length === lines ? heard.join() : undefined;
    },
  });
  answer.catch(() => undefined);
  return answer;
}

const turns = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('one question is out at a time, and each gets the lines that come after it', async () => {
  const answers = [ask('first', 2), ask('second')];
  await turns();
  expect(written).toEqual(['first\n']);
  hear('1\n');
  hear('2\nhalf of what nobody asked for');
  await turns();
  expect(written).toEqual(['first\n', 'second\n']);
  hear('3\n');
  expect(await Promise.all(answers)).toEqual(['1,2', '3']);
});

test('a line that came before the question is not its answer', async () => {
  hear('stale\n');
  const answer = ask('how');
  await turns();
  hear('fresh\n');
  expect(await answer).toBe('fresh');
});

test('without an answer the link ends, and what is still said on it answers nobody', async () => {
  const answers = [ask('first'), ask('second')];
  await vi.advanceTimersByTimeAsync(500);
  expect(link.ended.reason).toMatchObject({ code: 'timeout', message: expect.stringContaining('first') });
  hear('late\n');
  for (const answer of answers) await expect(answer).rejects.toMatchObject({ code: 'timeout' });
  expect(written).toEqual(['first\n']);
});

test('an answer that is refused ends the link too', async () => {
  const answer = ask('how');
  await turns();
  hear(`${'x'.repeat(21)}\n`);
  await expect(answer).rejects.toThrow('a line without end');
  expect(link.ended.aborted).toBe(true);
});

test('a line that is lost ends the link with the reason, and lets go who waits', async () => {
  const answer = ask('how');
  await turns();
  lost.abort(new Error('unplugged'));
  await expect(answer).rejects.toThrow('unplugged');
});
