import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dist, root } from '../../scripts/paths.ts';
import type { Report } from '../../src/commands/status/report.ts';
import { checkAlways, checkReport } from '../commands/status/check.ts';
import { findingOf, statusFaults } from '../commands/status/faults.ts';
import {
  type Cell,
  disagreement,
  type Expected,
  type ExpectedFinding,
} from '../commands/status/scenario.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { sweeps } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import type { Fault } from '../sandbox/faults.ts';
import { currentCluster } from './current.ts';
import { sandboxSays, withUnstartedPod } from './fault-words.ts';
import { type ClusterFault, clusterFaults, withFault } from './faults.ts';
import { nodeAddress } from './network.ts';
import { minorNumber } from './versions.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const kubectl = kubectlOf(cluster, dist);
const tool = (args: readonly string[]) => kubectl(['kubeletaccess', ...args]);

async function check(expected: Expected, args: readonly string[] = []): Promise<void> {
  const look = (format: string) => tool(['status', '--timeout', '3s', '-o', format, ...args]);
  const [table, json] = await Promise.all([look('table'), look('json')]);
  assert.is(json.stderr, '');
  const report = JSON.parse(json.stdout) as Report;
  checkReport(report, table.stdout, expected);
  checkAlways(report, table.stdout, json.code);
  assert.equal(
    schemaErrors(join(root, 'docs/schemas/KubeletAccessReport.schema.json'), report),
    [],
  );
}

const ok = ['ok', 'ok'] as const;

// `ipv6-only` is only in the sandbox: these nodes have no IPv6, and the error depends on the machine.

/** A fault of node-2, and what status must report. `cells` are the results of both paths to node-2. */
type Ill = readonly [
  fault: ClusterFault,
  cells: readonly [direct: Cell, viaApiServer: Cell],
  ...findings: ExpectedFinding[],
];

const findings = new Map(statusFaults.map((each) => [each.fault, each]));

function onNode2(fault: Fault): ExpectedFinding {
  const found = findings.get(fault);
  if (!found) throw new Error(`status reports nothing of ${fault}`);
  return findingOf(found, 'node-2');
}

const table: readonly Ill[] = [
  ...clusterFaults.flatMap((fault): readonly Ill[] => {
    const found = findings.get(fault);
    const isOther = ['black-hole', 'deleted', 'not-ready'].includes(fault);
    return found && !isOther ? [[fault, found.cells, onNode2(fault)]] : [];
  }),
  [
    'black-hole',
    ['connection-timed-out', 'no-answer'],
    { ...onNode2('black-hole'), evidence: ['no connection within 3 s'] },
  ],
  [
    'not-ready',
    ['connection-refused', 'connection-refused'],
    {
      ...onNode2('stopped'),
      evidence: ['node-2 is not ready: Kubelet stopped posting node status.'],
    },
  ],
  ['always-allow', ok, disagreement],
  ['anonymous', ok],
];

/**
 * With an older version, tests only faults to which the sandbox responds otherwise than with the newest version. In the sweep, tests all
 * faults.
 */
const newest = 37;
const minor = minorNumber(cluster.minor);
const isHere = async ([fault]: Ill) =>
  minor === newest ||
  sweeps ||
  JSON.stringify(await sandboxSays(minor, fault)) !==
    JSON.stringify(await sandboxSays(newest, fault));
const chosen = await Promise.all(table.map(isHere));
const here = table.filter((_, index) => chosen[index]);

/** Runs `look`, and compares the responses of the node with the sandbox. Both share one fault, because making a fault takes long. */
const withFaultAndWords = (fault: ClusterFault, look: () => Promise<void>) =>
  withUnstartedPod(cluster, (listen) =>
    withFault(cluster, 'node-2', fault, async () => {
      const [said] = await Promise.all([listen(), look()]);
      assert.equal(await sandboxSays(minor, fault), said);
    }),
  );

const well: Expected = {
  verdict: 'ok',
  nodes: [ok, ok],
  findings: [],
  pair: ['present', 'present'],
};

suite(`${cluster.version}: status`, (test) => {
  test('the tests start without a grant, and with empty caches of kubelets', async () => {
    assert.is((await tool(['revoke'])).code, 0);
    for (const node of cluster.nodes) await cluster.restartKubelet(node);
  });

  test('reports the denied user and the kubelets if kube-apiserver has no grant', async () => {
    await check({
      verdict: 'access-missing',
      nodes: [
        ['ok', 'forbidden'],
        ['ok', 'forbidden'],
      ],
      findings: [
        {
          cause: 'access-missing',
          severity: 'error',
          message:
            'kubelets deny kube-apiserver (user "Kubernetes"); your own permissions are not involved',
          evidence: [
            /^the kubelet of node-1 through the API server answered 403: Forbidden \(user=Kubernetes,/,
          ],
          commands: ['kubectl kubeletaccess grant'],
        },
      ],
      pair: ['absent', 'absent'],
    });
  });

  test('reports that kubelets disagree if one has AlwaysAllow and kube-apiserver has no grant', async () => {
    await withFault(cluster, 'node-2', 'always-allow', () =>
      check({
        verdict: 'access-missing',
        nodes: [['ok', 'forbidden'], ok],
        findings: [
          {
            cause: 'identity-unknown',
            severity: 'error',
            nodes: [],
            message: 'some kubelets deny user "Kubernetes", others deny nothing',
          },
          {
            cause: 'access-missing',
            severity: 'error',
            nodes: ['node-1'],
            message: 'kubelets deny kube-apiserver (they do not agree which user that is)',
          },
          {
            cause: 'authorization-off',
            severity: 'warning',
            nodes: ['node-2'],
            message: 'authorization.mode is AlwaysAllow',
            commands: ['kubectl kubeletaccess audit'],
          },
        ],
      }),
    );
  });

  test('prints at most sixteen lines if kube-apiserver has a grant', async () => {
    assert.is((await tool(['grant', '--wait'])).code, 0);
    await check({ ...well, says: [/^(?:[^\n]*\n){1,16}$/] });
  });

  test('the table of this test has every fault that a real node can have', () => {
    const rows = table.map(([fault]) => fault);
    assert.equal(
      clusterFaults.filter((fault) => !rows.includes(fault)),
      ['ipv6-only', 'deleted'],
    );
  });

  for (const [fault, cells, ...findings] of here)
    test(`${fault}: the sandbox responds like the cluster, and status reports only the node with the fault`, () =>
      withFaultAndWords(fault, () =>
        check({
          ...well,
          verdict: cells[1] === 'ok' ? 'ok' : 'some-nodes-fail',
          nodes: [ok, cells],
          findings,
          saysNot: ['kubeletaccess grant'],
        }),
      ));

  test('deleted: the sandbox responds like the cluster, and status leaves the node out', () =>
    withFaultAndWords('deleted', async () => {
      await check({ ...well, nodes: [ok] });
      const { code, stderr } = await tool(['status', '--node', 'node-2']);
      assert.equal(
        [code, stderr.split('\n')[0]],
        [1, 'Error from server (NotFound): nodes "node-2" not found'],
      );
    }));

  test('reports two faults on two nodes', () =>
    withFault(cluster, 'node-1', 'expired', () =>
      withFault(cluster, 'node-2', 'stopped', () =>
        check({
          ...well,
          verdict: 'all-nodes-fail',
          nodes: [
            ['certificate-expired', 'certificate-expired'],
            ['connection-refused', 'connection-refused'],
          ],
          findings: [
            {
              cause: 'certificate-expired',
              severity: 'error',
              nodes: ['node-1'],
              message: 'has expired',
            },
            onNode2('stopped'),
          ],
        }),
      ),
    ));

  test('checks a kubelet by its address while the API server is down', async () => {
    const line = `status --server https://127.0.0.1:1 --kubelet-address ${nodeAddress(1)}`;
    const { code, stdout } = await tool(line.split(' '));
    assert.is(code, 1);
    assert.match(stdout, 'cannot reach the API server https://127.0.0.1:1: connection refused\n');
  });

  test('the tests leave no grant', async () => {
    assert.is((await tool(['revoke'])).code, 0);
  });
});
