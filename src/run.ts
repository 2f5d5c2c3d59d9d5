import type { CommandClass } from 'clipanion';
import { type Catalog, type CommandLine, parseCommandLine } from './cli/argv.ts';
import type { ClusterCommand } from './cli/cluster-command.ts';
import { type CommandDefinition, describeCommand } from './cli/command-definition.ts';
import { fillCommand } from './cli/fill-command.ts';
import { checkRules } from './cli/option-rules.ts';
import { helpCommand, unknownCommand } from './cli/usage.ts';
import type { Context, World } from './context.ts';
import {
  exitCodes,
  formatError,
  isFailure,
  NodeNotFound,
  OutputClosed,
  UsageFailure,
} from './errors.ts';
import { mark } from './marks.ts';
import { maskedStream, silentStream } from './output-streams.ts';
import { escapeControlLine } from './text/escape.ts';
import { Secrets } from './text/secrets.ts';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandClass<Context>>;
}

/** Commands, grouped by the headings of help. A command is loaded only when it is called, so that the program starts fast. */
const commandGroups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  Access: {
    status: {
      summary: 'Check access to kubelets and explain what is missing',
      load: async () => (await import('./commands/status/command.ts')).StatusCommand,
    },
    check: {
      summary: 'Check what an agent, such as metrics-server, gets from kubelets',
      load: async () => (await import('./commands/check/command.ts')).CheckCommand,
    },
    grant: {
      summary: 'Grant kube-apiserver access to kubelets',
      load: async () => (await import('./commands/grant/command.ts')).GrantCommand,
    },
    revoke: {
      summary: 'Revoke access that grant created',
      load: async () => (await import('./commands/revoke/command.ts')).RevokeCommand,
    },
    grants: {
      summary: 'List active grants and their expiry',
      load: async () => (await import('./commands/grants/command.ts')).GrantsCommand,
    },
    'who-can': {
      summary: 'List who can reach kubelets, and through which binding',
      load: async () => (await import('./commands/who-can/command.ts')).WhoCanCommand,
    },
    narrow: {
      summary: "Print a least-privilege version of an agent's role",
      load: async () => (await import('./commands/narrow/command.ts')).NarrowCommand,
    },
    policy: {
      summary: 'Print an admission policy that denies new grants of nodes/proxy',
      load: async () => (await import('./commands/policy/command.ts')).PolicyCommand,
    },
    'who-used': {
      summary: 'List who called kubelets, and the least privilege each needs',
      load: async () => (await import('./commands/who-used/command.ts')).WhoUsedCommand,
    },
    explain: {
      summary: 'Explain an error message without contacting a cluster',
      load: async () => (await import('./commands/explain/command.ts')).ExplainCommand,
    },
    audit: {
      summary: 'Find unsafe kubelets, and who can reach them',
      load: async () => (await import('./commands/audit/command.ts')).AuditCommand,
    },
  },
  'Read Kubelets': {
    top: {
      summary: 'Print the usage of nodes, pods, containers, volumes and images',
      load: async () => (await import('./commands/top/command.ts')).TopCommand,
    },
    get: {
      summary: 'Print pods, settings, health, versions and flags of kubelets',
      load: async () => (await import('./commands/get/command.ts')).GetCommand,
    },
    diff: {
      summary: 'Compare kubelets with each other, or with a baseline',
      load: async () => (await import('./commands/diff/command.ts')).DiffCommand,
    },
    metrics: {
      summary: 'Print metrics: series, sums, quantiles, rates and counts',
      load: async () => (await import('./commands/metrics/command.ts')).MetricsCommand,
    },
    logs: {
      summary: 'Print container logs of one or more pods',
      load: async () => (await import('./commands/logs/command.ts')).LogsCommand,
    },
    'node-logs': {
      summary: 'Print the journal or log files of nodes',
      load: async () => (await import('./commands/node-logs/command.ts')).NodeLogsCommand,
    },
    certificates: {
      summary: 'Print certificates of kubelets, and when they expire',
      load: async () => (await import('./commands/certificates/command.ts')).CertificatesCommand,
    },
  },
  Requests: {
    curl: {
      summary: 'Send an HTTP request to kubelets',
      load: async () => (await import('./commands/curl/command.ts')).CurlCommand,
    },
    endpoints: {
      summary: 'List the paths that kubelets serve, and the permission for each',
      load: async () => (await import('./commands/endpoints/command.ts')).EndpointsCommand,
    },
  },
  Containers: {
    exec: {
      summary: 'Run a command in a container, through its kubelet',
      load: async () => (await import('./commands/exec/command.ts')).ExecCommand,
    },
    attach: {
      summary: 'Connect to the main process of a container',
      load: async () => (await import('./commands/attach/command.ts')).AttachCommand,
    },
    'port-forward': {
      summary: 'Forward local ports to a pod, through its kubelet',
      load: async () => (await import('./commands/port-forward/command.ts')).PortForwardCommand,
    },
  },
  Other: {
    completion: {
      summary: 'Install shell completion, or print its script',
      load: async () => (await import('./commands/completion/command.ts')).CompletionCommand,
    },
    options: {
      summary: 'List the global command-line options (applies to all commands)',
      load: async () => (await import('./commands/options.ts')).OptionsCommand,
    },
    version: {
      summary: 'Print the version',
      load: async () => (await import('./commands/version.ts')).VersionCommand,
    },
  },
};

const commands: Readonly<Record<string, Entry>> = Object.assign(
  {},
  ...Object.values(commandGroups),
);

const commandNames: readonly string[] = Object.keys(commands);

/** Runs a command line (without the program's name) and returns the exit code. Never throws. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  const secrets = new Secrets();
  for (const word of argv) secrets.addWord(word);
  const context = contextOf(world, secrets);
  if (argv[0] === completeCommand) return complete(argv.slice(1), context);
  let verbosity = 0;
  try {
    const line = await parseCommandLine(argv[0] === '--version' ? ['version'] : argv, catalog);
    verbosity = Number(line.globals.verbosity);
    if (argv.length === 0) return await showFirstSteps(context);
    if (line.help) return await showHelp(line.command, context);
    if (line.command === '') throw new UsageFailure('missing command', { hints: [helpCommand()] });
    return await execute(line, context);
  } catch (error) {
    const failure = formatError(error, verbosity > 0);
    context.stderr.write(failure.text);
    return failure.exitCode;
  }
}

/** The command that shells call for completion. Help does not list it. */
const completeCommand = '__complete';

async function complete(words: readonly string[], context: Context): Promise<number> {
  const { printCandidates } = await import('./commands/completion/print-candidates.ts');
  const silent = Object.create(context, { stderr: { value: silentStream() } }) as Context;
  return printCandidates(words, catalog, silent);
}

/** Returns a context whose prototype is `world`. Members of `world` are not copied, because reading `stdin` would open standard input. */
function contextOf(world: World, secrets: Secrets): Context {
  return Object.create(world, {
    secrets: { value: secrets },
    pipes: { value: world.pipes ?? new Map<string, Buffer>() },
    unread: { value: new Map() },
    stdout: { value: maskedStream(world.stdout, secrets) },
    stderr: { value: maskedStream(world.stderr, secrets) },
  }) as Context;
}

async function execute(line: CommandLine, context: Context): Promise<number> {
  const { globals, given } = line;
  addGivenSecrets(given, context.secrets);
  const definition = await defineCommand(line.command);
  checkRules(line, definition);
  const command = fillCommand(await loadCommand(line.command), line);
  mark('command');
  const { signal, outputClosed } = context;
  const ending = 'writes' in command || !outputClosed ? undefined : outputClosed;
  const both = ending ? AbortSignal.any([signal, ending]) : signal;
  const own = Object.create(context, { signal: { value: both } }) as Context;
  Object.assign(command, { context: own, globals, given, line });
  const isEnded = () => ending?.aborted === true && !signal.aborted;
  // A command that relays an exit code, such as exec, must not exit 0 if its output was cut off.
  const relaysCode = 'relaysCode' in command;
  try {
    const code = (await command.execute()) as number;
    if (isEnded() && !relaysCode) return exitCodes.ok;
    return (await noteUnread(context)) && code === exitCodes.ok ? exitCodes.someFailed : code;
  } catch (error) {
    if (isEnded()) throw new OutputClosed(relaysCode ? exitCodes.outputClosed : undefined);
    const hint =
      isFailure(error, 'API server unreachable') && (command as ClusterCommand).offlineHint();
    if (hint) {
      const { withOfflineHint } = await import('./cli/without-api-server.ts');
      throw withOfflineHint(error, line, hint);
    }
    if (error instanceof NodeNotFound || isFailure(error, 'invalid node')) {
      const { withMeaning } = await import('./cli/meant-by-node.ts');
      throw withMeaning(error, line);
    }
    const isPath = isFailure(error, 'kubelet') || isFailure(error, 'no direct path');
    const hasVia = definition.options.some(({ name }) => name === '--via');
    if (!isPath || !hasVia) throw error;
    const { withPathHints } = await import('./cli/path-hints.ts');
    throw withPathHints(error, line);
  }
}

/** Returns whether there are objects that lists left out. */
async function noteUnread({ unread, stderr }: Context): Promise<boolean> {
  if (unread.size === 0) return false;
  const { describeUnread } = await import('./unread.ts');
  for (const line of describeUnread(unread.values()))
    stderr.write(`note: ${escapeControlLine(line)}\n`);
  return true;
}

function addGivenSecrets(given: CommandLine['given'], secrets: Secrets): void {
  for (const { option, value = '' } of given) {
    if (option.secret === 'value') secrets.add(value);
    // The user may omit the scheme of a server.
    if (option.secret === 'url') secrets.addUrls(`//${value}`);
  }
}

export const catalog: Catalog = {
  names: Object.entries(commands).map(([name, { summary }]) => ({ name, summary })),
  define: defineCommand,
  all: () => Promise.all(commandNames.map(defineCommand)),
};

async function defineCommand(name: string): Promise<CommandDefinition> {
  const { load, summary } = entryOf(name);
  return describeCommand(await load(), summary);
}

export function loadCommand(name: string): Promise<CommandClass<Context>> {
  return entryOf(name).load();
}

const aliases: Readonly<Record<string, string>> = { certs: 'certificates' };

function fullName(given: string): string {
  return Object.hasOwn(aliases, given) ? (aliases[given] ?? given) : given;
}

function entryOf(given: string): Entry {
  const name = fullName(given);
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) throw unknownCommand(name, commandNames);
  return entry;
}

async function pageOf(name: string, columns?: number): Promise<string | undefined> {
  if (Object.hasOwn(commands, fullName(name))) return undefined;
  if (name === 'exit-codes')
    return (await import('./cli/exit-codes.ts')).exitCodesPage(await catalog.all(), columns);
  if (name === 'skill') return (await import('./cli/skill.ts')).renderSkill(await catalog.all());
  const { topics } = await import('./cli/topics.ts');
  if (Object.hasOwn(topics, name)) return topics[name];
  if (name === 'agents') return (await import('./cli/agents-page.ts')).agentsPage();
  const { findPage } = await import('./commands/explain/page.ts');
  const page = findPage(name);
  if (!page) return undefined;
  const { shownPage } = await import('./commands/explain/shown.ts');
  const { renderSections } = await import('./text/render-report.ts');
  return renderSections([shownPage(page)]);
}

async function showFirstSteps({ stdout }: Context): Promise<number> {
  const { renderFirstSteps } = await import('./commands/explain/first-steps.ts');
  stdout.write(renderFirstSteps());
  return exitCodes.ok;
}

async function showHelp(name: string, { stdout }: Context): Promise<number> {
  const { columns } = stdout as { readonly columns?: number };
  const { renderHelp, renderOverview } = await import('./cli/help.ts');
  if (name !== '')
    stdout.write((await pageOf(name, columns)) ?? renderHelp(await defineCommand(name), columns));
  else {
    const groups = Object.entries(commandGroups).map(([title, members]) => ({
      title,
      commands: catalog.names.filter((each) => Object.hasOwn(members, each.name)),
    }));
    stdout.write(renderOverview(groups, columns));
  }
  return exitCodes.ok;
}
