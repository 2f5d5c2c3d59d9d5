import { type Failure, NodeNotFound, reworded } from '../errors.ts';
import { agentsNamed } from '../kubelet/agents/agent-names.ts';
import { checkCommand } from '../kubelet/causes/hop.ts';
import { isSubresource } from '../kubelet/endpoints.ts';
import { command, options } from '../text/command.ts';
import type { CommandLine } from './argv.ts';
import { settingName } from './setting-name.ts';
import { meantCommand } from './usage.ts';

/** Adds hints to the error for an unknown node, because its name may be the name of an agent, a metric or a subject. */
export function addHintForName(error: Failure, line: CommandLine): Failure {
  const hints = error instanceof NodeNotFound ? ofName(error.node, line) : ofAnything(line);
  return hints.length === 0 ? error : reworded(error, { hints: [...hints, ...error.hints] });
}

function ofName(word: string, line: CommandLine): readonly string[] {
  if (line.command === 'endpoints' && isSubresource(word))
    return [command`a permission: kubectl kubeletaccess endpoints ${`nodes/${word}`}`];
  const [agent, ...others] = agentsNamed(word);
  if (agent)
    return [
      others.length === 0
        ? `an agent: ${checkCommand(agent.name)}`
        : 'an agent: kubectl kubeletaccess help agents',
    ];
  switch (line.command) {
    case 'metrics':
      return [
        command`metrics with ${word} in their names: kubectl kubeletaccess metrics --filter ${`{__name__=~".*${word}.*"}`}`,
      ];
    case 'certificates':
      return /^clients?$/.test(word)
        ? ['days left of client certificates are column CLIENT: kubectl kubeletaccess certificates']
        : [];
    default:
      return isSettings(line)
        ? [
            command`settings with ${word} in their names: kubectl kubeletaccess get configz --field ${word}`,
          ]
        : [...meantBy(word), ...ofAnything(line)];
  }
}

/** Returns a hint with the command that a word probably means, if any. */
export function meantBy(word: string): readonly string[] {
  const meant = meantCommand(word)?.split(' ');
  return meant ? [command`did you mean: kubectl kubeletaccess ${options(meant)}`] : [];
}

function isSettings({ command: name, args }: CommandLine): boolean {
  return name === 'get' && args.includes('configz');
}

const isSubjectWord =
  /^(?:(?:user|group|(?:system:)?serviceaccount):|(?!no(?:des?)?\/)[a-z0-9-]+\/)/;

/** Returns hints that do not repeat arguments, because an argument may be a secret. */
function ofAnything(line: CommandLine): readonly string[] {
  const { command: name, args } = line;
  if (/^(?:grant|revoke|status)$/.test(name) && args.some((word) => isSubjectWord.test(word)))
    return [
      command`users, groups and service accounts are --subject KIND:NAME: kubectl kubeletaccess ${name} --help`,
    ];
  if (name === 'metrics') return [command`a metric: kubectl kubeletaccess metrics --filter METRIC`];
  const setting = isSettings(line) ? args.find((word) => settingName.test(word)) : undefined;
  if (setting !== undefined)
    return [command`a setting: kubectl kubeletaccess get configz --field ${setting}`];
  if ((name === 'get' || name === 'diff') && args.includes('configz'))
    return [command`settings are rows: kubectl kubeletaccess ${name} configz`];
  return [];
}
