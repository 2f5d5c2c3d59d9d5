import * as assert from 'uvu/assert';
import { parseKubeletRefusal } from '../../src/kubelet/refusal.ts';
import {
  remedyForCaller,
  remedyForKubeletClient,
  remedyForNodeLookup,
} from '../../src/kubelet/remedy.ts';
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
    for (const { hints } of [
      remedyForCaller(refusal('dev', 'get', 'proxy')),
      remedyForNodeLookup('dev', 'get', ['proxy']),
    ])
      assert.match(hints.join('\n'), /beware: nodes\/proxy, .* runs commands in every container/);
  });

  test('where a profile is just what was refused, it comes first, and then what is made by hand', () => {
    const { hints } = remedyForCaller(refusal('dev', 'get', 'stats'));
    assert.is(hints[0], 'kubectl kubeletaccess grant --profile stats --subject user:dev');
    assert.match(hints[1] ?? '', /^kubectl create clusterrole kubelet-stats:dev /);
  });

  test('to nobody without a credential, to no node, and to no service account as kube-apiserver anything is given', () => {
    const remedies = [
      ...['system:anonymous', 'system:node:n'].flatMap((user) => [
        remedyForCaller(refusal(user, 'get', 'stats')),
        remedyForNodeLookup(user, 'get', ['stats']),
      ]),
      ...['system:anonymous', 'system:node:n', 'system:serviceaccount:a:b', ''].map((user) =>
        remedyForKubeletClient(refusal(user, 'get', 'stats')),
      ),
    ];
    for (const { hints } of remedies) {
      assert.match(hints[0] ?? '', /^that user is granted nothing: it is /);
      assert.not.match(hints.join('\n'), /kubectl|30s/);
    }
    assert.match(
      remedyForCaller(refusal('system:anonymous', 'get', 'stats')).hints[0] ?? '',
      'authentication.webhook.enabled: true',
    );
  });

  test('whoever may not look a node up gets that right and the next one, and no other', () => {
    const { hints } = remedyForNodeLookup('dev', '', ['metrics']);
    assert.is(
      hints[0],
      "kubectl create clusterrole 'kubelet-nodes-metrics-get,*:dev' '--verb=get,*' --resource=nodes,nodes/metrics && kubectl create clusterrolebinding 'kubelet-nodes-metrics-get,*:dev' '--clusterrole=kubelet-nodes-metrics-get,*:dev' --user=dev",
    );
  });

  test('HEAD has no verb, so that only * will do', () => {
    assert.match(remedyForCaller(refusal('dev', '', 'metrics')).hints[0] ?? '', "'--verb=*'");
  });

  test('a service account is named as one', () => {
    const { hints } = remedyForCaller(
      refusal('system:serviceaccount:monitoring:prometheus', 'get', 'metrics'),
    );
    assert.match(hints[0] ?? '', '--subject serviceaccount:monitoring:prometheus');
    assert.match(hints[1] ?? '', '--serviceaccount=monitoring:prometheus');
  });

  test('a user name that RBAC takes as a user but not in the name of a role is given so', () => {
    const [, command = ''] = remedyForCaller(refusal('https://issuer/a%b', 'get', 'stats')).hints;
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
    for (const command of remedyForCaller(refusal(user, 'get', 'stats')).hints.slice(0, 2)) {
      const outside = command.replaceAll(/'[^']*'|\\'/g, '');
      assert.not.match(outside, /[$;()`]/);
    }
    assert.is(
      parseKubeletRefusal('Forbidden (user=a, verb=get, resource=nodes, subresource(s)=[$(id)])'),
      undefined,
    );
  });
});
