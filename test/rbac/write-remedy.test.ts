import * as assert from 'uvu/assert';
import { user } from '../../src/rbac/subject.ts';
import {
  type DeniedWrite,
  remedyForDenial,
  remedyForEscalation,
} from '../../src/rbac/write-remedy.ts';
import { apiserverPair } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';

const pair = apiserverPair(user('Kubernetes'));
const role = 'system:kube-apiserver-to-kubelet';
const bindingWrite: DeniedWrite = {
  kind: 'ClusterRoleBinding',
  name: 'system:kube-apiserver',
  action: 'create',
  object: pair.binding,
};
const denial = (name: string) => ({
  user: name,
  groups: [],
  missing: [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['*'] }],
});

suite('remedies for denied writes', (test) => {
  test('print no command that grants permissions if the name of the caller is unknown', () => {
    const { hints } = remedyForEscalation(denial(''), bindingWrite);
    assert.not.match(hints.join('\n'), 'kubectl create');
  });

  test('grant exactly the denied permission after a denial that is not about escalation', () => {
    const denial = {
      user: 'dev',
      verb: 'update',
      resource: 'clusterroles',
      apiGroup: 'rbac.authorization.k8s.io',
      name: role,
    };
    const { details, hints } = remedyForDenial(denial);
    const missing = `clusterroles.rbac.authorization.k8s.io update (only ${role}) for user "dev"`;
    assert.equal(details, { missing });
    assert.match(
      hints[1] ?? '',
      `: kubectl create clusterrole update-clusterroles-${role}:dev --verb=update --resource=clusterroles --resource-name=${role} && `,
    );
  });

  test('quotes names from a server in commands', () => {
    const name = "a$(touch /tmp/x)b;id'";
    const words = remedyForEscalation(denial(name), bindingWrite).hints[2] ?? '';
    const command = words.slice(words.indexOf('kubectl create'));
    assert.not.match(command.replaceAll(/'[^']*'|\\'/g, ''), /[$;()`]/);
  });
});
