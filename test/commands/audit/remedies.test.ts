import * as assert from 'uvu/assert';
import { auditRules } from '../../../src/kubelet/audit-rules.ts';
import type { ClusterRole, RbacSubject } from '../../../src/objects.ts';
import { formatSubject, hasSubject, identityOf, parseSubject } from '../../../src/rbac/subject.ts';
import { account, binding, everything, group, put, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { Authorizer } from '../../sandbox/authorizer.ts';
import type { StoredObject } from '../../sandbox/store.ts';
import { agentRoles } from '../narrow/roles.ts';

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

/** Returns the object as if narrow had written its role an hour ago. */
function agedAnHour(object: StoredObject): StoredObject {
  const { annotations = {} } = object.metadata;
  const text = annotations['kubeletaccess/narrowed'];
  if (text === undefined) return object;
  const at = new Date(Date.now() - 3_600_000).toISOString();
  const record = JSON.stringify({ ...(JSON.parse(text) as object), at });
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: { ...annotations, 'kubeletaccess/narrowed': record },
    },
  };
}

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

  test('for a group of all users takes away only the named permissions, and only from this group', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const crowd = group('system:authenticated');
      const others = [user('jane'), account('agent', 'mon'), group('ops')];
      const url = { nonResourceURLs: ['/metrics'], verbs: ['get'] };
      put(
        sandbox,
        role('metrics', [rule('nodes/metrics')]),
        role('more', [rule('nodes/metrics,services', 'get,list'), url]),
        role('strong', [rule('nodes/proxy,nodes/log,nodes/stats'), rule('nodes', 'list')]),
        role('one-node', [rule('nodes/stats', 'get', { resourceNames: ['node-1'] })]),
        role('everything', [everything]),
        binding('metrics', 'metrics', [crowd]),
        binding('more', 'more', [...others, crowd]),
        binding('strong', 'strong', [crowd, ...others]),
        binding('strong-too', 'strong', [crowd]),
        binding('one-node', 'one-node', [crowd, user('jane')]),
        binding('everything', 'everything', [group('system:serviceaccounts'), group('ops')]),
        binding('anonymous', 'one-node', [user('system:anonymous'), user('jane')]),
      );
      const authorizer = new Authorizer(sandbox.store);
      const callers = [
        ...[crowd, ...others, group('system:serviceaccounts')].map(identity),
        identityOf('system:anonymous'),
      ];
      const asked = ['', 'apps'].flatMap((apiGroup) =>
        ['metrics', 'proxy', 'log', 'stats', 'pods']
          .map((each) => `nodes/${each}`)
          .concat('nodes', 'services', 'secrets')
          .flatMap((resource) =>
            ['get', 'list', 'create'].flatMap((verb) =>
              ['node-1', 'node-2'].map((name) => ({ apiGroup, resource, verb, name })),
            ),
          ),
      );
      const allowed = () =>
        callers.map((who) => asked.map((each) => authorizer.authorize(who, each).allowed));
      const { stdout } = await tool(['audit', '-o', 'json']);
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly AuditFinding[] };
      const remedies = findings.flatMap(({ id, remedy, places: [place] }) =>
        id === 'KA401' && place ? [{ remedy, place }] : [],
      );
      assert.is(remedies.length, 7);
      for (const { remedy, place } of remedies) {
        const [, who = '', name = '', named = ''] =
          /^remove (\S+) from the binding: kubectl edit clusterrolebinding ([\w-]+)(?:, which takes away all that ClusterRole (\S+) allows: .+?)?(?:; \S.* manages the binding, and would undo this: change it there)?$/.exec(
            remedy,
          ) ?? [];
        assert.is(who, place.part);
        const edited = sandbox.store.get('clusterrolebindings', name) as unknown as ReturnType<
          typeof binding
        >;
        const before = allowed();
        const subjects = (edited.subjects ?? []).filter((each) => formatSubject(each) !== who);
        assert.is(subjects.length, (edited.subjects ?? []).length - 1, remedy);
        put(sandbox, { ...edited, subjects } as StoredObject);
        const lost = allowed().flatMap((now, index) =>
          now.flatMap((may, at) => (before[index]?.[at] === may ? [] : [{ index, at }])),
        );
        const { resource = '', verbs = '' } =
          / has (?<resource>nodes\/\w+) (?<verbs>\S+)/.exec(place.evidence)?.groups ?? {};
        for (const { index, at } of lost) {
          // The remedy may take permissions only from members of the group.
          const caller = callers[index];
          const isMember =
            caller &&
            [`user:${caller.user}`, ...caller.groups.map((each) => `group:${each}`)].includes(who);
          assert.ok(isMember, `${remedy}: ${caller?.user}`);
          const permission = asked[at];
          if (named === '')
            assert.ok(
              permission?.resource === resource && verbs.split(',').includes(permission.verb),
              `${remedy}: ${JSON.stringify(permission)}`,
            );
          else assert.is(named, edited.roleRef.name);
        }
      }
      const again = JSON.parse((await tool(['audit', '-o', 'json'])).stdout) as typeof stdout & {
        readonly findings: readonly AuditFinding[];
      };
      assert.not.ok(again.findings.some(({ id }) => id === 'KA401'));
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
