import * as assert from 'uvu/assert';
import type { AuditFacts, NodeAuditFacts } from '../../../src/commands/audit/facts.ts';
import { type AuditReport, auditReport } from '../../../src/commands/audit/report.ts';
import { shownAudit } from '../../../src/commands/audit/shown.ts';
import { auditRules, ruleIdOf } from '../../../src/kubelet/audit-rules.ts';
import type { RbacSubject } from '../../../src/objects.ts';
import { rule } from '../../kit/rbac.ts';
import { printed, rowsUnder } from '../../kit/shown.ts';
import { suite } from '../../kit/suite.ts';
import { usualConfiguration } from '../../sandbox/configz.ts';

/** A name that contains a line break and is too long for a line. */
const odd = (name: string) => `${name}\n* KA999 high: forged\r\n${'z'.repeat(5000)}`;

const subjects: readonly RbacSubject[] = [
  { kind: 'User', name: odd('jane') },
  { kind: 'Group', name: 'system:unauthenticated' },
  { kind: 'ServiceAccount', name: odd('agent'), namespace: odd('monitoring') },
];

function hostileNode(index: number): NodeAuditFacts {
  const name = odd(`node-${index}`);
  const nested = Array.from({ length: 18 }).reduce<unknown>(
    (inner) => ({ [odd('field')]: inner }),
    odd(`${index}`),
  );
  const value = {
    ...usualConfiguration(37),
    ...{ [odd('field')]: nested, readOnlyPort: index, featureGates: { [odd('gate')]: true } },
  };
  return {
    name,
    version: odd(`v1.37.${index}`),
    system: odd('linux'),
    address: { host: odd('host'), port: 10_250, type: 'InternalIP' },
    anonymous: { found: { result: 'served', status: 200 } },
    readOnly: { unknown: 'no' },
    certificate: {
      found: {
        subject: odd('CN=node'),
        issuer: odd('CN=ca'),
        names: Array.from({ length: 1000 }, (_, each) => odd(`DNS:${each}`)),
        notBefore: '2026-01-01T00:00:00Z',
        notAfter: '2027-11-24T12:00:00Z',
        fingerprint: 'AB:CD',
        protocol: 'TLSv1.3',
      },
    },
    distrust: { found: 'name-mismatch' },
    configuration: { found: { via: 'direct', value } },
    runtime: odd('containerd://1.7'),
    metrics: {
      found: {
        cgroupVersion: 1,
        losesSupportAt: undefined,
        labelConflicts: new Map(),
        stages: new Map([[odd('gate'), 'GA']]),
      },
    },
    flags: { found: { [odd('containerd')]: odd('x') } },
  };
}

const everyRule = new Set(auditRules.flatMap(({ id }) => ruleIdOf(id) ?? []));

const hostile: AuditFacts = {
  server: 'https://10.0.0.9:6443',
  now: Date.parse('2026-11-24T12:00:00Z'),
  warnDays: 30,
  serverVersion: { found: odd('v1.44.0') },
  nodes: {
    found: [
      ...Array.from({ length: 50 }, (_, index) => hostileNode(index)),
      { ...hostileNode(50), configuration: { unknown: 'x\n* KA999 high: forged' } },
    ],
  },
  rbac: {
    found: {
      roles: [
        {
          metadata: { name: odd('r') },
          rules: [
            rule('nodes/proxy', 'get', {
              resourceNames: Array.from({ length: 1000 }, (_, index) => odd(`node-${index}`)),
            }),
          ],
        },
      ],
      bindings: [
        {
          metadata: { name: odd('b') },
          roleRef: { apiGroup: '', kind: 'ClusterRole', name: odd('r') },
          subjects: [...subjects],
        },
      ],
    },
  },
  running: new Map(),
};

suite('the printed report of audit', (test) => {
  const text = printed(auditReport(hostile, [], everyRule), shownAudit, { showAll: true });

  test('lets no text from a server forge a line', () => {
    assert.match(text, /\* KA401 high: /);
    assert.match(text, /\* KA301 medium: /);
    assert.not.match(text, /^\W*KA999/m);
    assert.not.match(text, /\r/);
  });

  test('limits the length of text from a server', () => {
    const longest = Math.max(...text.split('\n').map((line) => line.length));
    assert.ok(longest < 2700, `${longest}`);
    assert.ok(text.split('\n').length < 250, `${text.split('\n').length}`);
  });

  test('prints no command with a name that cannot be an argument', () => {
    assert.match(text, /kubectl edit clusterrolebinding NAME\/\n/);
    assert.match(text, /narrow --subject NAME\/$/m);
  });
});

const certificate = {
  subject: 'CN=node',
  issuer: 'CN=ca',
  names: ['DNS:node-1'],
  fingerprint: 'AB',
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2027-11-24T12:00:00Z',
  daysLeft: 300,
  verified: true,
  protocol: 'TLSv1.3',
};

function fleet(count: number, more: readonly Partial<AuditReport['nodes'][number]>[] = []) {
  const node = { version: 'v1.37.2', configuration: 'direct', certificate } as const;
  return {
    apiVersion: 'kubeletaccess/v1alpha1',
    kind: 'KubeletAuditReport',
    server: 'https://10.0.0.9:6443',
    time: '2026-11-24T12:00:00.000Z',
    nodes: [
      ...Array.from({ length: count }, (_, index) => ({
        ...node,
        name: `node-${index + 1}`,
        address: `10.0.0.${index + 1}:10250`,
        certificate: { ...certificate, daysLeft: 300 + (index % 7) },
      })),
      ...more.map((each, index) => ({ ...node, name: `odd-${index + 1}`, address: '', ...each })),
    ],
    reach: null,
    findings: (['high', 'medium', 'low', 'info'] as const).map((severity) => ({
      ...{ id: 'KA001', severity, message: severity, reason: 'why', remedy: 'remedy' },
      places: [{ kind: 'Node', name: 'node-1', observation: 'evidence' }],
    })),
    accepted: [],
    notChecked: (
      [
        ['configuration', 'configuration'],
        ['serving-certificate', 'certificate'],
      ] as const
    )
      .map(([check, field]) => ({
        check,
        nodeNames: more.flatMap((each, index) => (each[field] === null ? `odd-${index + 1}` : [])),
        message: 'no',
      }))
      .filter(({ nodeNames }) => nodeNames.length > 0),
  } satisfies AuditReport;
}

suite('the printed nodes of audit', (test) => {
  const rows = (report: AuditReport, showAll = false) =>
    rowsUnder('NODE', printed(report, shownAudit, { showAll }));

  test('share one row if more than 20 nodes have no problem, unless --show-all is set', () => {
    const odd = [
      { certificate: { ...certificate, verified: false } },
      { configuration: null },
      { certificate: null },
    ];
    assert.equal(rows(fleet(4997, odd)), [
      '4,997 nodes   v1.37.2   port 10250   direct          300d to 306d left, verified',
      'odd-1         v1.37.2   <none>       direct          300d left, not verified',
      'odd-2         v1.37.2   <none>       not read        300d left, verified',
      'odd-3         v1.37.2   <none>       direct          unreachable',
    ]);
    assert.is(rows(fleet(21), true).length, 21);
  });
});

suite('findings of audit that need no action', (test) => {
  test('are printed with --show-all, and only counted without', () => {
    const [all, few] = [true, false].map((showAll) => printed(fleet(1), shownAudit, { showAll }));
    assert.match(all ?? '', /^\* KA001 info: info$/m);
    assert.match(all ?? '', /, 1 info\n$/);
    assert.not.match(few ?? '', 'KA001 info');
    assert.match(few ?? '', /, 1 info \(--show-all\)\n$/);
  });
});
