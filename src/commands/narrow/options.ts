import { parseDurationOption } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import type { Agent } from '../../kubelet/agents/agent.ts';
import { rootOf } from '../../kubelet/authorization.ts';
import { denialTtl, denialTtlMs } from '../../kubelet/authorization-cache.ts';
import { endpointList, type Method } from '../../kubelet/endpoints.ts';
import type { Need } from '../../kubelet/narrow/need.ts';
import type { RbacSubject } from '../../objects.ts';
import type { DryRun } from '../../rbac/change.ts';
import type { objectFormats } from '../../text/render-report.ts';

export interface NarrowSettings {
  readonly role: string | undefined;
  readonly subject: RbacSubject | undefined;
  /** Paths of manifests; empty to read the cluster. */
  readonly files: readonly string[];
  readonly agent: Agent | undefined;
  /** Calls given with --calls, which replace the known calls of the agent; undefined without --calls. */
  readonly calls: readonly Need[] | undefined;
  /** Paths of audit logs; `-` is standard input. */
  readonly logs: readonly string[];
  /** Minor versions of kubelets; empty if not given. */
  readonly kubeletMinors: readonly number[];
  readonly action: 'print' | 'apply' | 'undo';
  /** Pause in ms between adding missing rules and removing unneeded rules; undefined to do only one of these in this run. */
  readonly waitMs: number | undefined;
  readonly dryRun: DryRun;
  readonly format: (typeof objectFormats)[number];
}

/** Default pause in ms. It is longer than the time for which kubelets cache allowed requests. */
const defaultWaitMs = 6 * 60_000;

export function parseWait(wait: string | boolean): number | undefined {
  if (typeof wait !== 'string') return wait ? defaultWaitMs : undefined;
  const ms = parseDurationOption('--wait', wait);
  if (ms > denialTtlMs) return ms;
  throw new UsageFailure(
    `--wait must be longer than ${denialTtl}: so long do kubelets keep what they denied`,
  );
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Method[];
const roots = new Set(endpointList.map(({ path }) => rootOf(path)));

/** Parses a call such as `/pods`, `POST /stats/summary` or `/api/v1/nodes/NAME/proxy/metrics`. */
export function parseCall(text: string): Need {
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
