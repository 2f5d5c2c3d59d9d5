import type { Fault } from '../../sandbox/faults.ts';
import { faults } from '../shared/faults.ts';
import type { Cell, ExpectedFinding } from './scenario.ts';

/** A fault of a node, and what status reports. */
export interface StatusFault {
  readonly fault: Fault;
  readonly cells: readonly [direct: Cell, viaApiServer: Cell];
  readonly cause: string;
  readonly message: string;
  /** Substrings of the evidence, in this order. */
  readonly evidence: readonly (string | RegExp)[];
  readonly commands?: readonly (string | RegExp)[];
}

/** Faults that differ between direct requests and requests through the API server, and faults of nodes whose kubelets answer. */
const ofOnePath: readonly StatusFault[] = [
  {
    fault: 'self-signed-alone',
    cells: ['self-signed-certificate', 'untrusted-ca'],
    cause: 'error: untrusted-ca',
    message: 'kube-apiserver does not trust the CA',
    evidence: [
      'certificate signed by unknown authority',
      /^directly: cannot reach the kubelet of .*: its certificate is self-signed/,
    ],
    commands: ['kubectl kubeletaccess explain self-signed-certificate'],
  },
  {
    fault: 'portal',
    cells: ['not-a-kubelet', 'not-a-kubelet'],
    cause: 'error: not-a-kubelet',
    message: 'something other than the kubelet answered (such as a proxy or load balancer)',
    evidence: ['answered 200: <html>'],
  },
  {
    fault: 'deleted',
    cells: ['ok', 'node-gone'],
    cause: 'error: node-gone',
    message: 'the API server no longer has this Node object',
    evidence: ['" not found'],
  },
  {
    fault: 'handlers-off',
    cells: ['ok', 'switched-off'],
    cause: 'error: switched-off',
    message:
      'is disabled in the configuration of the kubelet (enableDebuggingHandlers, enableSystemLogHandler, enableProfilingHandler or enableDebugFlagsHandler); no permission opens it',
    evidence: ['answered 405: Debug endpoints are disabled.'],
  },
  {
    fault: 'unhealthy',
    cells: ['server-error', 'ok'],
    cause: 'note: server-error',
    message: 'the kubelet answered, but failed to serve the request',
    evidence: ['[-]syncloop failed: reason withheld healthz check failed'],
  },
  {
    fault: 'not-ready',
    cells: ['ok', 'ok'],
    cause: 'warning: node-not-ready',
    message: ': not ready according to the Node object, but the kubelet answers',
    evidence: [' is not ready: Kubelet stopped posting node status.'],
    commands: [/^kubectl describe node node-\d+$/],
  },
  {
    fault: 'expires-soon',
    cells: ['ok', 'ok'],
    cause: 'warning: certificate-expires-soon',
    message: ': the serving certificate expires in 4 days',
    evidence: [': expires 2'],
    commands: ['kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving'],
  },
];

export const statusFaults: readonly StatusFault[] = [
  ...faults.map(([fault, cause, words, message, evidence, ...commands]): StatusFault => {
    const relayed = fault === 'self-signed' ? 'name-mismatch' : cause;
    return {
      ...{ fault, cells: [cause, relayed], cause: `error: ${relayed}`, message, commands },
      evidence: relayed === cause ? [words, evidence] : [evidence, words],
    };
  }),
  ...ofOnePath,
];

/** Makes a pattern from a text of the sandbox. The pattern matches any address, port and DNS server, but only the node `node`. */
function anywhere(text: string | RegExp, node: string): RegExp {
  if (typeof text !== 'string') return text;
  const parts = text.split(/(127\.0\.0\.1:1\b|127\.0\.0\.1|node-\d+| on 10\.96\.0\.10:53)/);
  const patterns = parts.map((part, index) => {
    if (index % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    if (part.startsWith('node-')) return node;
    if (part.startsWith(' on ')) return '.*';
    return part.endsWith(':1') ? String.raw`[\d.]+:\d+` : String.raw`[\d.]+`;
  });
  return new RegExp(patterns.join(''));
}

/** Returns the finding that status reports for a fault, in the sandbox or in a real cluster. */
export function findingOf(
  { cause, message, ...fault }: StatusFault,
  node: string,
): ExpectedFinding {
  const [severity, name] = cause.split(': ') as [
    NonNullable<ExpectedFinding['severity']>,
    ExpectedFinding['cause'],
  ];
  return {
    ...{ cause: name, severity, nodes: [node], message: anywhere(message, node) },
    evidence: fault.evidence.map((text) => anywhere(text, node)),
    commands: fault.commands ?? [],
  };
}
