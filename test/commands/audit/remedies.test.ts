import * as assert from 'uvu/assert';
import { auditRules } from '../../../src/kubelet/audit-rules.ts';
import type { ClusterRole, RbacSubject } from '../../../src/objects.ts';
import { hasSubject, identityOf, parseSubject } from '../../../src/rbac/subject.ts';
import { binding, group, put, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { Authorizer } from '../../sandbox/authorizer.ts';
import type { StoredObject } from '../../sandbox/store.ts';
import { agedAnHour, agentRoles } from '../narrow/roles.ts';

interface AuditFinding {
  readonly id: string;
  readonly remedy: string;
  readonly places: readonly { readonly part?: string; readonly evidence: string }[];
}

const identity = ({ kind, name, namespace }: RbacSubject) =>
  kind === 'ServiceAccount'
    ? identityOf(`system:serviceaccount:${namespace}:${name}`)
    : kind === 'Group'
      ? { user: 'anybody', groups: [name] }
      : identityOf(name);

suite('a remedy of audit', (test) => {
  test('takes away only permissions on kubelets', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      for (const { objects } of agentRoles) {
        put(sandbox, ...objects.filter(({ kind }) => kind.startsWith('ClusterRole')));
        // audit recognizes agents by these pods.
        for (const { metadata, spec } of objects)
          if (spec && 'template' in (spec as object)) {
            const { template } = spec as { readonly template: StoredObject };
            put(sandbox, {
              ...{ ...template, apiVersion: 'v1', kind: 'Pod' },
              metadata: { ...template.metadata, ...metadata },
            } as StoredObject);
          }
      }
      put(
        sandbox,
        role('mixed', [rule('nodes/proxy,pods,services', 'get,list,watch'), rule('secrets')]),
        binding('mixed-jane', 'mixed', [user('jane')]),
        binding('mixed-ops', 'mixed', [group('ops')]),
      );
      const roles = sandbox.store.list('clusterroles') as unknown as readonly ClusterRole[];
      const before = new Map(roles.map((each) => [each.metadata?.name ?? '', each.rules ?? []]));
      const bindings = sandbox.store.list('clusterrolebindings') as unknown as readonly {
        readonly roleRef: { readonly name: string };
        readonly subjects?: readonly RbacSubject[];
      }[];
      const authorizer = new Authorizer(sandbox.store);
      const allowed = (subject: RbacSubject) =>
        bindings
          .filter(({ subjects = [] }) => hasSubject(subjects, subject))
          .flatMap(({ roleRef }) => before.get(roleRef.name) ?? [])
          .flatMap(({ apiGroups = [], resources = [], verbs }) =>
            apiGroups.flatMap((apiGroup) =>
              resources
                .filter((resource) => !/^(?:nodes\/.+|\*)$/.test(resource))
                .flatMap((resource) => verbs.map((verb) => ({ apiGroup, resource, verb }))),
            ),
          );
      const { stdout } = await tool(['audit', '-o', 'json']);
      const findings = (JSON.parse(stdout) as { readonly findings: readonly AuditFinding[] })
        .findings;
      const commands = findings.flatMap(({ id, remedy, places }) => {
        const command = /kubectl kubeletaccess (narrow --subject \S+)$/.exec(remedy)?.[1];
        return id.startsWith('KA40') && command ? [{ command, places }] : [];
      });
      assert.ok(commands.length >= 3, stdout);
      let narrowed = 0;
      for (const { command } of commands) {
        const subject = parseSubject(command.split(' ')[2] ?? '');
        assert.ok(subject, command);
        const others = allowed(subject);
        // The first run adds rules, and the second run removes rules.
        for (const _ of ['adds', 'removes']) {
          await tool([...command.split(' '), '--apply']);
          // An hour later, kubelets no longer cache denials.
          for (const each of sandbox.store.list('clusterroles')) put(sandbox, agedAnHour(each));
        }
        const proxy = { apiGroup: '', resource: 'nodes/proxy', verb: 'get', name: '' };
        if (!authorizer.authorize(identity(subject), proxy).allowed) narrowed += 1;
        for (const attributes of others)
          assert.ok(
            authorizer.authorize(identity(subject), { ...attributes, name: '' }).allowed,
            `${command}: ${JSON.stringify(attributes)}`,
          );
      }
      assert.ok(narrowed >= 3, `${narrowed} of ${commands.length} were narrowed`);
    }));

  test("of a rule other than KA401, KA402 and KA403 changes nobody's permissions", () => {
    for (const { id, remedy } of auditRules)
      if (!id.startsWith('KA4'))
        assert.not.match(
          remedy,
          /binding|clusterrole|system:|narrow|grant|revoke|kubectl (?!get csr|get nodes|certificate approve)/i,
          id,
        );
  });
});
