import * as assert from 'uvu/assert';
import type { AuditFacts, NodeAuditFacts } from '../../../src/commands/audit/facts.ts';
import {
  type AuditReport,
  auditExitCode,
  auditReport,
} from '../../../src/commands/audit/report.ts';
import { auditRules, ruleIdOf } from '../../../src/kubelet/audit-rules.ts';
import { parseUpgradeMetrics } from '../../../src/kubelet/bodies/upgrade-metrics.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rule } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow } from '../../kit/with-sandbox.ts';
import { withKubelets } from './kubelets.ts';

const ofUpgrade = new Set(
  auditRules.flatMap(({ id }) => (id.startsWith('KA5') ? (ruleIdOf(id) ?? []) : [])),
);

const gate = (name: string, stage: string) =>
  `kubernetes_feature_enabled{name="${name}",stage="${stage}"} 1\n`;
const v2 = 'kubelet_cgroup_version 2\n';
const v1 = 'kubelet_cgroup_version 1\n';

/** Returns metrics of a kubelet with some more lines. */
function metrics(more = v2): NodeAuditFacts['metrics'] {
  const body = `# TYPE kubelet_cgroup_version gauge\n${more}${gate('Old', '')}${gate('New', 'BETA')}${gate('Bad', 'DEPRECATED')}`;
  const { decoded, problem } = parseUpgradeMetrics(body);
  return decoded ? { found: decoded.value } : { unknown: problem };
}

const configured = (value: NonNullable<unknown>): NodeAuditFacts['configuration'] => ({
  found: { via: 'direct', value },
});

function node(more: Partial<NodeAuditFacts> = {}): NodeAuditFacts {
  const no = { unknown: 'no' };
  return {
    ...{ name: 'node-1', version: 'v1.36.4', system: 'linux', runtime: 'containerd://2.1.4' },
    ...{ address: undefined, anonymous: no, readOnly: no, certificate: no, distrust: no },
    ...{ configuration: configured({}), metrics: metrics(), flags: { found: {} } },
    ...more,
  };
}

type Cluster = Partial<Pick<AuditFacts, 'serverVersion' | 'forMinor'>> & {
  readonly others?: readonly NodeAuditFacts[];
};

function reportOf(audited: NodeAuditFacts, { others = [], ...more }: Cluster = {}): AuditReport {
  const facts: AuditFacts = {
    ...{ server: 'https://10.0.0.9:6443', now: 0, warnDays: 30, running: new Map() },
    nodes: { found: [audited, ...others] },
    rbac: { unknown: 'no' },
    serverVersion: { found: audited.version },
    ...more,
  };
  return auditReport(facts, [], ofUpgrade);
}

/** Returns lines such as `KA501 high: …` and `? metrics: …`. */
function lines({ findings, notChecked }: AuditReport): readonly string[] {
  return [
    ...findings.flatMap(({ id, severity, places }) =>
      places.map(({ name, observation }) => `${id} ${severity} ${name}: ${observation}`),
    ),
    ...notChecked.map(({ check, message }) => `? ${check}: ${message}`),
  ];
}

const gates = (featureGates: Readonly<Record<string, boolean>>) => configured({ featureGates });
const conflicts = (count: number) =>
  metrics(
    `${v2}volume_manager_selinux_volume_context_mismatch_warnings_total{access_mode="RWX",volume_plugin="a"} ${count}\nvolume_manager_selinux_volume_context_mismatch_warnings_total{access_mode="RWO",volume_plugin="a"} 1\nvolume_manager_selinux_volumes_admitted_total{access_mode="RWX"} 5\n`,
  );
const flags = (found: Readonly<Record<string, string>>) => ({ flags: { found } });
const losing = (version: string) =>
  metrics(`${v2}kubelet_cri_losing_support{version="${version}"} 1\n`);
const skewed = (version: string) => ({ serverVersion: { found: version } });

const cases: readonly [
  title: string,
  more: Partial<NodeAuditFacts>,
  cluster: Cluster,
  ...expected: string[],
][] = [
  ['nothing', {}, {}],
  [
    'cgroup v1 where the next kubelet does not start',
    { version: 'v1.34.1+k3s1', metrics: metrics(v1) },
    {},
    'KA501 high node-1: kubelet_cgroup_version is 1: does not start by default from 1.35 on',
  ],
  [
    'cgroup v1 where a later kubelet does not start',
    { version: 'v1.31.14', metrics: metrics(v1) },
    {},
    'KA501 low node-1: kubelet_cgroup_version is 1: does not start by default from 1.35 on',
  ],
  [
    'cgroup v1 of a kubelet that is configured for it',
    {
      version: 'v1.37.2',
      metrics: metrics(v1),
      configuration: configured({ failCgroupV1: false }),
    },
    {},
    'KA501 medium node-1: kubelet_cgroup_version is 1, failCgroupV1 is false: support may end with 1.38',
  ],
  [
    'no version of cgroups before 1.31',
    { version: 'v1.30.1-eks-abc', metrics: metrics('') },
    {},
    '? cgroup-version: no kubelet_cgroup_version: kubelets report it since 1.31',
  ],
  ['no version of cgroups on Windows', { system: 'windows', metrics: metrics('') }, {}],
  [
    'a runtime that the kubelet reports, and the version in which support really ends',
    { version: 'v1.35.0', runtime: 'containerd://1.7.27', metrics: losing('1.36.0') },
    {},
    'KA502 low node-1: kubelet_cri_losing_support names 1.36.0, runtime containerd://1.7.27',
  ],
  [
    'a runtime that loses support with the next kubelet',
    { version: 'v1.37.2', metrics: losing('1.38.0') },
    {},
    'KA502 high node-1: kubelet_cri_losing_support names 1.38.0, runtime containerd://2.1.4',
  ],
  [
    'a runtime that older kubelets do not report',
    { version: 'v1.31.14', runtime: 'containerd://1.7.27' },
    {},
    'KA502 low node-1: containerd://1.7.27 does not name its cgroup driver',
  ],
  [
    'an unknown runtime of an older kubelet',
    { version: 'v1.33.0', runtime: 'docker://27.1' },
    {},
    '? container-runtime: no known runtime: kubelets report its support since 1.34',
  ],
  [
    'gates set by hand',
    { configuration: gates({ Old: false, Bad: true, New: true, AllBeta: true }) },
    {},
    'KA503 medium node-1: featureGates.Old is false: its stage is GA',
    'KA503 medium node-1: featureGates.Bad is true: its stage is DEPRECATED',
  ],
  [
    'gates that a newer kubelet does not know, or has as GA',
    { version: 'v1.36.4', configuration: gates({ New: true, Gone: true }) },
    {
      others: [
        node({
          ...{ name: 'node-2', version: 'v1.37.2' },
          metrics: metrics(`${v2}${gate('Other', '')}`),
        }),
        node({ name: 'node-3', version: 'v1.38.0', metrics: metrics(v1) }),
      ],
      ...skewed('v1.38.0'),
    },
    'KA503 high node-1: featureGates.Gone is true: the kubelet of node-2 (v1.37.2) does not know it',
    'KA501 medium node-3: kubelet_cgroup_version is 1: support may end with 1.38',
  ],
  [
    'stages that are unknown',
    {
      configuration: gates({ Old: true }),
      metrics: { found: { ...noMetrics(), cgroupVersion: 2 } },
    },
    {},
    '? feature-gate-stages: no kubernetes_feature_enabled in its metrics',
  ],
  [
    'a kubelet newer than kube-apiserver',
    { version: 'v1.38.0' },
    skewed('v1.37.2-gke.100'),
    'KA504 high node-1: kubelet v1.38.0, kube-apiserver v1.37.2-gke.100: the kubelet is newer',
  ],
  [
    'a kubelet four minors older',
    { version: 'v1.33.0' },
    skewed('v1.37.2'),
    'KA504 high node-1: kubelet v1.33.0, kube-apiserver v1.37.2: 4 minor versions newer',
  ],
  [
    'a kubelet three minors older',
    { version: 'v1.34.0' },
    skewed('v1.37.2'),
    'KA504 medium node-1: kubelet v1.34.0, kube-apiserver v1.37.2: with kube-apiserver 1.38, it is 4 minor versions older',
  ],
  ['a kubelet two minors older', { version: 'v1.35.0' }, skewed('v1.37.2')],
  [
    'a kubelet of the version of the upgrade',
    { version: 'v1.38.0', metrics: metrics(v1), configuration: gates({ Old: true }) },
    { forMinor: 38 },
  ],
  [
    'no version of kube-apiserver',
    {},
    { serverVersion: { unknown: 'no' } },
    '? apiserver-version: no',
  ],
  [
    'eventRecordQPS 0 before 1.37',
    { configuration: configured({ eventRecordQPS: 0 }) },
    {},
    'KA505 medium node-1: eventRecordQPS is 0',
  ],
  [
    'eventRecordQPS 0 long before 1.37',
    { version: 'v1.31.14', configuration: configured({ eventRecordQPS: 0 }) },
    {},
    'KA505 low node-1: eventRecordQPS is 0',
  ],
  [
    'eventRecordQPS 0 of 1.37, which has KA108',
    { version: 'v1.37.2', configuration: configured({ eventRecordQPS: 0 }) },
    {},
  ],
  [
    'label conflicts of SELinux',
    { metrics: conflicts(2) },
    {},
    'KA506 medium node-1: volume_manager_selinux_volume_context_mismatch_warnings_total is 3',
  ],
  [
    'flags of cAdvisor, without their values: one may be a password',
    flags({ containerd: '/run/k3s.sock', storage_driver_password: 's3cret', v: '2' }),
    {},
    'KA507 high node-1: --containerd is set: unknown flag from 1.37 on',
    'KA507 high node-1: --storage-driver-password is set: unknown flag from 1.37 on',
  ],
  ['flags with their defaults', flags({ containerd: '/run/containerd/containerd.sock' }), {}],
  [
    'flags that were not read',
    { version: 'v1.31.14', flags: { unknown: 'answered 404' } },
    { forMinor: 34 },
    '? flags: answered 404',
  ],
  [
    'flags that were not read, where the upgrade removes none',
    { version: 'v1.37.2', flags: { unknown: 'answered 404' } },
    {},
  ],
  [
    'an unknown version',
    { version: 'latest', metrics: metrics(v1) },
    skewed('v1.37.2'),
    '? kubelet-version: its Node has no known version: latest',
  ],
];

function noMetrics() {
  return {
    ...{ cgroupVersion: undefined, losesSupportAt: undefined },
    ...{ labelConflicts: new Map<string, number>(), stages: undefined },
  };
}

suite('audit --rule KA5', (test) => {
  for (const [title, more, cluster, ...expected] of cases)
    test(`judges ${title}`, () => {
      const report = reportOf(node(more), cluster);
      assert.equal(lines(report), expected);
      assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', report), []);
    });

  test('rejects metrics that are cut or malformed, so that no kubelet passes by them', () => {
    const bodies = [
      ...['', '<html>\n', 'kubelet_cgroup_version 1', 'kubelet_cgroup_version 3\n'],
      ...['kubelet_cgroup_version NaN\n', 'kubelet_cgroup_version {\n'],
      'kubelet_cri_losing_support{version="soon"} 1\n',
      'kubelet_cri_losing_support{} 1\n',
    ];
    for (const body of bodies) {
      const { problem } = parseUpgradeMetrics(body);
      assert.match(problem ?? '', /^no metrics/, body);
      const report = reportOf(node({ metrics: { unknown: problem ?? '' } }));
      assert.is(auditExitCode(report, 'medium'), 4, body);
    }
  });

  test('reads metrics, flags and versions only for these rules, and exits with 3 on a finding', () =>
    withKubelets(
      [
        { version: 'v1.34.1+k3s1', metrics: v1 + gate('Old', '') },
        { version: 'v1.36.4', metrics: v2 },
      ],
      async (audit, [first]) => {
        const args = ['--rule', 'KA5', '--fail-on', 'medium'];
        const { code, stdout } = await audit(args);
        assert.is(code, 3);
        assert.match(stdout, /\* KA501 high: the node has cgroup v1\n {2}node-1: kubelet_cgroup_/);
        const lines = first?.requests.map(({ line }) => line).sort();
        assert.equal(lines, ['GET /configz', 'GET /flagz', 'GET /metrics']);
        const json = JSON.parse((await audit([...args, '-o', 'json'])).stdout) as AuditReport;
        assert.equal(json.notChecked, []);
        assert.match((await audit([...args, '-o', 'markdown'])).stdout, /## KA501 high: /);
        assert.is((await audit([...args, '--for-version', '1.36'])).code, 3);
        assert.is((await audit([...args, '--for-version', '1.34'])).code, 0);
        const unused = await audit(['--for-version', '1.38']);
        assert.equal(
          [unused.code, unused.stderr],
          [2, 'error: --for-version requires --rule KA5\n'],
        );
        const wrong = await audit([...args, '--for-version', 'next']);
        assert.equal(wrong.code, 2);
        assert.match(wrong.stderr, 'invalid --for-version value "next": must be a version such as');
      },
    ));

  test('lists what a caller may not read as not checked, with the permission', () =>
    withKubelets([{ version: 'v1.36.4', metrics: v1 }], async (audit, _, sandbox) => {
      allow(sandbox, 'dev', [rule('nodes', 'list'), rule('nodes/configz')]);
      const { code, stdout } = await audit(['--rule', 'KA5', '-o', 'markdown'], 'dev');
      assert.is(code, 4);
      assert.match(stdout, /- metrics of node-1: .*\(needs: get nodes\/metrics at the kubelet/);
      assert.not.match(stdout, 'KA501');
    }));
});
