import process from 'node:process';
import { SupervisedProcess } from '../../main/processes/supervised-process.ts';
import { childContract } from './supervised-child-contract.ts';

// A core with one child, of which it tells the process id; its standard output shows what else gets there.
const silent = (): void => undefined;
const child = new SupervisedProcess({
  name: 'test',
  entry: new URL('./supervised-child.ts', import.meta.url),
  contract: childContract,
  configuration: { refuse: false, greeting: 'hello' },
  onEvent: silent,
  log: { debug: silent, info: silent, warn: silent, error: silent },
});
child.state.subscribe(({ state, pid }) => {
  if (state !== 'running') return;
  void child
    .call('print', { text: 'a library says something\n' }, new AbortController().signal)
    .then(() => process.stdout.write(`${pid}\n`));
});
void child.run(new AbortController().signal);
