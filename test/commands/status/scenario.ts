import type { Finding } from '../../../src/commands/status/report/finding.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';

/** A cluster with something wrong, and what `status` is to tell of it. */
export interface Scenario {
  readonly title: string;
  /** Both unless told: 31 and 37. */
  readonly minors?: readonly number[];
  readonly cluster?: Omit<SandboxOptions, 'minor'>;
  /** What is there before, in the order in which it comes. */
  readonly given?: readonly Given[];
  /** What comes after a first look, which kubelets remember, and before the one that counts. */
  readonly afterwards?: readonly Given[];
  readonly caller?: 'admin' | 'dev' | 'token';
  readonly args?: readonly string[];
  readonly expected: Expected;
}

export type Given = (sandbox: Sandbox) => void;

/** What is not told is as on a cluster of two nodes with nothing wrong. */
export interface Expected {
  readonly verdict?: Report['verdict'];
  /** Of each node, in their order: directly, and by way of the API server. */
  readonly nodes?: readonly (readonly [direct: Cell, viaApiServer: Cell])[];
  /** All of them, in their order. */
  readonly findings?: readonly ExpectedFinding[];
  /** States of the role and of the binding. */
  readonly pair?: readonly [role: State, binding: State];
  /** Identity and verdict of the hop from the API server to the kubelets. */
  readonly hop?: readonly [identity: string, verdict: string];
  /** What the report says besides, as text. */
  readonly says?: readonly (string | RegExp)[];
  readonly saysNot?: readonly (string | RegExp)[];
}

/** What both nodes have. */
export function bothNodes(direct: Cell, viaApiServer: Cell): Expected['nodes'] & {} {
  return [
    [direct, viaApiServer],
    [direct, viaApiServer],
  ];
}

/** All that a scenario expects, also where it does not tell. */
export function fully(expected: Expected) {
  return { verdict: 'ok', nodes: bothNodes('ok', 'ok'), findings: [], ...expected } as const;
}

export type Cell = 'ok' | 'not asked' | Cause;
type State = Report['pair']['clusterRole']['state'];

export interface ExpectedFinding {
  readonly cause: Finding['cause'];
  /** error, unless told. */
  readonly severity?: Finding['severity'];
  /** All nodes, or none in particular, unless told. */
  readonly nodes?: readonly string[];
  /** A piece of the sentence. */
  readonly message: string | RegExp;
  /** Pieces of what shows it, one after the other. */
  readonly evidence?: readonly (string | RegExp)[];
  /** All of them; none unless told. */
  readonly commands?: readonly (string | RegExp)[];
}

/** A kubelet that allows everything stands beside one that denies. */
export const disagreement: ExpectedFinding = {
  cause: 'identity unknown',
  severity: 'warning',
  nodes: [],
  message: 'some kubelets deny user "Kubernetes", others deny nothing',
};
