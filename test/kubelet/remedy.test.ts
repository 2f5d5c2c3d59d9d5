import * as assert from 'uvu/assert';
import { parseKubeletRefusal } from '../../src/kubelet/refusal.ts';
import { remedyForCaller, remedyForKubeletClient } from '../../src/kubelet/remedy.ts';
import { suite } from '../kit/suite.ts';

const refusal = (user: string, verb: string, ...subresources: string[]) => ({
  user,
  verb,
  resource: 'nodes',
  subresources,
});

suite('remedies', (test) => {
  test('a caller gets the narrowest right, as commands', () => {
    const { missing, hints } = remedyForCaller(refusal('dev', 'get', 'pods', 'proxy'));
    assert.is(missing, 'get on nodes/pods or nodes/proxy for user "dev"');
    assert.is(
      hints[0],
      'kubectl create clusterrole kubelet-pods:dev --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:dev --clusterrole=kubelet-pods:dev --user=dev',
    );
  });

  test('nodes/proxy comes with a warning', () => {
    assert.match(
      remedyForCaller(refusal('dev', 'get', 'proxy')).hints.join('\n'),
      /runs commands in every container/,
    );
  });

  test('HEAD has no verb, so that only * will do', () => {
    assert.match(remedyForCaller(refusal('dev', '', 'metrics')).hints[0] ?? '', "'--verb=*'");
  });

  test('a service account is named as one', () => {
    const { hints } = remedyForCaller(
      refusal('system:serviceaccount:monitoring:prometheus', 'get', 'metrics'),
    );
    assert.match(hints[0] ?? '', '--serviceaccount=monitoring:prometheus');
  });

  test('a user name that RBAC takes as a user but not in the name of a role is given so', () => {
    const [command = ''] = remedyForCaller(refusal('https://issuer/a%b', 'get', 'stats')).hints;
    assert.match(command, ' create clusterrole kubelet-stats:https:--issuer-a-b ');
    assert.match(command, '--user=https://issuer/a%b');
  });

  test('kube-apiserver gets grant for what the pair holds, and commands for what it does not', () => {
    assert.is(
      remedyForKubeletClient(refusal('Kubernetes', 'get', 'stats')).hints[0],
      'kubectl kubeletaccess grant',
    );
    assert.match(
      remedyForKubeletClient(refusal('Kubernetes', 'get', 'statusz')).hints[0] ?? '',
      '--resource=nodes/statusz',
    );
  });

  test("a server's words do not become a command of their own", () => {
    const user = "system:serviceaccount:a$(touch /tmp/x):b;id'";
    for (const command of remedyForCaller(refusal(user, 'get', 'stats')).hints.slice(0, 1)) {
      const outside = command.replaceAll(/'[^']*'|\\'/g, '');
      assert.not.match(outside, /[$;()`]/);
    }
    assert.is(
      parseKubeletRefusal('Forbidden (user=a, verb=get, resource=nodes, subresource(s)=[$(id)])'),
      undefined,
    );
  });
});
