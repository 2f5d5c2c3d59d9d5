import { existsSync } from 'node:fs';
import pMap from 'p-map';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import type { AuditReport } from '../../src/commands/audit/report.ts';
import type { PolicyRule, RbacSubject } from '../../src/objects.ts';
import { parseSubject, reviewedUser } from '../../src/rbac/subject.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { account, binding, everything, group, role, rule, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi, rbacPath } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { isAllowed } from './holders.ts';
import type { KubeletSettings } from './node-settings.ts';
import type { KubeletStart } from './real-cluster.ts';
import { minorNumber, oldest } from './versions.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
const audit = (args: readonly string[] = [], who: 'admin' | 'dev' = 'admin') =>
  kubectl(['kubeletaccess', 'audit', ...args], who);
const report = async (args: readonly string[] = []) => {
  const { stdout, stderr } = await audit(['-o', 'json', ...args]);
  assert.is(stderr, '');
  const value = JSON.parse(stdout) as AuditReport;
  assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', value), []);
  return value;
};

/** Returns the findings for a node, such as `KA101 info`. */
const nodeFindings = ({ findings }: AuditReport, node: string) =>
  findings
    .filter(({ places }) => places.some(({ kind, name }) => kind === 'Node' && name === node))
    .map(({ id, severity }) => `${id} ${severity}`);

const labels = { 'kubeletaccess-test': 'audit' };
const selector = '?labelSelector=kubeletaccess-test=audit';

/** Roles to create, each with the subjects of its own binding. */
const made: Readonly<Record<string, { rules: PolicyRule[]; subjects: RbacSubject[] }>> = {
  get: {
    rules: [rule('nodes/proxy')],
    subjects: [user('audit-get'), account('agent', 'default')],
  },
  stars: {
    rules: [everything],
    subjects: [group('audit-stars')],
  },
  'star-proxy': {
    rules: [rule('*/proxy', 'create,update')],
    subjects: [user('audit-star-proxy')],
  },
  'one-node': {
    rules: [rule('nodes/log', 'get', { resourceNames: ['node-1'] }), rule('nodes/metrics')],
    subjects: [user('audit-one-node')],
  },
  nothing: {
    rules: [
      rule('nodes/*,nodes', '*'),
      rule('nodes/proxy', '*', { apiGroups: ['apps'] }),
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
    subjects: [user('audit-nothing')],
  },
  authenticated: {
    rules: [rule('nodes/healthz')],
    subjects: [group('system:authenticated')],
  },
};

async function makeBindings(): Promise<void> {
  for (const [name, { rules, subjects }] of Object.entries(made)) {
    const own = `audit-${name}`;
    await api.create(role(own, rules, { labels }), binding(own, own, subjects, { labels }));
  }
}

async function removeBindings(): Promise<void> {
  for (const resource of ['clusterrolebindings', 'clusterroles'])
    await api.call('DELETE', `${rbacPath}/${resource}${selector}`);
}

async function withSettings(
  node: string,
  change: (usual: KubeletSettings) => object,
  use: () => Promise<void>,
  start: KubeletStart = {},
): Promise<void> {
  const restart = async (to?: typeof change, how?: KubeletStart) => {
    await cluster.restartKubelet(node, to, how);
    // The kubelet accepts connections shortly before it can serve requests.
    await waitFor(`the kubelet of ${node} to serve`, 30_000, async () =>
      (await report()).nodes.some(({ name, certificate }) => name === node && certificate),
    );
  };
  try {
    await restart(change, start);
    await use();
  } finally {
    await restart();
  }
}

/** Every kubelet with the usual configuration has these findings. */
const usual = [
  'KA105 low',
  'KA101 info',
  'KA102 info',
  'KA103 info',
  'KA104 info',
  'KA109 info',
  'KA110 info',
  'KA111 info',
  'KA205 info',
  'KA206 info',
  'KA207 info',
];

suite(`${cluster.version}: audit`, (test) => {
  test('reports only default settings of the nodes of a healthy cluster', async () => {
    const value = await report();
    for (const node of cluster.nodes) assert.equal(nodeFindings(value, node), usual);
    assert.equal(value.notChecked, []);
    const bindings = value.findings
      .flatMap(({ places }) => places)
      .filter(({ kind }) => kind === 'ClusterRoleBinding');
    assert.equal(
      bindings.filter(({ name }) => name.startsWith('system:')),
      [],
      "the cluster's own controllers",
    );
    assert.ok(
      value.reach?.some(
        ({ subject, exec }) =>
          exec && subject === 'serviceaccount:kube-system:generic-garbage-collector',
      ),
    );
    for (const { certificate, configuration } of value.nodes) {
      assert.equal([certificate?.verified, configuration], [true, 'direct']);
      assert.is(certificate?.protocol, 'TLSv1.3');
    }
    assert.is((await audit(['--fail-on', 'medium'])).code, 0);
    assert.is((await audit(['--fail-on', 'low'])).code, 3);
  });

  test('lists exactly the subjects and permissions that SubjectAccessReviews allow', async () => {
    await makeBindings();
    try {
      const value = await report();
      const listed = value.reach ?? [];
      const names = listed.map(({ subject }) => subject);
      for (const { subjects } of Object.values(made).slice(0, 4))
        for (const { kind, name } of subjects)
          assert.ok(
            names.some((each) => each.endsWith(`:${name}`)),
            `${kind} ${name}`,
          );
      assert.is(
        names.includes('group:system:monitoring'),
        minorNumber(cluster.minor) >= 37,
        'the built-in role of 1.37',
      );
      const others = ['user:audit-nothing', 'user:nobody', 'group:devs'];
      for (const other of others) assert.not(names.includes(other), other);
      const everyVerb = ['get', 'create', 'update', 'patch', 'delete'];
      const verbsOf = {
        ...{ checkpoint: ['create'], log: ['get'], pods: ['get'], stats: ['get', 'create'] },
        ...{ proxy: everyVerb, configz: everyVerb, metrics: everyVerb },
        ...{ healthz: everyVerb, statusz: everyVerb },
      };
      const cases = [...names, ...others].flatMap((subject) =>
        Object.entries(verbsOf).flatMap(([subresource, verbs]) =>
          verbs.flatMap((verb) =>
            cluster.nodes.map((node) => ({ subject, subresource, verb, node })),
          ),
        ),
      );
      let allowed = 0;
      await pMap(
        cases,
        async ({ subject, subresource, verb, node }) => {
          const isListed = listed
            .filter((each) => each.subject === subject)
            .flatMap(({ bindings: by }) => by.flatMap(({ permissions }) => permissions))
            .some(
              (right) =>
                right.resource === `nodes/${subresource}` &&
                right.verb === verb &&
                (right.nodeNames?.includes(node) ?? true),
            );
          const { user: name = '', ...groups } = reviewedUser(parseSubject(subject) ?? user(''));
          const verdict = await isAllowed(api, name, {
            ...groups,
            resourceAttributes: { resource: 'nodes', subresource, verb, name: node },
          });
          assert.is(isListed, verdict, `${subject}: ${verb} nodes/${subresource} of ${node}`);
          if (verdict) allowed += 1;
        },
        { concurrency: 16 },
      );
      process.stdout.write(`audit: ${cases.length} rights reviewed, ${allowed} of them allowed\n`);
      assert.ok(allowed >= 50 && cases.length - allowed >= 50);
      const found = value.findings
        .filter(({ places }) => places[0]?.name.startsWith('audit-'))
        .map(({ id, severity, places }) => `${id} ${severity} ${places[0]?.part}`);
      assert.equal(found, [
        'KA401 medium group:system:authenticated',
        'KA402 medium serviceaccount:default:agent',
        'KA403 low user:audit-get',
      ]);
    } finally {
      await removeBindings();
    }
  });

  test('reports the insecure settings of one kubelet', () =>
    withSettings(
      'node-2',
      (settings) => ({
        ...settings,
        authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
        authorization: { mode: 'AlwaysAllow' },
        readOnlyPort: 10_255,
        tlsMinVersion: 'VersionTLS11',
        rotateCertificates: true,
        enableSystemLogQuery: false,
        makeIPTablesUtilChains: false,
        eventRecordQPS: 0,
        podPidsLimit: 1000,
        seccompDefault: true,
        tlsCipherSuites: [
          'TLS_RSA_WITH_AES_128_CBC_SHA',
          'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
        ],
      }),
      async () => {
        const value = await report();
        assert.equal(value.notChecked, []);
        assert.equal(nodeFindings(value, 'node-2'), [
          ...'KA001 high|KA003 high|KA004 high|KA201 medium|KA301 medium|KA005 low'.split('|'),
          ...['KA107 low', ...(minorNumber(cluster.minor) >= 37 ? ['KA108 low'] : [])],
          ...'KA207 low|KA302 low|KA006 info|KA101 info|KA102 info|KA103 info'.split('|'),
          ...'KA104 info|KA111 info|KA206 info'.split('|'),
        ]);
        assert.equal(nodeFindings(value, 'node-1'), usual);
        const differing = value.findings.find(({ id }) => id === 'KA301')?.places ?? [];
        for (const field of [
          'authentication.anonymous.enabled',
          'authorization.mode',
          'readOnlyPort',
          'tlsMinVersion',
        ])
          assert.ok(
            differing.some(({ part }) => part === field),
            field,
          );
        assert.is((await audit(['--fail-on', 'high'])).code, 3);
      },
    ));

  test('reports anonymous authentication without permissions, and a self-signed certificate', () =>
    withSettings(
      'node-2',
      ({ tlsCertFile: _, tlsPrivateKeyFile: __, ...settings }) => ({
        ...settings,
        authentication: { ...settings.authentication, anonymous: { enabled: true } },
      }),
      async () => {
        const value = await report();
        const found = nodeFindings(value, 'node-2');
        assert.ok(found.includes('KA002 medium'), found.join());
        assert.ok(found.includes('KA203 medium'), found.join());
        assert.not(found.includes('KA001 high'));
        const { observation: evidence = '' } =
          value.findings.find(({ id }) => id === 'KA002')?.places[0] ?? {};
        assert.match(evidence, /Forbidden \(user=system:anonymous, verb=get, resource=nodes, sub/);
        // After the direct request has failed, the configuration is read through the API server, which does not trust the certificate
        // either.
        assert.match(
          value.notChecked.find(({ check }) => check === 'configuration')?.message ?? '',
          /its certificate is self-signed; error trying to reach service: tls: failed to verify certificate/,
        );
      },
    ));

  test('reports that a kubelet without debugging handlers cannot be checked', () =>
    withSettings(
      'node-2',
      (settings) => ({ ...settings, enableDebuggingHandlers: false }),
      async () => {
        const { code, stdout } = await audit();
        assert.is(code, 4);
        assert.match(
          stdout,
          /\* configuration of node-2: the kubelet of node-2 at \S+ answered 404: 404 page not found \(its debugging handlers may be off\)/,
        );
      },
    ));

  const minor = minorNumber(cluster.minor);
  const hasCgroupV1 = !existsSync('/sys/fs/cgroup/cgroup.controllers');
  const upgrade = async (...args: readonly string[]) => {
    const value = await report(['--rule', 'KA5', ...args]);
    return { ...value, found: nodeFindings(value, 'node-2') };
  };

  test('judges the next upgrade by metrics, settings and versions', () =>
    withSettings(
      'node-2',
      (settings) => ({
        ...settings,
        eventRecordQPS: 0,
        // GA in 1.30 and 1.37.
        featureGates: { NodeLogQuery: true, ...(minor < 37 && { CloudDualStackNodeIPs: true }) },
      }),
      async () => {
        const { found, findings, notChecked } = await upgrade();
        const old = ['KA503 medium', ...(hasCgroupV1 ? ['KA501 low'] : []), 'KA505 low'];
        const own = [...(hasCgroupV1 ? ['KA501 medium'] : []), 'KA503 medium'];
        assert.equal(found, minor < 37 ? old : own);
        assert.equal(notChecked, []);
        const gates = findings.find(({ id }) => id === 'KA503')?.places;
        const gate = minor < 37 ? 'CloudDualStackNodeIPs' : 'NodeLogQuery';
        const { part, observation } = gates?.find(({ name }) => name === 'node-2') ?? {};
        assert.equal(
          [part, observation],
          [`featureGates.${gate}`, `featureGates.${gate} is true: its stage is GA`],
        );
        assert.is((await audit(['--rule', 'KA5', '--fail-on', 'medium'])).code, 3);
        if (minor >= 37) return;
        // The flag ends the start of a kubelet of 1.35, and kubelets before 1.36 do not show their flags.
        const later = await upgrade('--for-version', '1.37');
        assert.equal(later.found, [
          ...(hasCgroupV1 ? ['KA501 high'] : []),
          ...['KA503 medium', 'KA504 medium', 'KA505 medium'],
        ]);
        assert.equal(
          later.notChecked.map(({ check, nodeNames }) => [check, nodeNames]),
          [['flags', cluster.nodes]],
        );
        assert.is(later.notChecked[0]?.message, 'answered 404: kubelets serve /flagz since 1.36');
      },
      minor < 37 ? { flags: ['--pod-infra-container-image=example.com/pause:3.9'] } : {},
    ));

  if (minor >= 37)
    test('reports a kubelet that is too old for its API server, and gates that newer kubelets have as GA', () =>
      withSettings(
        'node-2',
        (settings) => settings,
        async () => {
          await waitFor('the Node to have the version', 60_000, async () =>
            (await upgrade()).nodes.some(({ version }) => version.startsWith(`v${oldest}.`)),
          );
          const { found, findings } = await upgrade();
          assert.equal(found, ['KA504 high', ...(hasCgroupV1 ? ['KA501 low'] : [])]);
          assert.match(
            findings.find(({ id }) => id === 'KA504')?.places[0]?.observation ?? '',
            /^kubelet v1\.31\.\d+, kube-apiserver v1\.37\.\d+: 6 minor versions newer$/,
          );
          const later = await upgrade('--for-version', '1.37');
          assert.ok(later.found.includes('KA503 medium'), later.found.join());
        },
        { minor: oldest },
      ));

  test('reports no check as passed for a caller without permissions', async () => {
    const { code, stdout } = await audit(['-o', 'json'], 'dev');
    const value = JSON.parse(stdout) as AuditReport;
    assert.is(code, 1);
    assert.equal([value.nodes, value.reach, value.findings], [[], null, []]);
    assert.equal(
      value.notChecked.map(({ check, message: why }) => [
        check,
        /is forbidden: User "dev" cannot list/.test(why),
      ]),
      [
        ['nodes', true],
        ['kubelet-access', true],
      ],
    );
  });
});
