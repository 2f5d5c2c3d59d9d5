import type { Agent, Narrowing } from '../../src/kubelet/agents/agent.ts';
import { type AgentNeed, agentNeeds } from '../../src/kubelet/agents/agent-needs.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import { fineGrainedSince } from '../../src/kubelet/endpoints.ts';
import { table } from './markdown.ts';

/** Texts of the column `how`, which says how to narrow the role of an agent. The `setting` of the agent follows the text. */
const ways: Readonly<Record<Narrowing, string>> = {
  'least already': 'has the least',
  'by value': '',
  'by own role': 'a role of your own',
  'calls through the API server': 'once it calls directly',
  'grants to others': 'with what it grants',
  unused: 'remove what it holds',
  'none needed': 'nothing to do',
  managed: 'by its vendor',
  unknown: 'unknown',
};

export function agentSections(): readonly string[] {
  const byName = agents.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
  const [tabled, plain] = [byName.filter((agent) => !isPlain(agent)), byName.filter(isPlain)];
  const named = (narrowing: Narrowing) =>
    plain
      .filter((agent) => agent.narrowing === narrowing)
      .map(nameOf)
      .join(', ');
  const last = fineGrainedSince - 1;
  return [
    `Programs that call kubelets, or hold permissions on \`nodes/*\`: ${agents.length} of them, and the least that they need as delivered. The verb is \`get\` unless another stands there. What stands in parentheses is only needed with an option that is off as delivered, or the program goes on without it.`,
    table(
      ['agent', `needs since 1.${fineGrainedSince}`, `needs up to 1.${last}`, 'how'],
      tabled.map((agent) => [
        nameOf(agent),
        ...needsOf(agent, last),
        [ways[agent.narrowing], escaped(agent.setting ?? '')].filter(Boolean).join('; '),
      ]),
    ),
    `**Need nothing**: ${named('none needed')}.`,
    `**Unknown**: ${named('unknown')}.`,
    'The version of the kubelet counts, not the one of the API server: a role for node pools of both needs both columns. `list` and `watch` on `nodes/*`, `nodes/spec`, `nodes/logs` and `nonResourceURLs` do nothing on a kubelet.',
    '**Through the API server**: requests to `/api/v1/nodes/NAME/proxy/…` need `get` on `nodes/proxy` of the caller, whatever the path and the version. Only a direct request needs less.',
    '**With what it grants**: an operator may only grant what it holds itself, so that its role is narrowed together with the roles that it makes.',
    'From charts, manifests and sources as of August 2026; `evidence` in `src/kubelet/agents` names the files and commits. A program that has changed since, or is configured in another way, may call more: before a role loses a permission, check what it asked kubelets.',
  ];
}

/** Returns whether the whole of its row would be that it needs nothing, or that nothing is known. */
function isPlain({ narrowing, setting }: Agent): boolean {
  return setting === undefined && (narrowing === 'none needed' || narrowing === 'unknown');
}

function escaped(text: string): string {
  return text.replaceAll(/[_*<]/g, String.raw`\$&`);
}

function nameOf({ name, repository }: Agent): string {
  return `[${name}](https://github.com/${repository})`;
}

function needsOf(agent: Agent, last: number): readonly [string, string] {
  const since = needsText(agentNeeds(agent, fineGrainedSince));
  const before = needsText(agentNeeds(agent, last));
  return [since, since === before && since.includes('nodes/') ? 'the same' : before];
}

function needsText(needs: readonly AgentNeed[] | undefined): string {
  if (!needs) return 'unknown';
  const all = needs.map(({ permission, at, when, optional }) => {
    const words = `\`${permission.replace(/^get /, '')}\`${at === 'API server' ? ' at the API server' : ''}`;
    return when || optional ? `(${words})` : words;
  });
  return all.length === 0 ? 'nothing' : all.join(', ');
}
