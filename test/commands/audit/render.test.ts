import * as assert from 'uvu/assert';
import type { AuditFacts, NodeAuditFacts } from '../../../src/commands/audit/facts.ts';
import { renderAudit } from '../../../src/commands/audit/render.ts';
import { auditReport } from '../../../src/commands/audit/report.ts';
import type { RbacSubject } from '../../../src/objects.ts';
import { paintNothing } from '../../../src/text/color.ts';
import { suite } from '../../kit/suite.ts';
import { usualConfiguration } from '../../sandbox/configz.ts';

/** What somebody could be called who means harm: it would make a line of its own, and a long one. */
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
  const value = { ...usualConfiguration(37), [odd('field')]: nested, readOnlyPort: index };
  return {
    name,
    version: odd(`v1.37.${index}`),
    system: odd('linux'),
    address: { host: odd('host'), port: 10_250, type: 'InternalIP' },
    anonymous: { found: { said: 'served', status: 200 } },
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
    distrust: { found: 'certificate for another name' },
    configuration: { found: { via: 'direct', value } },
  };
}

const hostile: AuditFacts = {
  server: 'https://10.0.0.9:6443',
  now: Date.parse('2026-11-24T12:00:00Z'),
  warnDays: 30,
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
            {
              apiGroups: [''],
              resources: ['nodes/proxy'],
              verbs: ['get'],
              resourceNames: Array.from({ length: 1000 }, (_, index) => odd(`node-${index}`)),
            },
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
};

suite('the report of an audit, printed', (test) => {
  const text = renderAudit(auditReport(hostile), {
    format: 'table',
    showAll: true,
    paint: paintNothing,
  });

  test("a server's words forge no line", () => {
    assert.match(text, /\* KA401 high: /);
    assert.match(text, /\* KA301 medium: /);
    assert.not.match(text, /^\W*KA999/m);
    assert.not.match(text, /\r/);
  });

  test('nor do they flood', () => {
    const longest = Math.max(...text.split('\n').map((line) => line.length));
    assert.ok(longest < 2700, `${longest}`);
    assert.ok(text.split('\n').length < 250, `${text.split('\n').length}`);
  });

  test('a name that is no argument of a command is in none', () => {
    assert.match(text, /kubectl edit clusterrolebinding NAME\n/);
    assert.match(text, /--subject SUBJECT; and/);
  });
});
