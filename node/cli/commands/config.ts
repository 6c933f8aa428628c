import { Argument, Command } from 'commander';

import { configSchemas, explainConfig, type ConfigRole } from '../../config/explain.ts';
import { runCommand, type ProgramContext } from '../program-context.ts';

/** `stowmarket config explain`: every key of a configuration file. */
export function configCommand(context: ProgramContext): Command {
  const explain = new Command('explain')
    .description('explain every key of the configuration file, with its default and its environment variable')
    .addArgument(new Argument('[role]', 'whose configuration').choices(Object.keys(configSchemas)).default('client'))
    .addHelpText('after', '\nExamples:\n  stowmarket config explain\n  stowmarket config explain provider\n');
  explain.action(async (role: ConfigRole) =>
    runCommand(context, explain, async ({ output }) => {
      const text = explainConfig(role);
      output.result({ type: 'config-explanation', role, text }, text.trimEnd());
    }),
  );
  return new Command('config').description('explain the configuration').addCommand(explain);
}
