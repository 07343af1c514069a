import process from 'node:process';
import { serveParent } from '../../main/processes/child.ts';
import { childContract } from './supervised-child-contract.ts';

const tell = serveParent(childContract, {
  async configure({ refuse, greeting }) {
    if (refuse) throw Object.assign(new Error('this configuration is no good'), { code: 'bad-configuration' });
    tell('configured', { greeting });
    return { greeting };
  },
  ping: async () => undefined,
  echo: async ({ bytes }) => bytes,
  print: async ({ text }) => void process.stdout.write(text),
  wait: () => new Promise(() => undefined),
  exit: async ({ code }) => process.exit(code),
  async hang() {
    for (;;);
  },
});
