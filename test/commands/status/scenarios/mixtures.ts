import type { Fault } from '../../../sandbox/faults.ts';
import { askNodeProxy, devMay, pair, pairUntil } from '../given.ts';
import type { Cell, ExpectedFinding, Given, Scenario } from '../scenario.ts';

const grant = ['kubectl kubeletaccess grant'];

/** A fault of a node, the result of the direct request, and the result through the API server, by default the same. */
type Ill = readonly [fault: Fault | readonly Fault[], direct: Cell, viaApiServer?: Cell];

/** An expected finding: cause, nodes, commands and severity. The default severity is error. */
type Told = readonly [
  cause: ExpectedFinding['cause'],
  nodes: readonly string[],
  commands?: ExpectedFinding['commands'],
  severity?: ExpectedFinding['severity'],
];

function mixture(
  title: string,
  ills: readonly Ill[],
  told: readonly Told[],
  more: {
    readonly given?: readonly Given[];
    readonly verdict?: Scenario['expected']['verdict'];
    readonly minors?: readonly number[];
    readonly cluster?: Scenario['cluster'];
    readonly caller?: Scenario['caller'];
  } = {},
): Scenario {
  const { given = pair(), verdict = 'some-nodes-fail', minors, cluster, caller } = more;
  return {
    title: `several faults: ${title}`,
    cluster: { nodes: ills.map(([fault]) => fault), ...cluster },
    given,
    ...(minors && { minors }),
    ...(caller && { caller }),
    expected: {
      verdict,
      nodes: ills.map(([, direct, viaApiServer = direct]) => [direct, viaApiServer]),
      findings: told.map(([cause, nodes, commands = [], severity = 'error']) => ({
        ...{ cause, severity, nodes, commands, message: '' },
      })),
    },
  };
}

const good: Ill = ['none', 'ok'];
const stopped: Ill = ['stopped', 'connection-refused'];
const expired: Ill = ['expired', 'certificate-expired'];
const refused: Ill = ['none', 'ok', 'forbidden'];
const start = (node: string) => [
  `ssh ${node} journalctl -u kubelet -n 100 --no-pager | kubectl kubeletaccess explain -`,
];
const addresses = ['kubectl get nodes -o wide'];

export const mixtures: readonly Scenario[] = [
  mixture(
    'two stopped kubelets, which come before one expired certificate',
    [expired, stopped, good, stopped],
    [
      ['connection-refused', ['node-2', 'node-4'], start('NODE')],
      ['certificate-expired', ['node-1']],
    ],
  ),
  mixture(
    'no permissions, and a stopped kubelet',
    [refused, stopped],
    [
      ['access-missing', ['node-1'], grant],
      ['connection-refused', ['node-2'], start('node-2')],
    ],
    { given: [], verdict: 'access-missing' },
  ),
  mixture(
    'no permissions, and one kubelet with AlwaysAllow',
    [refused, ['always-allow', 'ok']],
    [
      ['identity-unknown', [], []],
      ['access-missing', ['node-1'], []],
      ['authorization-off', ['node-2'], ['kubectl kubeletaccess audit'], 'warning'],
    ],
    { given: [], verdict: 'access-missing' },
  ),
  mixture(
    'certificates that only the caller verifies, and a stopped kubelet',
    [
      ['self-signed', 'self-signed-certificate', 'ok'],
      ['expired', 'certificate-expired', 'ok'],
      stopped,
    ],
    [
      ['connection-refused', ['node-3'], start('node-3')],
      ['self-signed-certificate', ['node-1'], [], 'note'],
      ['certificate-expired', ['node-2'], [], 'note'],
    ],
    { cluster: { verifyKubelets: false } },
  ),
  mixture(
    'two nodes that are not ready, one with a stopped kubelet and one with a healthy kubelet',
    [good, [['stopped', 'not-ready'], 'connection-refused'], ['not-ready', 'ok']],
    [
      ['connection-refused', ['node-2'], start('node-2')],
      ['node-not-ready', ['node-3'], ['kubectl describe node node-3'], 'warning'],
    ],
  ),
  mixture(
    'a temporary grant has expired, and a kubelet is stopped',
    [good, stopped],
    [
      ['access-expired', [], ['kubectl kubeletaccess revoke --expired']],
      ['connection-refused', ['node-2'], start('node-2')],
    ],
    { given: pairUntil(-60_000), verdict: 'access-expired' },
  ),
  mixture(
    'a caller who may not use the node proxy, and a stopped kubelet',
    [
      ['none', 'ok', 'forbidden'],
      ['stopped', 'connection-refused', 'forbidden'],
    ],
    [
      ['caller-forbidden', ['node-1', 'node-2'], askNodeProxy],
      ['not-checked', [], [], 'warning'],
      ['connection-refused', ['node-2'], start('node-2'), 'note'],
    ],
    {
      given: devMay('list nodes', 'get nodes/healthz'),
      caller: 'dev',
      minors: [37],
      verdict: 'unknown',
    },
  ),
  mixture(
    'nodes with two or three faults, of which the first on the path is reported',
    [
      good,
      [['unresolvable', 'expired', 'unauthorized'], 'name-does-not-resolve'],
      [['expired', 'unauthorized'], 'certificate-expired'],
      [['wrong-name', 'cut-off'], 'name-mismatch'],
    ],
    [
      ['name-does-not-resolve', ['node-2'], addresses],
      ['certificate-expired', ['node-3']],
      ['name-mismatch', ['node-4']],
    ],
  ),
];
