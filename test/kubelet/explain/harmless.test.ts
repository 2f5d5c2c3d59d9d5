// Anyone who writes a label, a request or a log line writes texts that people paste into `explain`.
import * as assert from 'uvu/assert';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';
import { recognised } from './explain-texts.ts';

type Named = Readonly<
  Record<'user' | 'verb' | 'resource' | 'sub' | 'group' | 'role' | 'words', string>
>;

const templates: readonly ((named: Named) => string)[] = [
  ({ user, verb, sub }) =>
    `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${sub}])`,
  ({ user, verb, sub }) =>
    `Error from server (Forbidden): Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${sub} proxy])`,
  ({ user, verb, resource, group }) =>
    `${resource} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "x"`,
  ({ user, verb, resource, group, role }) =>
    `${resource} "n" is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "${role}" not found`,
  ({ user, verb, resource }) =>
    `RBAC DENY: user "${user}" groups ["a"] cannot "${verb}" resource "${resource}" cluster-wide`,
  ({ user, verb, resource }) => `User "${user}" cannot ${verb} ${resource} at the cluster scope`,
  ({ user, verb, sub }) =>
    `"Forbidden" user="${user}" verb="${verb}" resource="nodes" subresource(s)=["${sub}"]`,
  ({ user, verb }) => `forbidden: User "${user}" cannot ${verb} path "/api"`,
  ({ user, role }) =>
    `clusterroles.rbac.authorization.k8s.io "${role}" is forbidden: user "${user}" (groups=["a"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes/proxy"], Verbs:["*"]}`,
  ({ role }) =>
    `csr-a   5m   kubernetes.io/kubelet-serving   system:node:${role}   <none>   Pending`,
];

const strangers = ['mallory', 'mallory:x', 'system:serviceaccount:mallory:mallory', 'oidc:mallory'];
const knownUsers = [
  'kube-apiserver',
  'kubelet-bootstrap',
  'system:bootstrap:abcdef',
  'system:node:n',
];
const named: fc.Arbitrary<Named> = fc.record({
  user: fc.constantFrom(...strangers, ...knownUsers),
  verb: fc.constantFrom(
    ...['get', 'list', 'create', '*', 'escalate', 'bind', 'impersonate', 'approve', 'sign', ''],
  ),
  resource: fc.constantFrom(
    ...['nodes', 'nodes/proxy', 'nodes/metrics', 'secrets', 'pods/exec', 'pods/attach', '*', '*.*'],
    ...[
      'pods/portforward',
      'serviceaccounts/token',
      'clusterrolebindings',
      'rolebindings',
      'users',
    ],
    ...[
      'signers',
      'certificatesigningrequests',
      'certificatesigningrequests/approval',
      'configmaps',
    ],
  ),
  sub: fc.constantFrom('proxy', 'metrics', 'stats', 'log', 'pods', 'configz', 'checkpoint', 'spec'),
  group: fc.constantFrom('', 'rbac.authorization.k8s.io', 'certificates.k8s.io', '*'),
  role: fc.constantFrom('mallory-role', 'cluster-admin-mallory'),
  words: fc.constantFrom('', 'Error from server (Forbidden): ', 'E0101 00:00:00.000000 1 a.go:1] '),
});

const reading = /^kubectl (?:-n \S+ )?(?:get|describe|logs|auth (?:whoami|can-i)|config view) /;
const widening =
  /\bproxy\b|escalate|\bbind\b|impersonate|approve|\bsign\b|[*]|secret|token|\b(?:exec|attach|portforward)\b|create (?:cluster)?role|--(?:user|group|serviceaccount)=/;
/** Lets a placeholder read one subresource that is not nodes/proxy. */
const readingRole =
  /^kubectl create clusterrole (kubelet-([a-z]+):NAME) --verb=get --resource=nodes\/(?!proxy)\2 && kubectl create clusterrolebinding \1 --clusterrole=\1 --(?:user=NAME|serviceaccount=NAMESPACE:NAME)$/;

function checkCommands(text: string): void {
  for (const { commands, identity } of explain(text))
    for (const command of commands) {
      // Sentences name kube-apiserver whoever the text names.
      const subject =
        identity !== undefined && identity !== 'kube-apiserver' && command.includes(identity);
      assert.not.ok(/mallory/.test(command) || subject, `${command}\n${text}`);
      if (!reading.test(command) && !readingRole.test(command))
        assert.not.match(command, widening, text);
    }
}

suite('commands of explain', (test) => {
  test('grant nothing that widens access, and name no subject of the text', () => {
    let explained = 0;
    fc.assert(
      fc.property(fc.constantFrom(...templates), named, (template, values) => {
        const text = values.words + template(values);
        explained += explain(text).length;
        checkCommands(text);
      }),
      { numRuns: 1000 },
    );
    assert.ok(explained > 500, String(explained));
  });

  test('grant nothing that widens access for texts of real servers', () => {
    for (const text of Object.keys(recognised)) checkCommands(text);
  });
});
