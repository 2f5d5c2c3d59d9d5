import * as assert from 'uvu/assert';
import { detailsOf } from '../../src/errors.ts';
import {
  admissionCommand,
  formatAdmissionDenial,
  parseAdmissionDenials,
} from '../../src/rbac/admission.ts';
import { user } from '../../src/rbac/subject.ts';
import { remedyForAdmission } from '../../src/rbac/write-remedy.ts';
import { anyCharacter, fc } from '../kit/fast-check.ts';
import { fill, growth } from '../kit/growth.ts';
import { runs } from '../kit/random.ts';
import { apiserverPair, role, rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const object = 'clusterroles.rbac.authorization.k8s.io "system:kube-apiserver-to-kubelet"';

/** A title, the text of a denial, and the formatted policies or webhooks that denied the request. */
const denials = String.raw`
a policy, forbidden | OBJECT is forbidden: ValidatingAdmissionPolicy 'no-node-proxy' with binding 'everywhere' denied request: nodes/proxy is not allowed | ValidatingAdmissionPolicy no-node-proxy (binding everywhere)
a policy, invalid, as kubectl prints it | The clusterroles "x" is invalid: : ValidatingAdmissionPolicy 'no-node-proxy' with binding 'everywhere' denied request: failed expression: !object.rules.exists(r, r.resources.exists(s, s == "nodes/proxy")) | ValidatingAdmissionPolicy no-node-proxy (binding everywhere)
a policy that cannot be evaluated | OBJECT is forbidden: ValidatingAdmissionPolicy 'aks-managed-block-nodes-proxy-rbac' with binding 'b' denied request: expression 'object.rules.all(r, r.apiGroups.exists(g, true))' resulted in error: no such key: apiGroups | ValidatingAdmissionPolicy aks-managed-block-nodes-proxy-rbac (binding b)
Gatekeeper | admission webhook "validation.gatekeeper.sh" denied the request: [no-node-proxy] ClusterRole x has nodes/proxy\n[no-wildcards] verbs has * | admission webhook validation.gatekeeper.sh (policy no-node-proxy, no-wildcards)
Gatekeeper before 3.3 | admission webhook "validation.gatekeeper.sh" denied the request: [denied by no-node-proxy] ClusterRole x has nodes/proxy | admission webhook validation.gatekeeper.sh (policy no-node-proxy)
Kyverno | admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource ClusterRole//x was blocked due to the following policies \n\nrestrict-clusterrole-nodesproxy:\n  clusterrole-nodesproxy: 'validation error: not allowed. rule clusterrole-nodesproxy failed'\n | admission webhook validate.kyverno.svc-fail (policy restrict-clusterrole-nodesproxy)
a webhook without an explanation | admission webhook "deny.example.com" denied the request without explanation | admission webhook deny.example.com
two at once | a: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: x, admission webhook "w" denied the request: no | ValidatingAdmissionPolicy p (binding b); admission webhook w
`
  .trim()
  .split('\n')
  .map((row) => row.replaceAll('\\n', '\n').replace('OBJECT', object).split(' | '));

const others = [
  `${object} is forbidden: User "dev" cannot create resource "clusterroles" in API group "rbac.authorization.k8s.io" at the cluster scope`,
  `${object} is forbidden: user "dev" (groups=["a"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes/proxy"], Verbs:["*"]}`,
  'Internal error occurred: failed calling webhook "validate.kyverno.svc": failed to call webhook: Post "https://kyverno-svc.kyverno.svc:443/validate?timeout=10s": dial tcp 10.96.12.4:443: connect: connection refused',
  'ClusterRoleBinding.rbac.authorization.k8s.io "x" is invalid: roleRef: Invalid value: {"Kind":"ClusterRole"}: field is immutable',
  'admission webhook "x" does not support dry run',
  'the server could not find the requested resource',
];

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?$/);
const anyText = fc.string({ unit: anyCharacter, maxLength: 200 });

suite('denials by admission', (test) => {
  for (const [title, text = '', expected] of denials)
    test(`names the denying policy or webhook: ${title}`, () =>
      assert.is(parseAdmissionDenials(text).map(formatAdmissionDenial).join('; '), expected));

  for (const text of others)
    test(`finds no denial by admission in: ${text.slice(0, 60)}`, () =>
      assert.equal(parseAdmissionDenials(text), []));

  test('reads any name of a policy or webhook, with any text around the denial', () =>
    fc.assert(
      fc.property(name, name, anyText, anyText, (policy, binding, before, after) => {
        const [found] = parseAdmissionDenials(
          `${before} ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${after}`,
        ).filter((denial) => denial.name === policy);
        assert.equal([found?.by, found?.binding], ['ValidatingAdmissionPolicy', binding]);
        const hooks = parseAdmissionDenials(
          `${before} admission webhook ${JSON.stringify(policy)} denied the request: ${after}`,
        );
        assert.ok(
          hooks.some((denial) => denial.by === 'admission webhook' && denial.name === policy),
        );
      }),
      runs(500),
    ));

  test('parses in time proportional to the length of the text', () => {
    for (const part of [
      "ValidatingAdmissionPolicy '",
      'admission webhook "',
      'admission webhook "x" denied the request: [',
      'due to the following policies ',
      "ValidatingAdmissionPolicy 'a' with binding '",
    ]) {
      const found = growth(parseAdmissionDenials, (length) => fill(part, length));
      assert.is(found, undefined, part);
    }
  });

  test('quotes the name of the policy in a command', () => {
    const [odd] = parseAdmissionDenials(
      "ValidatingAdmissionPolicy 'a;reboot' with binding 'b' denied request: x",
    );
    assert.is(
      odd && admissionCommand(odd),
      "kubectl get validatingadmissionpolicy 'a;reboot' -o yaml",
    );
  });

  test('suggests other profiles only for a role with nodes/proxy', () => {
    const pair = apiserverPair(user('Kubernetes'));
    const [, text = ''] = denials[0] ?? [];
    const [denial] = parseAdmissionDenials(text);
    assert.ok(denial && pair.role);
    const write = { name: 'x', action: 'create' } as const;
    const wide = remedyForAdmission(denial, { ...write, kind: 'ClusterRole', object: pair.role });
    assert.match(
      detailsOf(wide.details)[0]?.text ?? '',
      /denied this ClusterRole, not RBAC: you lack no permission/,
    );
    assert.match(
      wide.hints.join('\n'),
      /a role without nodes\/proxy may pass, such as profile metrics, stats, logs, checkpoint, readonly: kubectl kubeletaccess grant --profile readonly /,
    );
    const narrow = role('x', [rule('nodes/metrics')]);
    for (const written of [
      { kind: 'ClusterRole', object: narrow } as const,
      { kind: 'ClusterRoleBinding', object: pair.binding } as const,
    ])
      assert.not.match(
        remedyForAdmission(denial, { ...write, ...written }).hints.join('\n'),
        'nodes/proxy',
      );
  });
});
