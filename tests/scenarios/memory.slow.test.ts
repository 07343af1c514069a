import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { traces } from '../support/traces.ts';

let lobby: Lobby;
afterEach(async () => {
  await lobby.close();
  vi.unstubAllEnvs();
});

const snapshot = z.object({ strings: z.array(z.string()) });

/** All strings that a process still refers to: V8 collects the others before it writes this. */
async function stringsOf(pid: number, folder: string): Promise<string> {
  process.kill(pid, 'SIGUSR2');
  const find = () => readdirSync(folder).find((name) => name.includes(`.${pid}.`));
  const name = await eventually(find, Boolean);
  const path = join(folder, name ?? '');
  let sizeBytes = -1;
  await eventually(
    () => {
      const before = sizeBytes;
      sizeBytes = statSync(path).size;
      return sizeBytes > 0 && sizeBytes === before && readFileSync(path, 'utf8').trimEnd().endsWith('}');
    },
    (isWhole) => isWhole,
  );
  return snapshot.parse(JSON.parse(readFileSync(path, 'utf8'))).strings.join('\n');
}

test('after a visit no process refers to anything of the resident any more', async () => {
  const folder = temporaryFolder();
  vi.stubEnv('NODE_OPTIONS', `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}`);
  lobby = await openLobby();
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('form');
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await resident.touches(zhCn.action.submit);
  await resident.sees('result');
  await resident.touches(zhCn.action.finish);
  await resident.sees('attract');
  await eventually(() => world.platform.inspect().cases.length, Boolean);

  const person = traces('lin');
  const portrait = Buffer.from(person.pictures[0] ?? []).toString('base64');
  const wanted = [person.name, person.idNumber, person.address, portrait.slice(400, 460)];
  const pids = {
    core: lobby.terminal.core.pid ?? 0,
    devices: processesOf(process.pid, 'jiujin-devices')[0] ?? 0,
    face: processesOf(process.pid, 'jiujin-face')[0] ?? 0,
  };
  for (const [name, pid] of Object.entries(pids)) {
    const strings = await stringsOf(pid, folder);
    expect(strings).toContain('vscode-jsonrpc'); // or nothing was looked into
    expect(
      wanted.filter((text) => strings.includes(text)),
      name,
    ).toEqual([]);
  }
});
