import * as assert from 'uvu/assert';
import { describeCause } from '../../src/kubelet/causes/causes.ts';
import type { HopName } from '../../src/kubelet/causes/hop.ts';
import type { KubeletDenial } from '../../src/kubelet/denial.ts';
import { explain } from '../../src/kubelet/explain/explain.ts';
import {
  describeMissing,
  remedyForNodeListing,
  remedyForNodeLookup,
} from '../../src/kubelet/missing-permission.ts';
import { suite } from '../kit/suite.ts';

const denial = (user: string, verb: string, ...subresources: string[]) => ({
  user,
  verb,
  resource: 'nodes',
  subresources,
});

const denied = (hop: HopName) => (denial: KubeletDenial) =>
  describeCause({ cause: 'forbidden' }, { hop, denial, caller: denial.user });
const remedyForCaller = denied('caller-to-kubelet');
const remedyForKubeletClient = denied('apiserver-to-kubelet');

suite('remedies for missing permissions', (test) => {
  test('give a caller the narrowest permission, as commands', () => {
    const pods = denial('dev', 'get', 'pods', 'proxy');
    const { hints } = remedyForCaller(pods);
    assert.is(describeMissing(pods, false), 'get on nodes/pods or nodes/proxy for user "dev"');
    assert.is(
      describeMissing(pods, true),
      'get on nodes/pods or nodes/proxy for user "dev", which is kube-apiserver to this kubelet, not you',
    );
    assert.is(
      hints[0],
      'kubectl create clusterrole kubelet-pods:dev --verb=get --resource=nodes/pods && kubectl create clusterrolebinding kubelet-pods:dev --clusterrole=kubelet-pods:dev --user=dev',
    );
  });

  test('are the same in explain, which names no user, and in status: the least that works first', () => {
    for (const name of ['stats', 'metrics', 'log', 'pods', 'configz', 'statusz', 'healthz']) {
      const refused = denial('NAME', 'get', name, 'proxy');
      const [least, ...others] = remedyForCaller(refused).hints;
      const text = `Forbidden (user=jane, verb=get, resource=nodes, subresource(s)=[${name} proxy])`;
      const [{ commands = [] } = {}] = explain(`curl https://10.0.0.7:10250/x\n${text}`);
      assert.equal(commands, [least], name);
      assert.is(/create clusterrole/.test(least ?? ''), others.length === 0, name);
    }
  });

  test('warn of nodes/proxy', () => {
    for (const words of [
      remedyForCaller(denial('dev', 'get', 'proxy')).sentence,
      remedyForNodeLookup('dev', 'get', 'get', ['proxy']).hints.join('\n'),
    ])
      assert.match(words, /[Ww]arning: nodes\/proxy, .* runs commands in every container/);
  });

  test('grant nothing to anonymous users, to nodes, and to a service account in place of kube-apiserver', () => {
    for (const user of ['system:anonymous', 'system:node:n'])
      assert.match(
        remedyForNodeLookup(user, 'get', 'get', ['stats']).hints[0] ?? '',
        /^user "system:\S+" is never granted access: it is /,
      );
    const denials = [
      ...['system:anonymous', 'system:node:n'].map((user) =>
        remedyForCaller(denial(user, 'get', 'stats')),
      ),
      ...['system:anonymous', 'system:node:n', 'system:serviceaccount:a:b', ''].map((user) =>
        remedyForKubeletClient(denial(user, 'get', 'stats')),
      ),
    ];
    for (const { sentence, remedy, hints } of denials) {
      assert.match(
        `${sentence} ${remedy}`,
        /is never granted access: it is |never grant permissions/,
      );
      assert.not.match(hints.join('\n'), /grant|create/);
      assert.not.match(remedy, '30s');
    }
    assert.match(
      remedyForCaller(denial('system:anonymous', 'get', 'stats')).sentence,
      'authentication.webhook.enabled: true',
    );
  });

  test('give a user who may not look up a node only the permission for the lookup and the permission at the kubelet', () => {
    const { hints } = remedyForNodeLookup('dev', 'get', '', ['metrics']);
    assert.is(
      hints[0],
      "kubectl create clusterrole 'kubelet-nodes-metrics-get,*:dev' '--verb=get,*' --resource=nodes,nodes/metrics && kubectl create clusterrolebinding 'kubelet-nodes-metrics-get,*:dev' '--clusterrole=kubelet-nodes-metrics-get,*:dev' --user=dev",
    );
  });

  test('include nodes/proxy for requests through the API server, and do not suggest --kubelet-address', () => {
    const { details, hints } = remedyForNodeListing('dev', 'list', 'get');
    const missing =
      'user "dev" needs list on nodes and get on nodes/proxy, for every path: the API server checks both';
    assert.equal(details, { missing });
    assert.match(hints[0] ?? '', ' --verb=list --resource=nodes ');
    assert.match(hints.at(-1) ?? '', 'omit --via apiserver, and --as where it is given');
    assert.not.match(hints.join('\n'), '--kubelet-address');
  });

  test('replace characters of a user name that are invalid in the name of a role', () => {
    const [, command = ''] = remedyForCaller(denial('https://issuer/a%b', 'get', 'stats')).hints;
    assert.match(command, ' create clusterrole kubelet-stats:https:--issuer-a-b ');
    assert.match(command, '--user=https://issuer/a%b');
  });
});
