import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { faceContract } from '../../main/identity/face-protocol.ts';
import { connect, RemoteError } from '../../main/processes/rpc.ts';
import { programScript } from '../../scripts/build/programs.ts';
import { preparePeople } from '../../scripts/prepare/people.ts';
import { defaultWeightsDir, prepareWeights } from '../../scripts/prepare/weights.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Loaded before everything else, in each thread: it ends all but the first once they are told something. */
const endsThreads = `
  import { isMainThread, parentPort } from 'node:worker_threads';
  if (!isMainThread) parentPort.once('message', () => process.exit(0));`;

test('the face process ends when its thread for liveness is gone, for the core to start another', async () => {
  await prepareWeights();
  const { lin } = await preparePeople({ dir: temporaryFolder() });
  const child = fork(await programScript('face-process'), {
    serialization: 'advanced',
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(endsThreads)}`],
  });
  const ended = once(child, 'exit');
  const wire = { reader: new IPCMessageReader(child), writer: new IPCMessageWriter(child) };
  const { signal } = new AbortController();
  const client = connect(
    faceContract,
    wire,
    () => undefined,
    () => undefined,
  );
  await client.call('configure', { weightsDir: defaultWeightsDir }, signal);
  const frame = new Uint8Array(await readFile(lin.live));
  const call = client.call('assess', { frame, embed: false }, signal).catch(() => undefined);
  expect(await ended).toEqual([1, null]);
  client.dispose(new RemoteError('process-down', 'the test is over'));
  await call;
});
