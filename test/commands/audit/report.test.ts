import * as assert from 'uvu/assert';
import type { AuditFacts, NodeAuditFacts } from '../../../src/commands/audit/facts.ts';
import {
  type AuditReport,
  auditExitCode,
  auditReport,
} from '../../../src/commands/audit/report.ts';
import { auditRules, type RuleId, type Severity } from '../../../src/kubelet/audit-rules.ts';
import { causes } from '../../../src/kubelet/causes/all-causes.ts';
import { certificateCauses } from '../../../src/kubelet/causes/causes.ts';
import type { ServingCertificate } from '../../../src/kubelet/certificate.ts';
import { parseConfigz, securitySettings } from '../../../src/kubelet/configz.ts';
import type { PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { account, binding, group, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { usualConfiguration } from '../../sandbox/configz.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

const certificate: ServingCertificate = {
  subject: 'CN=system:node:node-1',
  issuer: 'CN=kubernetes',
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-11-24T12:00:00Z',
  names: ['DNS:node-1'],
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  protocol: 'TLSv1.3',
};

/** A configuration without findings. */
const hardened = {
  ...usualConfiguration(37),
  serverTLSBootstrap: true,
  enableDebuggingHandlers: false,
  podPidsLimit: 4096,
  seccompDefault: true,
  protectKernelDefaults: true,
  tlsCipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
};

const configured = (more: object) => ({
  configuration: { found: { via: 'direct' as const, value: { ...hardened, ...more } } },
});

function node(more: Partial<NodeAuditFacts> = {}): NodeAuditFacts {
  return {
    name: 'node-1',
    version: 'v1.37.2',
    system: 'linux',
    runtime: 'containerd://2.1.4',
    metrics: {
      found: {
        ...{ cgroupVersion: 2, losesSupportAt: undefined },
        ...{ labelConflicts: new Map(), stages: new Map() },
      },
    },
    flags: { found: {} },
    address: { host: '10.0.0.1', port: 10_250, type: 'InternalIP' },
    anonymous: { found: { result: 'no-credential-accepted' } },
    readOnly: { found: { port: 10_255, result: 'closed' } },
    certificate: { found: certificate },
    distrust: { found: 'none' },
    ...configured({}),
    ...more,
  };
}

function facts(
  nodes: readonly NodeAuditFacts[],
  rbac: AuditFacts['rbac'] = noRbac,
  running: AuditFacts['running'] = new Map(),
): AuditFacts {
  const server = 'https://10.0.0.9:6443';
  return {
    server,
    now,
    warnDays: 30,
    nodes: { found: nodes },
    rbac,
    running,
    serverVersion: { found: 'v1.37.2' },
  };
}

const noRbac: AuditFacts['rbac'] = { found: { roles: [], bindings: [] } };

function gives(subject: RbacSubject, given: PolicyRule) {
  return { found: { roles: [role('r', [given])], bindings: [binding('b', 'r', [subject])] } };
}

/** Returns a line such as `KA001 high node-1: …` for each place of a finding. */
function lines(report: AuditReport): readonly string[] {
  return report.findings.flatMap(({ id, severity, places }) =>
    places.map(({ name, observation: evidence }) => `${id} ${severity} ${name}: ${evidence}`),
  );
}

const agent = (namespace: string) => account('agent', namespace);
const served = { anonymous: { found: { result: 'served' as const, status: 200 } } };
const forbidden = {
  anonymous: {
    found: { result: 'forbidden' as const, words: 'Forbidden (user=system:anonymous, …)' },
  },
};
const unread = { configuration: { unknown: 'no' } };
const ends = (notAfter: string) => ({ certificate: { found: { ...certificate, notAfter } } });
const authentication = usualConfiguration(37)['authentication'] as object;
const anonymousOn = { authentication: { ...authentication, anonymous: { enabled: true } } };
const alwaysAllow = { authorization: { mode: 'AlwaysAllow' } };

const ofOneNode: readonly [
  title: string,
  node: Partial<NodeAuditFacts> & { readonly rbac?: AuditFacts['rbac'] },
  ...expected: string[],
][] = [
  ['nothing wrong', {}],
  [
    'an anonymous request is served',
    { ...served, ...configured(anonymousOn) },
    'KA001 high node-1: GET /healthz without a credential was answered 200',
  ],
  [
    'an anonymous request is served because of a binding, which has its own finding',
    {
      ...{ ...served, ...configured(anonymousOn) },
      rbac: gives(group('system:unauthenticated'), rule('nodes/healthz')),
    },
    'KA001 high node-1: GET /healthz without a credential was answered 200, allowed by ClusterRoleBinding b',
    'KA401 medium b: group:system:unauthenticated has nodes/healthz get by ClusterRole r; it is everyone, even without a credential',
  ],
  [
    'an anonymous request is denied',
    { ...forbidden, ...configured(anonymousOn) },
    'KA002 medium node-1: GET /healthz without a credential: Forbidden (user=system:anonymous, …)',
  ],
  [
    'anonymous access is configured, and the probe fails',
    { anonymous: { unknown: 'no' }, ...configured(anonymousOn) },
    'KA002 medium node-1: authentication.anonymous.enabled is true',
  ],
  ['anonymous access is configured, but the probe was answered 401', configured(anonymousOn)],
  ['AlwaysAllow', configured(alwaysAllow), 'KA003 high node-1: authorization.mode is AlwaysAllow'],
  [
    'anonymous requests are allowed, and authorization.mode is AlwaysAllow',
    { ...served, ...configured({ ...anonymousOn, ...alwaysAllow }) },
    'KA001 high node-1: GET /healthz without a credential was answered 200',
    'KA003 high node-1: authorization.mode is AlwaysAllow',
  ],
  [
    'an anonymous request is served although RBAC denies it, and no configuration was read: KA003',
    { ...served, ...unread },
    'KA001 high node-1: GET /healthz without a credential was answered 200',
    'KA003 high node-1: it serves system:anonymous, which RBAC denies: AlwaysAllow, or an authorizer other than RBAC',
  ],
  [
    'an anonymous request is served, and neither RBAC nor a configuration was read: no KA003',
    { ...served, ...unread, rbac: { unknown: 'no' } },
    'KA001 high node-1: GET /healthz without a credential was answered 200',
  ],
  [
    'a binding for another node does not explain a served request',
    {
      ...{ ...served, ...unread },
      rbac: gives(
        user('system:anonymous'),
        rule('nodes/proxy', 'get', { resourceNames: ['node-2'] }),
      ),
    },
    'KA001 high node-1: GET /healthz without a credential was answered 200',
    'KA003 high node-1: it serves system:anonymous, which RBAC denies: AlwaysAllow, or an authorizer other than RBAC',
    'KA401 high b: user:system:anonymous has nodes/proxy get (only node-2) by ClusterRole r; it is everyone, even without a credential',
  ],
  [
    'a read-only port',
    {
      readOnly: { found: { port: 10_255, result: 'served' } },
      ...configured({ readOnlyPort: 10_255 }),
    },
    'KA004 high node-1: port 10255 serves /healthz over plain HTTP',
  ],
  [
    'a read-only port that refuses connections',
    { ...configured({ readOnlyPort: 10_255 }) },
    'KA004 medium node-1: readOnlyPort is 10255, which refuses connections from here',
  ],
  [
    'a read-only port behind a firewall',
    { readOnly: { unknown: 'no' }, ...configured({ readOnlyPort: 10_255 }) },
    'KA004 medium node-1: readOnlyPort is 10255, which does not answer here',
  ],
  [
    'no webhook authentication',
    configured({ authentication: { ...authentication, webhook: { enabled: false } } }),
    'KA005 low node-1: authentication.webhook.enabled is false',
  ],
  [
    'no client CA',
    configured({ authentication: { ...authentication, x509: {} } }),
    'KA006 info node-1: authentication.x509.clientCAFile is not set',
  ],
  [
    'all debug handlers are on',
    configured({ enableDebuggingHandlers: true, enableSystemLogQuery: true }),
    'KA105 low node-1: enableSystemLogQuery is true',
    'KA101 info node-1: enableDebuggingHandlers is true',
    'KA102 info node-1: enableProfilingHandler is true',
    'KA103 info node-1: enableDebugFlagsHandler is true',
    'KA104 info node-1: enableSystemLogHandler is true',
  ],
  [
    'a configuration without handlers has the defaults',
    {
      configuration: {
        found: {
          via: 'direct',
          value: { authentication, rotateCertificates: true, serverTLSBootstrap: true },
        },
      },
    },
    'KA101 info node-1: enableDebuggingHandlers is true',
    'KA102 info node-1: enableProfilingHandler is true',
    'KA103 info node-1: enableDebugFlagsHandler is true',
    'KA104 info node-1: enableSystemLogHandler is true',
    'KA109 info node-1: podPidsLimit is -1',
    'KA110 info node-1: seccompDefault is false',
    'KA111 info node-1: protectKernelDefaults is not set',
    'KA207 info node-1: tlsCipherSuites is not set: the kubelet has the defaults of Go, with suites of CBC',
  ],
  [
    'log query is off without its feature gate or the log handler',
    configured({
      enableDebuggingHandlers: true,
      enableProfilingHandler: false,
      enableDebugFlagsHandler: false,
      enableSystemLogHandler: false,
      enableSystemLogQuery: true,
    }),
    'KA101 info node-1: enableDebuggingHandlers is true',
  ],
  [
    'TLS 1.1',
    configured({ tlsMinVersion: 'VersionTLS11' }),
    'KA201 medium node-1: tlsMinVersion is VersionTLS11',
  ],
  ['TLS 1.3', configured({ tlsMinVersion: 'VersionTLS13' })],
  [
    'an expired certificate',
    { ...ends('2026-11-24T11:59:59Z'), distrust: { found: 'certificate-expired' } },
    'KA202 high node-1: expired at 2026-11-24T11:59:59Z',
  ],
  [
    'a certificate that expires in exactly 30 days',
    ends('2026-12-24T12:00:00Z'),
    'KA202 medium node-1: expires in 30 days, at 2026-12-24T12:00:00Z',
  ],
  [
    'a certificate of an untrusted CA',
    { distrust: { found: 'untrusted-ca' } },
    'KA203 medium node-1: untrusted-ca: CN=system:node:node-1, issued by CN=kubernetes',
  ],
  [
    'a name mismatch',
    { distrust: { found: 'name-mismatch' } },
    'KA204 medium node-1: name-mismatch: CN=system:node:node-1, issued by CN=kubernetes, for DNS:node-1',
  ],
  [
    'certificate rotation is off',
    configured({ rotateCertificates: undefined, serverTLSBootstrap: undefined }),
    'KA205 info node-1: rotateCertificates is not set',
    'KA206 info node-1: serverTLSBootstrap is not set',
  ],
  [
    'settings of the CIS benchmark that are off',
    configured({
      ...{ streamingConnectionIdleTimeout: '0s', makeIPTablesUtilChains: false, eventRecordQPS: 0 },
      ...{ podPidsLimit: -1, seccompDefault: false, protectKernelDefaults: undefined },
    }),
    'KA106 low node-1: streamingConnectionIdleTimeout is 0',
    'KA107 low node-1: makeIPTablesUtilChains is false',
    'KA108 low node-1: eventRecordQPS is 0',
    'KA109 info node-1: podPidsLimit is -1',
    'KA110 info node-1: seccompDefault is false',
    'KA111 info node-1: protectKernelDefaults is not set',
  ],
  [
    'eventRecordQPS 0 before 1.37, which means a default limit',
    { version: 'v1.36.4', ...configured({ eventRecordQPS: 0 }) },
  ],
  [
    'settings that Windows does not have',
    {
      ...{ system: 'windows' },
      ...configured({ podPidsLimit: -1, seccompDefault: false, makeIPTablesUtilChains: false }),
    },
  ],
  [
    'weak cipher suites',
    configured({
      tlsCipherSuites: [
        ...['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_RSA_WITH_AES_128_GCM_SHA256'],
        ...['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
      ],
    }),
    'KA207 low node-1: tlsCipherSuites has TLS_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  ],
  [
    'cipher suites that are not set',
    configured({ tlsCipherSuites: undefined }),
    'KA207 info node-1: tlsCipherSuites is not set: the kubelet has the defaults of Go, with suites of CBC',
  ],
  [
    'only TLS 1.3, which has no weak cipher suites',
    configured({ tlsCipherSuites: undefined, tlsMinVersion: 'VersionTLS13' }),
  ],
];

const thousands = Array.from({ length: 2000 }, (_, index) => `n${index}`);

/** Faults of a serving certificate, and the messages of their findings. */
const ofCertificates: readonly [more: Partial<NodeAuditFacts>, told: string][] = [
  [ends('2026-11-24T11:59:59Z'), 'KA202: the serving certificate has expired'],
  [ends('2026-11-25T12:00:00Z'), 'KA202: the serving certificate expires soon'],
  [
    { distrust: { found: 'untrusted-ca' } },
    'KA203: the serving certificate is signed by an untrusted authority',
  ],
  [
    { distrust: { found: 'self-signed-certificate' } },
    'KA203: the serving certificate is self-signed',
  ],
  [
    { distrust: { found: 'certificate-not-for-servers' } },
    'KA203: the serving certificate is not for servers',
  ],
  [
    { distrust: { found: 'certificate-not-yet-valid' } },
    'KA203: the serving certificate is not yet valid',
  ],
  [
    { distrust: { found: 'name-mismatch' } },
    'KA204: the serving certificate is not valid for the address of the node',
  ],
];

const ofOneBinding: readonly [
  subject: RbacSubject,
  resources: string,
  verbs: string,
  expected: string,
][] = [
  [group('system:authenticated'), 'nodes/proxy', 'get', 'KA401 high'],
  [group('system:authenticated'), 'nodes/log', 'get', 'KA401 high'],
  [group('system:authenticated'), 'nodes/metrics', 'get', 'KA401 medium'],
  [group('system:unauthenticated'), 'nodes/proxy', 'get', 'KA401 high'],
  [group('system:serviceaccounts'), 'nodes/proxy', 'get', 'KA401 high'],
  [group('system:nodes'), 'nodes/proxy', '*', 'KA401 high'],
  [user('system:anonymous'), 'nodes/pods', 'get', 'KA401 medium'],
  [agent('monitoring'), 'nodes/proxy', 'get', 'KA402 medium'],
  [agent('monitoring'), '*', '*', 'KA402 medium'],
  [group('system:serviceaccounts:monitoring'), 'nodes/proxy', '*', 'KA402 medium'],
  [agent('monitoring'), 'nodes/metrics', 'get', ''],
  [agent('kube-system'), 'nodes/proxy', '*', ''],
  [agent('kube-system'), 'nodes/proxy', 'get,list', 'KA403 low'],
  [user('jane'), 'nodes/proxy', 'get', 'KA403 low'],
  [user('jane'), 'nodes/proxy', 'get,create', ''],
  [user('Kubernetes'), 'nodes/proxy', '*', ''],
  [group('system:authenticated'), 'nodes', '*', ''],
];

suite('the report of audit', (test) => {
  for (const [title, { rbac, ...more }, ...expected] of ofOneNode)
    test(`has the findings of a node: ${title}`, () => {
      const report = auditReport(facts([node(more)], rbac));
      assert.equal(lines(report), expected);
      assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', report), []);
    });

  for (const [more, told] of ofCertificates)
    test(`has the finding ${told}`, () => {
      const { findings } = auditReport(facts([node(more)]));
      assert.equal(
        findings.map(({ id, message }) => `${id}: ${message}`),
        [told],
      );
    });

  test('has a finding for every certificate cause, and for no other cause', () => {
    // Two causes get no finding of their own: KA202 reports expired certificates by their dates, and audit never verifies by a fingerprint.
    const others = ['certificate-expired', 'different-certificate'];
    const told = causes.filter(
      (cause) => auditReport(facts([node({ distrust: { found: cause } })])).findings.length > 0,
    );
    const expected = certificateCauses.filter((cause) => !others.includes(cause));
    assert.equal(new Set(told), new Set(expected));
  });

  test('shortens lists of thousands of names in a certificate or of nodes in a role', () => {
    const names = { certificate: { found: { ...certificate, names: thousands } } };
    const other = node({ ...names, distrust: { found: 'name-mismatch' } });
    assert.match(lines(auditReport(facts([other]))).join(), /, for n0, n1, n2 and 1997 more$/);
    const given = gives(user('jane'), rule('nodes/proxy'));
    const roles = given.found.roles.map((role) => ({
      ...role,
      rules: (role.rules ?? []).map((rule) => ({ ...rule, resourceNames: thousands })),
    }));
    assert.match(
      lines(auditReport(facts([], { found: { ...given.found, roles } }))).join(),
      /nodes\/proxy get \(only n0, n1, n10 and 1997 more\) by/,
    );
  });

  for (const [subject, resources, verbs, expected] of ofOneBinding)
    test(`has ${expected || 'no finding'} for ${subject.kind} ${subject.name} with ${verbs} ${resources}`, () => {
      const { findings } = auditReport(facts([], gives(subject, rule(resources, verbs))));
      assert.is(findings.map(({ id, severity }) => `${id} ${severity}`).join(), expected);
    });

  test('names the agent that may run commands, and the permissions that it needs', () => {
    const given = gives(account('promtail', 'logs'), rule('nodes/proxy'));
    const { findings } = auditReport(facts([], given));
    assert.match(
      findings[0]?.places[0]?.observation ?? '',
      /; it is Promtail, which needs nothing$/,
    );
    assert.is(
      findings[0]?.remedy,
      'see what it needs, and the role without nodes/proxy where that is enough: kubectl kubeletaccess narrow --subject serviceaccount:logs:promtail',
    );
  });

  for (const [title, name, images, expected] of [
    [
      'names the agents that the pods of a service account run',
      'mine',
      ['grafana/promtail:3', 'gcr.io/datadoghq/agent:7'],
      /; it is Promtail, which needs nothing; and Datadog Agent, which needs (?:get nodes\/\w+, )+and with some options or versions get nodes\/proxy, get nodes\/proxy at the API server$/,
    ],
    [
      'names the agent of a service account by the name of the account if no pod runs',
      'promtail',
      [],
      /; it is Promtail, which needs nothing; no pod runs as it now$/,
    ],
    [
      'names no agent of a service account if no pod runs and the name of the account is unknown',
      'mine',
      [],
      /by ClusterRole r; no pod runs as it now$/,
    ],
    [
      'names the agent of a service account by the name of the account if pods cannot be read',
      'promtail',
      undefined,
      /; it is Promtail, which needs nothing$/,
    ],
    [
      'names the agent of a service account, and the images of its other pods',
      'mine',
      ['grafana/promtail:3', 'a\nb'],
      /; it is Promtail, which needs nothing; its pods run a b, no known agent$/,
    ],
  ] as const)
    test(title, () => {
      const subject = account(name, 'own');
      const workloads = images?.map((image) => ({
        ...{ labels: {}, containers: [{ image, args: [], variables: new Map() }] },
      }));
      const pods = workloads ? { found: workloads } : { unknown: 'forbidden' };
      const running = new Map([[`serviceaccount:own:${name}`, pods]]);
      const given = gives(subject, rule('nodes/proxy'));
      const [finding] = auditReport(facts([], given, running)).findings;
      assert.match(finding?.places[0]?.observation ?? '', expected);
    });

  test('names all permissions that a remedy takes away', () => {
    const remedyOf = (resources: string, more: readonly PolicyRule[] = []) => {
      const given = gives(group('system:authenticated'), rule(resources));
      const roles = given.found.roles.map((role) => ({
        ...role,
        rules: [...(role.rules ?? []), ...more],
      }));
      return auditReport(facts([], { found: { ...given.found, roles } })).findings[0]?.remedy ?? '';
    };
    const url = { nonResourceURLs: ['/metrics'], verbs: ['get'] };
    const all = ', which takes away all that ClusterRole r allows: ';
    assert.match(
      remedyOf('nodes/metrics,services', [url]),
      new RegExp(`clusterrolebinding b${all}nodes/metrics,services get, URL /metrics get$`),
    );
    // The evidence names only nodes/proxy, so the remedy must also name nodes/log.
    assert.match(remedyOf('nodes/proxy,nodes/log'), `${all}nodes/proxy,nodes/log get`);
    assert.match(remedyOf('nodes/metrics'), /kubectl edit clusterrolebinding b$/);
    const many = Array.from({ length: 9 }, (_, index) => ({ ...url, verbs: [`v${index}`] }));
    assert.match(remedyOf('nodes/metrics', many), `${all}nodes/metrics get, URL /metrics v0`);
  });

  const controller = 'system:controller:generic-garbage-collector';
  const system = (name: string) => account(name, 'kube-system');
  const collector = system('generic-garbage-collector');
  const bootstraps: readonly [name: string, RbacSubject, expected: string, role?: string][] = [
    [controller, collector, ''],
    [controller, collector, 'KA403 low serviceaccount:kube-system:generic-garbage-collector', 'r'],
    [controller, system('other'), 'KA403 low serviceaccount:kube-system:other'],
    [controller, agent('monitoring'), 'KA402 medium serviceaccount:monitoring:agent'],
    ['system:controller:x', system('x'), 'KA403 low serviceaccount:kube-system:x'],
    ['system:x', user('system:anonymous'), 'KA401 high user:system:anonymous'],
  ];
  for (const [name, subject, expected, roleName = name] of bootstraps)
    test(`has ${expected || 'no finding'} for ${subject.kind} ${subject.name} in binding ${name} to role ${roleName}`, () => {
      // The label of kube-apiserver's own bindings proves nothing, because anyone may copy it.
      const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
      const found = {
        roles: [role(roleName, [rule('*', 'get,list')])],
        bindings: [binding(name, roleName, [subject], { labels })],
      };
      const { findings, reach } = auditReport(facts([], { found }));
      assert.is(reach?.length, 1);
      const shown = findings.map(
        ({ id, severity, places }) => `${id} ${severity} ${places[0]?.part}`,
      );
      assert.is(shown.join(), expected);
    });

  test('names the program that manages a binding which gives everyone access', () => {
    const given = gives(group('system:authenticated'), rule('nodes/proxy'));
    const remedyOf = (metadata: object) => {
      const bindings = given.found.bindings.map((each) => ({
        ...each,
        metadata: { ...each.metadata, ...metadata },
      }));
      const { findings } = auditReport(facts([], { found: { ...given.found, bindings } }));
      return findings[0]?.remedy;
    };
    const edit =
      'remove group:system:authenticated from the binding: kubectl edit clusterrolebinding b';
    assert.is(remedyOf({}), edit);
    assert.is(
      remedyOf({ annotations: { 'argocd.argoproj.io/tracking-id': 'x' } }),
      `${edit}; Argo CD manages the binding, and would undo this: change it there`,
    );
  });

  test('reports a node that differs from most nodes, and names some of these nodes', () => {
    const odd = configured({ authorization: { mode: 'AlwaysAllow' }, clusterDNS: ['10.0.0.53'] });
    const report = auditReport(
      facts([
        node({ name: 'a' }),
        node({ name: 'b', ...odd }),
        node({ name: 'c' }),
        node({ name: 'd' }),
        node({ name: 'e' }),
      ]),
    );
    assert.equal(
      lines(report).filter((line) => /^KA3/.test(line)),
      [
        'KA301 medium b: authorization.mode is "AlwaysAllow", but "Webhook" on a, c, d and 1 more',
        'KA301 medium b: authorization.webhook.cacheAuthorizedTTL is not set, but "5m0s" on a, c, d and 1 more',
        'KA301 medium b: authorization.webhook.cacheUnauthorizedTTL is not set, but "30s" on a, c, d and 1 more',
        'KA302 low b: clusterDNS is ["10.0.0.53"], but ["10.96.0.10"] on a, c, d and 1 more',
      ],
    );
  });

  test('does not compare settings that belong to one node', () => {
    const own = {
      podCIDR: '10.1.0.0/24',
      providerID: 'x',
      tlsCertFile: '/b.crt',
      maxPods: 20,
      kubeReserved: { cpu: '1' },
      registerWithTaints: [],
    };
    const report = auditReport(
      facts([node({ name: 'a' }), node({ name: 'b', ...configured(own) })]),
    );
    assert.equal(lines(report), []);
  });

  test('compares only security settings across versions, and reports different versions once', () => {
    const old = {
      version: 'v1.31.14',
      ...configured({ crashLoopBackOff: {}, seccompDefault: true }),
    };
    const report = auditReport(
      facts([node({ name: 'a' }), node({ name: 'b', ...old, ...configured({ oomScoreAdj: 1 }) })]),
    );
    assert.equal(lines(report), ['KA303 low b: v1.31.14, but v1.37.2 on a']);
  });

  test('compares Windows nodes only with Windows nodes', () => {
    const windows = { system: 'windows', ...configured({ cgroupDriver: '' }) };
    const report = auditReport(facts([node({ name: 'a' }), node({ name: 'b', ...windows })]));
    assert.equal(lines(report), []);
  });

  test('does not print a header or URL that may be a secret', () => {
    const secret = (value: string) =>
      configured({
        staticPodURL: `https://user:${value}@host/`,
        staticPodURLHeader: { Authorization: [value] },
      });
    const report = auditReport(
      facts([node({ name: 'a', ...secret('s3cret') }), node({ name: 'b', ...secret('s4cret') })]),
    );
    assert.equal(lines(report), [
      'KA302 low b: staticPodURL differs from a',
      'KA302 low b: staticPodURLHeader.Authorization differs from a',
    ]);
    assert.not.match(JSON.stringify(report), /s[34]cret/);
  });

  test('reports the same problem on several nodes as one finding with several places', () => {
    const { findings } = auditReport(
      facts([
        node({ name: 'a', ...configured(alwaysAllow) }),
        node({ name: 'b', ...configured(alwaysAllow) }),
      ]),
    );
    assert.equal(
      findings.map(({ id, places }) => [id, places.map(({ name }) => name)]),
      [['KA003', ['a', 'b']]],
    );
  });

  test('reports once for many nodes why a check was not completed, and the missing permission', () => {
    const dead = { unknown: 'connection-refused' };
    const report = auditReport(
      facts(
        [
          node({ name: 'a', configuration: { unknown: 'nodes "a" is forbidden', needs: 'get' } }),
          node({ name: 'b', configuration: { unknown: 'nodes "b" is forbidden', needs: 'get' } }),
          node({
            name: 'c',
            anonymous: dead,
            readOnly: dead,
            certificate: dead,
            distrust: dead,
            configuration: dead,
          }),
        ],
        { unknown: 'forbidden', needs: 'list clusterroles' },
      ),
    );
    assert.equal(report.notChecked, [
      {
        check: 'kubelet-access',
        nodeNames: [],
        message: 'forbidden',
        hint: 'needs: list clusterroles',
      },
      {
        check: 'configuration',
        nodeNames: ['a', 'b'],
        message: 'nodes "a" is forbidden',
        hint: 'needs: get',
      },
      { check: 'configuration', nodeNames: ['c'], message: 'connection-refused' },
      { check: 'anonymous-access', nodeNames: ['c'], message: 'connection-refused' },
      { check: 'read-only-port', nodeNames: ['c'], message: 'connection-refused' },
      { check: 'serving-certificate', nodeNames: ['c'], message: 'connection-refused' },
    ]);
    assert.is(report.reach, null);
    assert.equal(report.nodes[2]?.certificate, null);
    assert.is(auditExitCode(report, undefined), 4);
    assert.equal(schemaErrors('docs/schemas/KubeletAuditReport.schema.json', report), []);
  });

  test('judges anonymous access and the read-only port by the configuration if the kubelet does not answer', () => {
    const dead = { unknown: 'no connection within 10 s' };
    const report = auditReport(
      facts([node({ anonymous: dead, readOnly: dead, certificate: dead, distrust: dead })]),
    );
    assert.equal(
      report.notChecked.map(({ check }) => check),
      ['serving-certificate'],
    );
  });

  test('calls the audit incomplete only if a selected rule needs a fact that could not be read', () => {
    const dead = { unknown: 'no connection within 10 s' };
    const code = (id: string, more: Partial<NodeAuditFacts>) =>
      auditExitCode(auditReport(facts([node(more)]), [], new Set([id as RuleId])), 'low');
    const needing = (more: Partial<NodeAuditFacts>) =>
      auditRules.map(({ id }) => id).filter((id) => code(id, more) === 4);
    assert.equal(needing({ certificate: dead, distrust: dead }), ['KA202', 'KA203', 'KA204']);
    assert.equal(needing({ distrust: dead }), ['KA203', 'KA204']);
    assert.equal(
      needing({ configuration: dead }),
      auditRules.map(({ id }) => id).filter((id) => !/^KA(?:001|20[234]|303|4|50[12467])/.test(id)),
    );
    // The answer to an anonymous request is needed only if the configuration allows anonymous requests.
    assert.equal(needing({ anonymous: dead }), []);
    const on = configured({ authentication: { anonymous: { enabled: true } } });
    assert.ok(needing({ anonymous: dead, ...on }).includes('KA001'));
  });

  test('reports no node if the caller may not list nodes', () => {
    const report = auditReport({
      ...facts([]),
      nodes: { unknown: 'nodes is forbidden', needs: 'list nodes' },
    });
    assert.equal(report.notChecked, [
      { check: 'nodes', nodeNames: [], message: 'nodes is forbidden', hint: 'needs: list nodes' },
    ]);
    assert.is(auditExitCode(report, 'high'), 4);
    assert.is(auditExitCode({ ...report, reach: null }, 'high'), 1);
  });

  test('judges a selected rule also where another rule has the finding of a whole audit', () => {
    const cases: readonly (readonly [id: RuleId, NodeAuditFacts, AuditFacts['rbac']])[] = [
      ['KA002', node({ ...served, ...configured(anonymousOn) }), noRbac],
      ['KA403', node(), gives(agent('monitoring'), rule('nodes/proxy', 'get'))],
      ['KA402', node(), gives(group('system:serviceaccounts'), rule('nodes/proxy', '*'))],
      ['KA403', node(), gives(group('system:authenticated'), rule('nodes/proxy', 'get'))],
    ];
    for (const [id, audited, rbac] of cases) {
      const ids = (rules?: ReadonlySet<RuleId>) =>
        auditReport(facts([audited], rbac), [], rules).findings.map((each) => each.id);
      assert.not(ids().includes(id), id);
      assert.equal(ids(new Set([id])), [id]);
    }
  });

  const high = node(configured(alwaysAllow));
  const medium = node(configured({ tlsMinVersion: 'VersionTLS10' }));
  const low = node(configured({ enableDebuggingHandlers: true, enableSystemLogQuery: true }));
  const defaults = node({ configuration: { found: { via: 'direct', value: {} } } });
  const exits: readonly [string, NodeAuditFacts, failOn: Severity | undefined, code: number][] = [
    ['no finding', node(), 'low', 0],
    ['a high finding', high, undefined, 0],
    ['a high finding', high, 'high', 3],
    ['a high finding', high, 'low', 3],
    ['a medium finding', medium, 'high', 0],
    ['a medium finding', medium, 'medium', 3],
    ['a low finding', low, 'medium', 0],
    ['a low finding', low, 'low', 3],
    ['the defaults of a kubelet', defaults, 'low', 0],
    ['a high finding and an unread configuration', node({ ...served, ...unread }), 'high', 3],
    ['an unread configuration', node(unread), 'high', 4],
    ['an unread configuration', node(unread), undefined, 4],
  ];
  for (const [title, audited, failOn, code] of exits)
    test(`has exit code ${code} for ${title} ${failOn ? `with --fail-on ${failOn}` : 'without --fail-on'}`, () =>
      assert.is(auditExitCode(auditReport(facts([audited])), failOn), code));

  test("has no remedy that changes anybody's permissions, except for KA401, KA402 and KA403", () => {
    for (const { id, remedy } of auditRules)
      if (!id.startsWith('KA4'))
        assert.not.match(
          remedy,
          /binding|clusterrole|system:|narrow|grant|revoke|kubectl (?!get csr|get nodes|kubeletaccess (?:certificates|metrics))/i,
          id,
        );
  });

  test('has rules with unique names, sorted by id', () => {
    assert.is(new Set(auditRules.map(({ name }) => name)).size, auditRules.length);
    const ids = auditRules.map(({ id }) => id);
    assert.equal(ids, ids.toSorted());
  });
});

suite('the configuration of a kubelet', (test) => {
  const body = (configuration: unknown) => JSON.stringify({ kubeletconfig: configuration });
  const deep = (levels: number) =>
    `{"kubeletconfig":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
  const texts: readonly [title: string, text: string, isConfiguration: boolean][] = [
    ['a configuration', body({ port: 1 }), true],
    ['an empty configuration', body({}), true],
    ['a list', body([]), false],
    ['null in place of a configuration', body(null), false],
    ['another object', '{}', false],
    ['a JSON string', '"kubeletconfig"', false],
    ['a text that is not JSON', '<html>', false],
    ['a nested configuration', deep(10), true],
    ['a configuration nested deeper than the stack', deep(50_000), false],
  ];
  for (const [title, text, isConfiguration] of texts)
    test(`${title} is ${isConfiguration ? 'read' : 'rejected'}`, () => {
      assert.is(parseConfigz(text).decoded !== undefined, isConfiguration);
    });

  for (const port of [-1, 1.5, 65_536, 1e99, 10255n])
    test(`${port} is rejected as readOnlyPort`, () => {
      assert.is(securitySettings({ readOnlyPort: port }).readOnlyPort, 0);
    });

  test('any name and value is printed on one line', () => {
    const odd = { 'a\nKA001 high': 'x\ny', long: 'z'.repeat(1000) };
    const report = auditReport(
      facts([node({ name: 'a' }), node({ name: 'b', ...configured(odd) })]),
    );
    assert.equal(lines(report), [
      `KA302 low b: "a\\nKA001 high" is "x\\ny", but not set on a`,
      `KA302 low b: long is "${'z'.repeat(99)}…, but not set on a`,
    ]);
  });
});
