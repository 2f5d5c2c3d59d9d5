import type { Finding } from '../../../src/commands/status/report/finding.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';

/** A cluster with a fault, and the report that `status` should print. */
export interface Scenario {
  readonly title: string;
  /** Minor versions of the cluster; if undefined, 37, and for a fifth of the scenarios also 31. */
  readonly minors?: readonly number[];
  readonly cluster?: Omit<SandboxOptions, 'minor'>;
  /** Objects of the cluster, created in this order. */
  readonly given?: readonly Given[];
  /** Changes after a first status, whose answers kubelets cache, and before the second, whose report is compared. */
  readonly afterwards?: readonly Given[];
  readonly caller?: 'admin' | 'dev' | 'token';
  readonly args?: readonly string[];
  readonly expected: Expected;
}

export type Given = (sandbox: Sandbox) => void;

/** The expected report. Undefined fields are as on a cluster of two nodes without faults. */
export interface Expected {
  readonly verdict?: Report['verdict'];
  /** Results of each node, in the order of nodes: direct, and through the API server. */
  readonly nodes?: readonly (readonly [direct: Cell, viaApiServer: Cell])[];
  /** All findings, in their order. */
  readonly findings?: readonly ExpectedFinding[];
  /** States of the role and of the binding. */
  readonly pair?: readonly [role: State, binding: State];
  /** Identity and verdict of the hop from the API server to the kubelets. */
  readonly hop?: readonly [identity: string, verdict: string];
  /** Other pieces of the report as text. */
  readonly says?: readonly (string | RegExp)[];
  readonly saysNot?: readonly (string | RegExp)[];
}

/** Gives both nodes the same results. */
export function bothNodes(direct: Cell, viaApiServer: Cell): Expected['nodes'] & {} {
  return [
    [direct, viaApiServer],
    [direct, viaApiServer],
  ];
}

/** Fills undefined fields of an expected report. */
export function fully(expected: Expected) {
  return { verdict: 'ok', nodes: bothNodes('ok', 'ok'), findings: [], ...expected } as const;
}

export type Cell = 'ok' | 'not asked' | Cause;
type State = Report['pair']['clusterRole']['state'];

export interface ExpectedFinding {
  readonly cause: Finding['cause'];
  /** Severity of the finding; error if undefined. */
  readonly severity?: Finding['severity'];
  /** Nodes of the finding; if undefined, all nodes or no node is right. */
  readonly nodes?: readonly string[];
  /** Piece of the message. */
  readonly message: string | RegExp;
  /** Pieces of the evidence, in their order. */
  readonly evidence?: readonly (string | RegExp)[];
  /** All commands, in their order; none if undefined. */
  readonly commands?: readonly (string | RegExp)[];
}

/** The finding if one kubelet allows everything, and another denies. */
export const disagreement: ExpectedFinding = {
  cause: 'identity unknown',
  severity: 'warning',
  nodes: [],
  message: 'some kubelets deny user "Kubernetes", others deny nothing',
};
