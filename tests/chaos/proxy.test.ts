import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { drawExchangeFault, drawLineFault } from '../../scripts/chaos/proxy/draw.ts';
import { type Plan, plan, plans, readPlan } from '../../scripts/chaos/proxy/plan.ts';
import { type ChaosProxy, type ProxyFault, startChaosProxy } from '../../scripts/chaos/proxy/proxy.ts';
import { httpFarEnd } from '../support/http-far-end.ts';

const open: ChaosProxy[] = [];
afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.close();
});

/** A far end that says what came, behind a proxy with this plan. */
async function behind(changes: Partial<Plan>, seed = 1) {
  const received: string[] = [];
  const upstream = await httpFarEnd(async (asked, answer) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of asked) chunks.push(chunk);
    } catch {
      received.push(`${asked.method} ${asked.url} broken off`);
      return;
    }
    received.push(`${asked.method} ${asked.url} ${Buffer.concat(chunks)}`);
    answer.setHeader('x-host', asked.headers.host ?? '');
    answer.end(`answer to ${asked.url}`);
  });
  const faults: ProxyFault[] = [];
  const proxy = await startChaosProxy({
    ...{ upstream, port: 0, seed, plan: plan.parse(changes) },
    onFault: (fault) => faults.push(fault),
  });
  open.push(proxy);
  const post = async (path: string, body = 'body'): Promise<string> => {
    const response = await fetch(proxy.url + path, { method: 'POST', body });
    return `${response.status} ${await response.text()}`;
  };
  return { proxy, received, faults, post };
}

test('a calm line changes nothing, and names itself as the host', async () => {
  const { proxy, received, faults, post } = await behind(plans.calm);
  const large = 'x'.repeat(300_000);
  expect(await post('/a?b=c', large)).toBe('200 answer to /a?b=c');
  const response = await fetch(`${proxy.url}/d`);
  expect([await response.text(), response.headers.get('x-host')]).toEqual(['answer to /d', new URL(proxy.url).host]);
  expect(received).toEqual([`POST /a?b=c ${large}`, 'GET /d ']);
  expect(faults).toEqual([]);
});

test('a duplicated request reaches the platform twice, and is answered once', async () => {
  const { received, faults, post } = await behind({ duplicate: 1, holdMs: 0 });
  expect(await post('/a')).toBe('200 answer to /a');
  await expect
    .poll(() => faults)
    .toEqual([{ where: 'exchange', number: 1, what: 'duplicate, 0 ms later, answered 200' }]);
  expect(received).toEqual(['POST /a body', 'POST /a body']);
});

test('a held request is overtaken by a later one', async () => {
  // With this seed the first exchange is held and the second is not.
  const seed = [...Array(100).keys()].find((each) => {
    const kinds = [1, 2].map((number) => drawExchangeFault(plan.parse({ holdRequest: 0.5 }), each, number).kind);
    return kinds.join() === 'hold-request,none';
  })!;
  const { received, faults, post } = await behind({ holdRequest: 0.5, holdMs: 10_000 }, seed);
  const first = post('/first');
  await expect.poll(() => sentSoFar(first)).toBe('waiting');
  await post('/second');
  expect(await first).toBe('200 answer to /first');
  expect(received).toEqual(['POST /second body', 'POST /first body']);
  expect(faults.map(({ what }) => what)).toEqual(['hold-request, overtaken']);
});

const sentSoFar = (promise: Promise<unknown>): Promise<string> =>
  Promise.race([promise.then(() => 'answered'), new Promise<string>((resolve) => setTimeout(resolve, 20, 'waiting'))]);

test('a held answer is overtaken by that of a later request', async () => {
  const seed = [...Array(100).keys()].find((each) => {
    const kinds = [1, 2].map((number) => drawExchangeFault(plan.parse({ holdAnswer: 0.5 }), each, number).kind);
    return kinds.join() === 'hold-answer,none';
  })!;
  const { received, faults, post } = await behind({ holdAnswer: 0.5, holdMs: 10_000 }, seed);
  const answered: string[] = [];
  const first = post('/first').then((text) => answered.push(text));
  await expect.poll(() => received).toHaveLength(1);
  await post('/second').then((text) => answered.push(text));
  await first;
  expect(received).toEqual(['POST /first body', 'POST /second body']);
  expect(answered).toEqual(['200 answer to /second', '200 answer to /first']);
  expect(faults.map(({ what }) => what)).toEqual(['hold-answer, overtaken']);
});

test('a held request reaches the platform although whoever sent it has gone', async () => {
  const { proxy, received } = await behind({ holdRequest: 1, holdMs: 100 });
  const gone = request(`${proxy.url}/late`, { method: 'POST', agent: new Agent() });
  gone.on('error', () => undefined);
  gone.end('ghost', () => setTimeout(() => gone.destroy(), 30));
  await expect.poll(() => received).toEqual(['POST /late ghost']);
});

test('a dropped answer is dropped after the work was done', async () => {
  const { received, faults, post } = await behind({ dropAnswer: 1 });
  await expect(post('/a')).rejects.toThrow();
  expect(received).toEqual(['POST /a body']);
  expect(faults.map(({ what }) => what)).toEqual(['drop-answer, which was 200']);
});

test.each<[Partial<Plan>, RegExp]>([
  [{ badGateway: 1 }, /^502 <h1>/],
  [{ unavailable: 1 }, /^503 <h1>/],
  [{ portal: 1 }, /^200 <!doctype html>/],
])('in place of the platform somebody else answers, before or after the work: %j', async (changes, expected) => {
  const { received, faults, post } = await behind(changes);
  for (let number = 1; number <= 12; number += 1) expect(await post(`/${number}`)).toMatch(expected);
  const worked = faults
    .filter(({ what }) => what.endsWith('after the work'))
    .map(({ number }) => `POST /${number} body`);
  expect(received).toEqual(worked);
  expect(worked.length).toBeGreaterThan(0);
  expect(worked.length).toBeLessThan(12);
});

test('a cut ends the connection at the byte that the seed says, up and down, with RST and FIN', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 24; seed += 1) {
    const drawn = drawLineFault(plan.parse({ cut: 1, reachBytes: 100 }), seed, 1).end;
    if (drawn.kind !== 'cut') throw new Error('the share of cuts is 1');
    const { proxy, received, faults, post } = await behind({ cut: 1, reachBytes: 100 }, seed);
    await expect(post('/a', 'x'.repeat(1_000))).rejects.toThrow();
    expect(faults[0]?.what).toBe(`cut ${drawn.way} after ${drawn.afterBytes} bytes, ${drawn.ending}`);
    expect(received.filter((text) => !text.endsWith('broken off'))).toHaveLength(drawn.way === 'up' ? 0 : 1);
    seen.add(`${drawn.way} ${drawn.ending}`);
    await proxy.close();
  }
  expect([...seen].sort()).toEqual(['down close', 'down reset', 'up close', 'up reset']);
});

test('what a terminal reads before a cut is what was sent, up to that byte', async () => {
  const seed = [...Array(100).keys()].find((each) => {
    const { end } = drawLineFault(plan.parse({ cut: 1, reachBytes: 60 }), each, 1);
    return end.kind === 'cut' && end.way === 'down' && end.ending === 'close' && end.afterBytes > 20;
  })!;
  const { proxy } = await behind({ cut: 1, reachBytes: 60 }, seed);
  const { end } = drawLineFault(plan.parse({ cut: 1, reachBytes: 60 }), seed, 1);
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write('GET /a HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1.1 200 OK/);
  expect(end).toMatchObject({ afterBytes: text.length });
});

test('half a request reaches the platform as half a request', async () => {
  const seed = [...Array(100).keys()].find((each) => {
    const { end } = drawLineFault(plan.parse({ halve: 1, reachBytes: 1 }), each, 1);
    return end.kind === 'halve' && end.way === 'up';
  })!;
  const { received, faults, post } = await behind({ halve: 1, reachBytes: 1, stallMs: 300 }, seed);
  await expect(post('/a', 'x'.repeat(2_000))).rejects.toThrow();
  await expect.poll(() => received, { timeout: 10_000 }).toEqual(['POST /a broken off']);
  expect(faults[0]?.what).toMatch(/^halve up after \d+ bytes/);
});

test('a throttled line takes the time that its bytes need, and a delayed one is late; nothing is lost on either', async () => {
  const throttled = await behind({ throttle: 1, bytesPerSecond: 20_000 }, seedOfSlowest());
  const startedAt = performance.now();
  expect(await throttled.post('/a', 'x'.repeat(4_000))).toBe('200 answer to /a');
  expect(performance.now() - startedAt).toBeGreaterThan(200);
  expect(throttled.received).toEqual([`POST /a ${'x'.repeat(4_000)}`]);
  const delayed = await behind({ delay: 1 });
  expect(await delayed.post('/a')).toBe('200 answer to /a');
  expect(delayed.faults[0]?.what).toMatch(/^delay of \d+ ms$/);
});

/** One whose first connection gets between half of 20,000 bytes a second and all of it. */
function seedOfSlowest(): number {
  return [...Array(100).keys()].find((each) => {
    const { pace } = drawLineFault(plan.parse({ throttle: 1, bytesPerSecond: 20_000 }), each, 1);
    return pace.kind === 'throttle' && pace.bytesPerSecond > 10_000;
  })!;
}

test('a platform that is away is a 502, and the proxy goes on', async () => {
  const proxy = await startChaosProxy({ upstream: 'http://127.0.0.1:9', port: 0, seed: 1, plan: plans.calm });
  open.push(proxy);
  for (const body of ['a', 'b']) expect((await fetch(proxy.url, { method: 'POST', body })).status).toBe(502);
});

test('closing ends connections that are stalled, held or idle, and frees the port', async () => {
  const { proxy, post } = await behind({ holdRequest: 1, holdMs: 60_000 });
  const held = expect(post('/a')).rejects.toThrow();
  const idle = connect(proxy.port, '127.0.0.1');
  idle.on('error', () => undefined);
  await once(idle, 'connect');
  await Promise.all([proxy.close(), held]);
  open.splice(0);
  const again = await startChaosProxy({ upstream: proxy.url, port: proxy.port, seed: 1, plan: plans.calm });
  await again.close();
});

test('a seed and a number say it all: the same is drawn again, another is another', () => {
  const draw = (seed: number) =>
    [...Array(50).keys()].map((number) => [
      drawLineFault(plans.storm, seed, number),
      drawExchangeFault(plans.storm, seed, number),
    ]);
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('faults come in the shares of the plan', () => {
  const drawn = [...Array(4_000).keys()].map((number) => drawExchangeFault(plans.storm, 3, number).kind);
  const share = drawn.filter((kind) => kind === 'duplicate').length / drawn.length;
  expect(share).toBeGreaterThan(plans.storm.duplicate - 0.03);
  expect(share).toBeLessThan(plans.storm.duplicate + 0.03);
});

test.each([
  ['windy', 'no plan of this name'],
  ['{"cut": 2}', 'cut'],
  ['{"cut": 0.6, "halve": 0.6}', 'together at most 1'],
  ['{"portal": 0.6, "duplicate": 0.6}', 'together at most 1'],
  ['{"unheardOf": 1}', 'unheardOf'],
  ['{"stallMs": 1e9}', 'stallMs'],
  ['[]', 'no plan'],
])('a plan that makes no sense is refused with the reason: %s', (text, reason) => {
  expect(() => readPlan(text)).toThrow(reason);
});
