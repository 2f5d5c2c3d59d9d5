import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dist, root } from '../../scripts/paths.ts';
import type { Report } from '../../src/commands/status/report.ts';
import { checkAlways, checkReport } from '../commands/status/check.ts';
import {
  type Cell,
  disagreement,
  type Expected,
  type ExpectedFinding,
} from '../commands/status/scenario.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { sweeps } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { runProcess } from '../kit/tool.ts';
import { currentCluster } from './current.ts';
import { sandboxSays, withUnstartedPod } from './fault-words.ts';
import { type ClusterFault, clusterFaults, withFault } from './faults.ts';
import { minorNumber } from './versions.ts';

const cluster = await currentCluster();
const path = `${dist}:${process.env['PATH']}`;
const tool = (args: readonly string[]) =>
  runProcess(cluster.kubectl, ['kubeletaccess', ...args], {
    env: { PATH: path, KUBECONFIG: cluster.kubeconfigs.admin, HOME: cluster.directory },
  });

/** Looks twice, once for people and once for programs, and compares both with what is expected. */
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
const on2 = { nodes: ['node-2'] } as const;
const start = ['systemctl status kubelet'];
const addresses = ['kubectl get nodes -o wide'];

// An address of version 6 leads nowhere there, and differently so on each machine: `ipv6-only` is left to the sandbox.

/** A fault of node-2, what is said of both paths to it, and what is found. */
type Ill = readonly [
  fault: ClusterFault,
  cells: readonly [direct: Cell, viaApiServer: Cell],
  ...findings: ExpectedFinding[],
];

function both(
  cause: ExpectedFinding['cause'],
  message: string | RegExp,
  evidence: readonly (string | RegExp)[],
  commands: ExpectedFinding['commands'] = [],
): ExpectedFinding {
  return { cause, severity: 'error', ...on2, message, evidence, commands };
}

const table: readonly Ill[] = [
  [
    'stopped',
    ['connection refused', 'connection refused'],
    both(
      'connection refused',
      'but the connection was refused: the kubelet is stopped',
      [
        /^cannot reach the kubelet of node-2 at [\d.]+:10250: connection refused$/,
        /dial tcp [\d.]+:10250: connect: connection refused/,
      ],
      start,
    ),
  ],
  [
    'black-hole',
    ['connection timed out', 'no answer'],
    both(
      'connection timed out',
      'a firewall or security group drops the packets',
      ['no connection within 3 s'],
      addresses,
    ),
  ],
  [
    'cut-off',
    ['kubelet cannot reach API server', 'kubelet cannot reach API server'],
    both(
      'kubelet cannot reach API server',
      'could not ask the API server',
      ['answered 500: Authorization error (user='],
      ['journalctl -u kubelet --since -10min'],
    ),
  ],
  [
    'wrong-name',
    ['name mismatch', 'name mismatch'],
    both('name mismatch', 'is not valid for the name or address', [
      'DNS:elsewhere, IP Address:10.0.0.1',
      /x509: certificate is valid for 10\.0\.0\.1, not [\d.]+/,
      'certificate of node-2: ',
    ]),
  ],
  [
    'other-authority',
    ['untrusted CA', 'untrusted CA'],
    both('untrusted CA', 'does not trust the CA that signed', [
      'x509: certificate signed by unknown authority',
      'issuer CN=another-ca,',
    ]),
  ],
  [
    'self-signed',
    ['self-signed certificate', 'name mismatch'],
    both(
      'name mismatch',
      'self-signed kubelet certificates name only the host',
      ["doesn't contain any IP SANs", /^directly: cannot reach /, 'issuer CN=node-2-ca@'],
      ["kubectl kubeletaccess explain 'self-signed certificate'"],
    ),
  ],
  [
    'expired',
    ['certificate expired', 'certificate expired'],
    both('certificate expired', 'has expired, or the clock of the node or of the client is wrong', [
      /current time \S+ is after/,
    ]),
  ],
  [
    'not-yet-valid',
    ['certificate not yet valid', 'certificate not yet valid'],
    both('certificate not yet valid', 'the clock of the node or of the client is wrong', [
      /current time \S+ is before/,
    ]),
  ],
  [
    'not-for-servers',
    ['certificate not for servers', 'certificate not for servers'],
    both('certificate not for servers', 'cannot be used by a server', ['incompatible key usage']),
  ],
  [
    'no-certificate',
    ['no serving certificate yet', 'no serving certificate yet'],
    both(
      'no serving certificate yet',
      'it waits for its CSR (signer kubernetes.io/kubelet-serving) to be approved',
      ['remote error: tls: internal error'],
      [/^kubectl get csr csr-[0-9a-z]{5} /, /^kubectl certificate approve csr-[0-9a-z]{5}$/],
    ),
  ],
  [
    'unauthorized',
    ['no credential accepted', 'no credential accepted'],
    both('no credential accepted', 'the kubelet rejected the credentials of the request (401)', [
      'answered 401: Unauthorized',
    ]),
  ],
  [
    'handlers-off',
    ['ok', 'switched off'],
    both('switched off', 'enableDebuggingHandlers', ['answered 405: ']),
  ],
  ['always-allow', ok, disagreement],
  ['anonymous', ok],
  [
    'unresolvable',
    ['name does not resolve', 'name does not resolve'],
    both(
      'name does not resolve',
      'cannot resolve the name of the kubelet at node-2.invalid:',
      [': name does not resolve', /lookup node-2\.invalid.*: no such host/],
      addresses,
    ),
  ],
  [
    'no-addresses',
    ['no address', 'no address'],
    both(
      'no address',
      'the Node object has no address of a type that the client (your machine or kube-apiserver) accepts',
      ['no preferred addresses found; known addresses: []'],
      ["kubectl get nodes -o custom-columns='NAME:.metadata.name,ADDRESSES:.status.addresses'"],
    ),
  ],
  [
    'not-ready',
    ['connection refused', 'connection refused'],
    both(
      'connection refused',
      'but the connection was refused: the kubelet is stopped',
      ['node-2 is not ready: Kubelet stopped posting node status.'],
      start,
    ),
  ],
];

/** Of an older version only those of which something else is said; all of them in the sweep. */
const newest = 37;
const minor = minorNumber(cluster.minor);
const isHere = async ([fault]: Ill) =>
  minor === newest ||
  sweeps ||
  JSON.stringify(await sandboxSays(minor, fault)) !==
    JSON.stringify(await sandboxSays(newest, fault));
const chosen = await Promise.all(table.map(isHere));
const here = table.filter((_, index) => chosen[index]);

/** Both are told by one fault: making one takes longer than all that is asked then. */
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
const long = { timeoutMs: 240_000 };

suite(`${cluster.version}: what status tells`, (test) => {
  test(
    'starts without a grant, and with empty caches of kubelets',
    async () => {
      assert.is((await tool(['revoke', '--all-profiles'])).code, 0);
      for (const node of cluster.nodes) await cluster.restartKubelet(node);
    },
    long,
  );

  test(
    'without the pair: reports who is denied, and by whom',
    async () => {
      await check({
        verdict: 'access missing',
        nodes: [
          ['ok', 'forbidden'],
          ['ok', 'forbidden'],
        ],
        findings: [
          {
            cause: 'access missing',
            severity: 'error',
            message:
              'kubelets deny kube-apiserver (user "Kubernetes"); your own permissions are not involved',
            evidence: [
              /^the kubelet of node-1 through the API server answered 403: Forbidden \(user=Kubernetes,/,
            ],
            commands: ['kubectl kubeletaccess grant', /--user=Kubernetes$/],
          },
        ],
        pair: ['absent', 'absent'],
      });
    },
    long,
  );

  test(
    'without the pair, and a kubelet with AlwaysAllow',
    async () => {
      await withFault(cluster, 'node-2', 'always-allow', () =>
        check({
          verdict: 'access missing',
          nodes: [['ok', 'forbidden'], ok],
          findings: [
            {
              cause: 'identity unknown',
              severity: 'error',
              nodes: [],
              message: 'some kubelets deny user "Kubernetes", others deny nothing',
            },
            {
              cause: 'access missing',
              severity: 'error',
              nodes: ['node-1'],
              message: 'kubelets deny kube-apiserver (they do not agree which user that is)',
            },
            {
              cause: 'authorization off',
              severity: 'warning',
              nodes: ['node-2'],
              message: 'authorization.mode is AlwaysAllow',
              commands: ['kubectl kubeletaccess audit'],
            },
          ],
        }),
      );
    },
    long,
  );

  test(
    'with the pair: prints sixteen lines',
    async () => {
      assert.is((await tool(['grant', '--wait'])).code, 0);
      await check({ ...well, says: [/^(?:[^\n]*\n){1,16}$/] });
    },
    long,
  );

  test('has every fault that can be made here', () => {
    const told = table.map(([fault]) => fault);
    assert.equal(
      clusterFaults.filter((fault) => !told.includes(fault)),
      ['ipv6-only', 'deleted'],
    );
  });

  for (const [fault, cells, ...findings] of here)
    test(
      `${fault}: the sandbox says what is said here, and status tells of that node alone`,
      () =>
        withFaultAndWords(fault, () =>
          check({
            ...well,
            verdict: cells[1] === 'ok' ? 'ok' : 'some nodes fail',
            nodes: [ok, cells],
            findings,
            saysNot: ['kubeletaccess grant'],
          }),
        ),
      long,
    );

  test(
    'deleted: the sandbox says what is said here, and status does not report the node',
    () =>
      withFaultAndWords('deleted', async () => {
        await check({ ...well, nodes: [ok] });
        const { code, stderr } = await tool(['status', '--node', 'node-2']);
        assert.equal(
          [code, stderr.split('\n')[0]],
          [1, 'Error from server (NotFound): nodes "node-2" not found'],
        );
      }),
    long,
  );

  test(
    'reports two faults on two nodes',
    () =>
      withFault(cluster, 'node-1', 'expired', () =>
        withFault(cluster, 'node-2', 'stopped', () =>
          check({
            ...well,
            verdict: 'all nodes fail',
            nodes: [
              ['certificate expired', 'certificate expired'],
              ['connection refused', 'connection refused'],
            ],
            findings: [
              {
                cause: 'certificate expired',
                severity: 'error',
                nodes: ['node-1'],
                message: 'has expired',
              },
              both(
                'connection refused',
                'but the connection was refused: the kubelet is stopped',
                [],
                start,
              ),
            ],
          }),
        ),
      ),
    long,
  );

  test('checks a kubelet by its address while the API server is down', async () => {
    const { host } = await addressOf('node-1');
    const { code, stdout } = await tool([
      'status',
      '--server',
      'https://127.0.0.1:1',
      '--address',
      host,
    ]);
    assert.is(code, 1);
    assert.match(stdout, 'cannot reach the API server https://127.0.0.1:1: connection refused\n');
  });

  test('revokes the grant', async () => {
    assert.is((await tool(['revoke'])).code, 0);
  });
});

async function addressOf(node: string): Promise<{ readonly host: string }> {
  const { stdout } = await tool(['status', '--node', node, '-o', 'json']);
  const { nodes } = JSON.parse(stdout) as Report;
  return { host: (nodes[0]?.address ?? '').replace(/:\d+$/, '') };
}
