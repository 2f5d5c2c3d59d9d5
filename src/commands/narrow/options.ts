import { parseAgent } from '../../cli/parse-agent.ts';
import {
  parseDurationOption,
  parseOneOf,
  parsePositiveDuration,
  parseSubjectOption,
  splitLists,
} from '../../cli/parse-options.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import { minorOf, rootOf } from '../../kubelet/authorization.ts';
import { denialTtl, denialTtlMs } from '../../kubelet/authorization-cache.ts';
import { endpointList, type Method } from '../../kubelet/endpoints.ts';
import type { Need } from '../../kubelet/narrow/need.ts';
import type { RbacSubject } from '../../objects.ts';
import type { DryRun } from '../../rbac/change.ts';
import { dryRuns } from '../shared/pair/options.ts';

export const narrowFormats = ['table', 'yaml', 'json'] as const;

export interface NarrowRequest {
  readonly role: string | undefined;
  readonly subject: RbacSubject | undefined;
  /** Empty for the cluster. */
  readonly files: readonly string[];
  readonly agent: Agent | undefined;
  /** In place of the calls of the agent. */
  readonly calls: readonly Need[] | undefined;
  /** Audit logs, `-` for standard input. */
  readonly logs: readonly string[];
  /** In ms, how long calls of kubelets are watched as evidence; undefined for not at all. */
  readonly liveMs: number | undefined;
  /** Minor versions; empty if not given. */
  readonly kubeletMinors: readonly number[];
  readonly action: 'print' | 'apply' | 'undo';
  /** In ms, between the two phases; undefined for one phase. */
  readonly waitMs: number | undefined;
  readonly dryRun: DryRun;
  readonly format: (typeof narrowFormats)[number];
}

interface Options {
  readonly role: string | undefined;
  readonly subject: string;
  readonly agent: string;
  readonly calls: readonly string[];
  readonly evidence: readonly string[];
  readonly filename: readonly string[];
  readonly kubeletVersion: readonly string[];
  readonly apply: boolean;
  readonly undo: boolean;
  readonly wait: string | boolean;
  readonly dryRun: string | boolean;
  readonly output: string;
}

/** Longer than kubelets keep what they allowed. */
const defaultWaitMs = 6 * 60_000;

export function parseNarrowOptions(options: Options): NarrowRequest {
  const { role, subject, filename: files, apply, undo } = options;
  checkTogether(options);
  const dryRun = options.dryRun === true ? 'client' : String(options.dryRun);
  return {
    role,
    subject: subject === '' ? undefined : parseSubjectOption(subject),
    files,
    agent:
      options.agent === ''
        ? undefined
        : parseAgent('--agent', options.agent, '--calls takes the paths of any other'),
    calls: options.calls.length === 0 ? undefined : splitLists(options.calls).map(parseCall),
    ...parseEvidence(options.evidence),
    kubeletMinors: splitLists(options.kubeletVersion).map(parseVersion),
    action: undo ? 'undo' : apply ? 'apply' : 'print',
    waitMs: parseWait(options.wait),
    dryRun: parseOneOf('--dry-run', dryRun, dryRuns),
    format: parseOneOf('--output', options.output, narrowFormats),
  };
}

function checkTogether(options: Options): void {
  const { evidence, filename, apply, undo } = options;
  const given = {
    ROLE: options.role !== undefined,
    '--subject': options.subject !== '',
    '--filename': filename.length > 0,
    '--agent': options.agent !== '',
    '--calls': options.calls.length > 0,
    '--evidence': evidence.length > 0,
    '--kubelet-version': options.kubeletVersion.length > 0,
    '--apply': apply,
    '--undo': undo,
  };
  type Given = keyof typeof given;
  const rejectBoth = (first: Given, ...others: readonly Given[]) => {
    const other = given[first] && others.find((each) => given[each]);
    if (other) throw notTogether(first, other);
  };
  rejectBoth('ROLE', '--subject');
  if (!given.ROLE && !given['--subject'] && !given['--filename'])
    throw new UsageFailure('narrow requires ROLE, --subject or --filename', {
      hints: ['kubectl kubeletaccess who-can lists roles and subjects'],
    });
  rejectBoth('--agent', '--calls');
  rejectBoth('--calls', '--evidence');
  if (filename.includes('-') && evidence.includes('-'))
    throw new UsageFailure('standard input can be only one of --filename and --evidence');
  rejectBoth('--apply', '--undo');
  if ((apply || undo) && given['--filename'])
    throw notTogether(apply ? '--apply' : '--undo', '--filename', {
      hints: ['pipe the roles to kubectl: -o yaml | kubectl apply -f -'],
    });
  if (undo && !given.ROLE) throw new UsageFailure('--undo requires ROLE');
  rejectBoth('--undo', '--agent', '--calls', '--evidence', '--kubelet-version');
  if (options.wait !== false && !apply) throw new UsageFailure('--wait requires --apply');
  if (options.dryRun !== 'none' && !apply && !undo)
    throw new UsageFailure('--dry-run requires --apply or --undo: without them nothing is written');
}

/** `live` or `live=5m`, or files. */
function parseEvidence(evidence: readonly string[]): Pick<NarrowRequest, 'logs' | 'liveMs'> {
  const live = evidence.filter((each) => /^live(?:=|$)/.test(each));
  if (live.length === 0) return { logs: evidence, liveMs: undefined };
  if (evidence.length > 1)
    throw new UsageFailure('--evidence live stands alone: the other evidence is audit logs', {
      hints: live.map((each) => `a file of that name: --evidence ./${each}`),
    });
  const [, time = '1m'] = live[0]?.split('=') ?? [];
  return { logs: [], liveMs: parsePositiveDuration('--evidence live', time) };
}

function parseWait(wait: string | boolean): number | undefined {
  if (typeof wait !== 'string') return wait ? defaultWaitMs : undefined;
  const ms = parseDurationOption('--wait', wait);
  if (ms > denialTtlMs) return ms;
  throw new UsageFailure(
    `--wait must be longer than ${denialTtl}: so long do kubelets keep what they denied`,
  );
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Method[];
const roots = new Set(endpointList.map(({ path }) => rootOf(path)));

/** `/pods`, `POST /stats/summary`, `/api/v1/nodes/NAME/proxy/metrics` */
function parseCall(text: string): Need {
  const [, word = 'GET', whole = ''] = /^\s*(?:([A-Z]+) +)?(\/\S*)\s*$/.exec(text) ?? [];
  const method = methods.find((each) => each === word);
  const proxied = /^\/api\/v1\/nodes\/[^/]+\/proxy(\/.*)$/.exec(whole)?.[1];
  const path = proxied ?? whole;
  if (method && roots.has(rootOf(path)))
    return { method, path, via: proxied === undefined ? 'direct' : 'apiserver', agent: '' };
  throw new UsageFailure(
    `invalid --calls value "${text}": must be paths of kubelets, such as /pods,/metrics/cadvisor`,
    { hints: ['kubectl kubeletaccess endpoints'] },
  );
}

function parseVersion(text: string): number {
  const minor = minorOf(text);
  if (Number.isFinite(minor)) return minor;
  throw new UsageFailure(
    `invalid --kubelet-version value "${text}": must be a version such as 1.32`,
  );
}
