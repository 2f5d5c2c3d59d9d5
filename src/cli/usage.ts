import { UsageFailure } from '../errors.ts';
import { counted, joinWords } from '../text/list.ts';
import { nearest } from '../text/nearest.ts';
import type { OptionSpec } from './option.ts';

/** Start of suggested commands. Command names follow it without quotes, because they come from this program. */
const program = 'kubectl kubeletaccess';

export function helpCommand(name = ''): string {
  return name === '' ? `${program} --help` : `${program} ${name} --help`;
}

function withHelp(message: string, command: string): UsageFailure {
  return new UsageFailure(message, { hints: [helpCommand(command)] });
}

const synonyms: Readonly<Record<string, string>> = {
  check: 'agent hpa metrics-server prometheus',
  status: 'access describe doctor fix kubelet repair why',
  grant: 'allow',
  'who-can': 'auth can can-i permissions rbac who',
  exec: 'bash cp debug sh shell ssh',
  'metrics cadvisor': 'cadvisor',
  'metrics --count': 'cardinality series',
  audit: 'cis scan security',
  'audit -o markdown': 'report',
  'audit --rule KA5': 'preflight upgrade upgrades',
  diff: 'compare',
  'get configz': 'config configz',
  'get configz --field anonymous': 'anonymous',
  'top containers': 'containers',
  'top containers -A --sort-by throttled': 'throttle throttled throttling',
  'top nodes': 'cpu memory nodes summary',
  certificates: 'csr expiry tls',
  revoke: 'delete deny undo',
  'top volumes': 'df disk pvc volumes',
  'get flagz': 'flagz',
  'port-forward': 'forward pf',
  'get healthz': 'health healthz ping',
  'metrics --quantiles': 'histogram histograms quantiles',
  'metrics probes': 'liveness probes readiness',
  'top images': 'gc images',
  'top nodes -o wide': 'gpus inodes',
  'node-logs': 'journal journalctl syslog',
  logs: 'log tail',
  'top pods -A --by namespace': 'namespaces ns',
  'get pods': 'pods ps',
  'get pods -A --sort-by restarts': 'crashes oom oomkilled restarts',
  'help skill': 'ai llm mcp skill',
  'help uninstall': 'cleanup purge uninstall',
  metrics: 'prom prometheus',
  curl: 'proxy raw request',
  'curl configz statusz flagz metrics pods summary --all --output-dir DIR':
    'bundle collect dump must-gather snapshot support support-bundle',
  'exec --no-upgrade': 'run',
  'get runningpods': 'runningpods',
  top: 'stats usage',
  'get statusz': 'statusz',
  'status --watch': 'watch',
};

function keysWith(word: string, lists: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(lists).filter((key) => lists[key]?.split(' ').includes(word));
}

/** Returns the command that an unknown word probably means: `top volumes` for `volume`. */
export function meantCommand(word: string): string | undefined {
  const lower = word.toLowerCase();
  const [meant] = [lower, `${lower}s`].flatMap((each) => keysWith(each, synonyms));
  return meant ?? (Object.hasOwn(synonyms, lower) ? lower : undefined);
}

const likelyCommands = [
  `why access to kubelets fails: ${program} status`,
  `CPU, memory and disk of nodes: ${program} top nodes`,
  `any request to a kubelet: ${program} curl PATH --node NODE`,
];

export function unknownCommand(name: string, names: readonly string[]): UsageFailure {
  const meant = name === 'kubectl' ? '' : meantCommand(name);
  const near = meant ?? nearestCommand(name.toLowerCase(), names);
  const hints = near === undefined ? likelyCommands : [`did you mean: ${program} ${near}`];
  // A word that resembles no command may be the secret of a mistyped flag, so it is not printed.
  const isPrintable = near !== undefined || /^KA\d{3}$/.test(name);
  const shown = isPrintable ? ` "${name}"` : '';
  return new UsageFailure(`unknown command${shown}`, { hints: [...hints, helpCommand()] });
}

function nearestCommand(word: string, names: readonly string[]): string | undefined {
  const starting = names.filter((each) => word.length > 1 && each.startsWith(word));
  return starting.length === 1 ? starting[0] : nearest(word, names);
}

export function foreignFlag(
  name: string,
  owners: readonly string[],
  command: string,
): UsageFailure {
  // Lists commands with a similar name first, because a user of `logs` may want an option of `node-logs`.
  const near = owners.filter((owner) => owner.includes(command));
  const all = [...near, ...owners.filter((owner) => !near.includes(owner))];
  const named = owners.length > 4 ? [...all.slice(0, 3), 'others'] : all;
  return withHelp(`unknown flag: ${name}; it is an option of ${joinWords(named, 'and')}`, command);
}

/**
 * Returns the error for an unknown option. Text after `=`, and a word that does not look like a flag, are not printed, because they may be
 * secrets.
 */
export function unknownFlag(
  word: string,
  options: readonly OptionSpec[],
  command: string,
): UsageFailure {
  const name = word.split('=', 1)[0] ?? '';
  const joined = options.find((option) => isJoined(name, option));
  if (joined)
    return withHelp(`flag needs "=" or a space before its value: ${joined.name}`, command);
  const isFlag =
    (keysWith(name, flagSynonyms).length > 0 || /^(?:--[a-z][a-z-]{0,39}|-[A-Za-z])$/.test(name)) &&
    !options.some((option) => isNearlyJoined(name, option));
  // As in kubectl top pods.
  if (name === '--containers')
    return new UsageFailure(`unknown flag: ${name}`, {
      hints: [`did you mean: ${program} top containers`],
    });
  const near = isFlag ? (sameFlag(name, options) ?? nearestFlag(name, options)) : undefined;
  return withHelp(
    `unknown flag${isFlag ? `: ${name}` : ''}${near === undefined ? '' : `; did you mean ${near}?`}`,
    command,
  );
}

/**
 * Options, and their names in other tools such as curl. One of these names may belong to several options. Then the first option that the
 * command has is suggested.
 */
const flagSynonyms: Readonly<Record<string, string>> = {
  '--sort-by': '--above --over --threshold',
  '--all': '--all-nodes',
  '--kubelet-certificate-authority': '--cacert',
  '--kubelet-client-certificate': '--cert',
  '--timeout': '--connect-timeout --max-time --pod-running-timeout',
  '--data': '--data-binary --data-raw',
  '--for': '--duration --expire --expires --expires-in --ttl',
  '--expires-within': '--days --expires-in --expiring --expiring-in --expiring-within',
  '--node': '--field-selector --nodes',
  '--by': '--group-by',
  '--count': '--top',
  '--limit': '--head --top',
  '--request': '--head',
  '--show-headers': '--include',
  '--kubelet-insecure-skip-tls-verify': '--insecure',
  '--watch': '--interval',
  '--kubelet-client-key': '--key',
  '--selector': '--labels --node-selector',
  '--tail': '--lines',
  '--quantiles': '--p50 --p90 --p99 --percentile --percentiles',
  '--kubelet-proxy-url': '--proxy',
  '--since': '--since-time',
  '--output': '--template',
};

/** Returns the option that another tool or command calls `name`. */
export function sameFlag(name: string, options: readonly OptionSpec[]): string | undefined {
  return keysWith(name, flagSynonyms).find((known) =>
    options.some((option) => option.name === known),
  );
}

function nearestFlag(name: string, options: readonly OptionSpec[]): string | undefined {
  const names = options.map((option) => option.name);
  const starting = names.filter((each) => name.length > 3 && each.startsWith(name));
  return starting[0] ?? nearest(name, names);
}

/**
 * Whether `name` is an option and its secret in one word, such as `--tokens3cret`. If `name` has only one or two additional letters, it is
 * taken for a mistyped option.
 */
function isJoined(name: string, { name: known, secret }: OptionSpec): boolean {
  return secret !== undefined && name.startsWith(known) && name.length > known.length + 2;
}

function isNearlyJoined(name: string, { name: known, secret }: OptionSpec): boolean {
  if (secret === undefined || name.length <= known.length + 2) return false;
  return [-1, 0, 1].some(
    (more) => nearest(name.slice(0, known.length + more), [known]) !== undefined,
  );
}

export function missingArgument(name: string, command: string): UsageFailure {
  return withHelp(`flag needs an argument: ${name}`, command);
}

/** Arguments may be secrets, so they are not printed. */
export function tooManyArguments(command: string, most: number, received: number): UsageFailure {
  const accepted = most === 0 ? 'no arguments' : `at most ${counted(most, 'argument')}`;
  return withHelp(`${command} accepts ${accepted}, received ${received}`, command);
}
