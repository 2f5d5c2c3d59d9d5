import { Cli, type CommandClass } from 'clipanion';
import { type CommandLine, parseCommandLine } from './cli/argv.ts';
import { type CommandDefinition, explainUsage } from './cli/usage.ts';
import type { Context } from './context.ts';
import { exitCodes, formatError, UsageFailure } from './errors.ts';

/** Each is loaded only when it is called for: start-up is a feature. In the order of help. */
const commands: Readonly<Record<string, () => Promise<CommandClass<Context>>>> = {
  status: async () => (await import('./commands/status/command.ts')).StatusCommand,
  audit: async () => (await import('./commands/audit/command.ts')).AuditCommand,
  grant: async () => (await import('./commands/grant/command.ts')).GrantCommand,
  revoke: async () => (await import('./commands/revoke/command.ts')).RevokeCommand,
  curl: async () => (await import('./commands/curl/command.ts')).CurlCommand,
  version: async () => (await import('./commands/version.ts')).VersionCommand,
};

/** Runs a command line (without the program's name) to its exit code. Never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  let verbosity = 0;
  try {
    const line = parseCommandLine(argv);
    verbosity = line.verbosity;
    return await dispatch(line, context);
  } catch (error) {
    const told = formatError(error, verbosity > 0);
    context.stderr.write(told.text);
    return told.exitCode;
  }
}

async function dispatch(line: CommandLine, context: Context): Promise<number> {
  const { command, args, help } = line;
  if (command === '' && args[0] === '--version')
    return dispatch({ ...line, command: 'version', args: [] }, context);
  if (command === '' && args.length > 0 && !help)
    throw new UsageFailure('name a command', { hints: ['kubectl kubeletaccess --help'] });
  if (command === '' || command === 'help')
    return showHelp(command === 'help' ? (args[0] ?? '') : '', context);
  if (!Object.hasOwn(commands, command)) throw await unknownCommand(command);
  if (help) return showHelp(command, context);
  return parse(await cliFor(command), command, args, context).execute() as Promise<number>;
}

/** Kept for the next call: the executable's snapshot holds one that has been used. */
const clis = new Map<string, Cli<Context>>();

async function cliFor(name: string): Promise<Cli<Context>> {
  const cli = clis.get(name) ?? (await newCli([name]));
  clis.set(name, cli);
  return cli;
}

async function newCli(names: readonly string[]): Promise<Cli<Context>> {
  const cli = new Cli<Context>({ binaryName: 'kubectl kubeletaccess', enableColors: false });
  for (const name of names) {
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load) cli.register(await load());
  }
  return cli;
}

/** The command with its options filled in; what clipanion says against the command line becomes a usage failure. */
function parse(cli: Cli<Context>, name: string, args: readonly string[], context: Context) {
  try {
    // clipanion would read every member of a context given here, and with that open standard input.
    const command = cli.process([name, ...args], {} as Context);
    command.context = context;
    if ('given' in command) command.given = args;
    return command;
  } catch (error) {
    const [definition] = cli.definitions();
    if (!(error instanceof Error && 'clipanion' in error && definition)) throw error;
    throw new UsageFailure(explainUsage(definition, args) ?? error.message, {
      hints: [`kubectl kubeletaccess ${name} --help`],
    });
  }
}

/** What a command declares: its options and words of help. */
export async function commandDefinition(name: string): Promise<CommandDefinition> {
  const definition = (await newCli([name])).definitions()[0];
  if (!definition) throw await unknownCommand(name);
  return definition;
}

async function unknownCommand(name: string): Promise<UsageFailure> {
  const { closest, distance } = await import('fastest-levenshtein');
  // It may be a value that got into another place, and a secret.
  if (!/^[a-z-]{1,20}$/.test(name))
    return new UsageFailure('that is no command', { hints: ['kubectl kubeletaccess --help'] });
  const near = closest(name, Object.keys(commands));
  const hints = distance(name, near) <= 3 ? [`did you mean: kubectl kubeletaccess ${near}`] : [];
  return new UsageFailure(`unknown command "${name}"`, {
    hints: [...hints, 'kubectl kubeletaccess --help'],
  });
}

async function showHelp(name: string, context: Context): Promise<number> {
  const { renderHelp, renderOverview } = await import('./cli/help.ts');
  const text =
    name === ''
      ? renderOverview((await newCli(Object.keys(commands))).definitions())
      : renderHelp(await commandDefinition(name));
  context.stdout.write(text);
  return exitCodes.ok;
}
