import type { StatusFinding } from '../../../src/commands/status/report/finding.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';

/** A cluster with a fault, and the report that `status` should print. */
export interface Scenario {
  readonly title: string;
  /** Minor versions of the cluster. By default 37. A fifth of the scenarios without this field also run on 31. */
  readonly minors?: readonly number[];
  readonly cluster?: Omit<SandboxOptions, 'minor'>;
  /** Roles and bindings of the cluster, by default the usual ones of kube-apiserver. */
  readonly given?: readonly Given[];
  /**
   * Changes between a first and a second run of status. Kubelets cache their answers to the first run. `expected` is the report of the
   * second run.
   */
  readonly afterwards?: readonly Given[];
  readonly caller?: 'admin' | 'dev' | 'token';
  readonly args?: readonly string[];
  readonly expected: Expected;
}

export type Given = (sandbox: Sandbox) => void;

/** The expected report. An absent field has the value that it has for a cluster of two nodes without faults. */
export interface Expected {
  readonly verdict?: Report['verdict'];
  /** Results of each node: direct, then through the API server. */
  readonly nodes?: readonly (readonly [direct: Cell, viaApiServer: Cell])[];
  readonly findings?: readonly ExpectedFinding[];
  readonly pair?: readonly [role: State, binding: State];
  /** Identity and message of the hop from the API server to the kubelets. */
  readonly hop?: readonly [identity: string, verdict: string];
  /** Substrings of the report as text. */
  readonly says?: readonly (string | RegExp)[];
  readonly saysNot?: readonly (string | RegExp)[];
}

export function bothNodes(direct: Cell, viaApiServer: Cell): Expected['nodes'] & {} {
  return [
    [direct, viaApiServer],
    [direct, viaApiServer],
  ];
}

export function fully(expected: Expected) {
  return { verdict: 'ok', nodes: bothNodes('ok', 'ok'), findings: [], ...expected } as const;
}

export type Cell = 'ok' | 'not-asked' | Cause;
type State = Report['grant']['roleStatus']['state'];

export interface ExpectedFinding {
  readonly cause: StatusFinding['cause'];
  /** Severity of the finding; error if undefined. */
  readonly severity?: StatusFinding['severity'];
  /** Nodes of the finding. If undefined, the finding must name all nodes or no node. */
  readonly nodes?: readonly string[];
  readonly message: string | RegExp;
  /** Substrings of the evidence, in their order. */
  readonly evidence?: readonly (string | RegExp)[];
  /** All commands, in their order. */
  readonly commands?: readonly (string | RegExp)[];
}

/** The finding that status reports if one kubelet allows everything and another kubelet denies a request. */
export const disagreement: ExpectedFinding = {
  cause: 'identity-unknown',
  severity: 'warning',
  nodes: [],
  message: 'some kubelets deny user "Kubernetes", others deny nothing',
};

/** The finding that status reports if only direct requests to these nodes fail. */
export function failsDirectly(cause: Cause, nodes: readonly string[]): ExpectedFinding {
  const message = `direct access fails (${cause}); this affects only you`;
  return { cause, severity: 'note', nodes, message };
}

/** The finding that status reports if another binding than the checked one gives the access. */
export function byAnotherWay(message: string | RegExp): ExpectedFinding {
  return { cause: 'access-by-another-way', severity: 'note', message };
}
