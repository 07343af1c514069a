import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Words of the command line as `config` describes them. One that it does not know ends the process with exit code 2. */
export function readCommandLine<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}
