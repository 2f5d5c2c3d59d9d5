import * as assert from 'uvu/assert';
import type { PolicyRule, RbacSubject } from '../../../src/objects.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { sweeps } from '../../kit/random.ts';
import {
  account,
  binding,
  group,
  put,
  rbacRule,
  role,
  roleBinding,
  rule,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredObject } from '../../sandbox/store.ts';
import { cellsOf } from '../shared/rows/kubelets.ts';

function bind(sandbox: Sandbox, name: string, rule: PolicyRule, subject: RbacSubject): void {
  put(sandbox, role(name, [rule]), binding(name, name, [subject]));
}

function fill(sandbox: Sandbox): void {
  bind(sandbox, 'runs', rule('nodes/proxy', 'create'), user('ann'));
  bind(sandbox, 'reads', rule('nodes/proxy'), account('agent', 'shop'));
  bind(sandbox, 'scrapes', rule('nodes/metrics'), group('scrapers'));
  bind(sandbox, 'one-node', rule('nodes/stats', 'get', { resourceNames: ['node-1'] }), user('bob'));
  bind(sandbox, 'nothing', rule('pods', '*'), user('carl'));
}

type Row = Readonly<Record<string, string>>;

async function rowsOf(tool: Tool, args: string, caller?: 'admin' | 'dev') {
  const { stdout, stderr } = await tool(`who-can -o json ${args}`.trimEnd(), caller);
  return { items: (JSON.parse(stdout) as { items: readonly Row[] }).items, stderr };
}

function setVersion(sandbox: Sandbox, kubeletVersion: string, ...names: readonly string[]): void {
  for (const name of names) {
    const node = sandbox.store.get('nodes', name) as StoredObject & { status: object };
    const status = { ...node.status, nodeInfo: { kubeletVersion } };
    put(sandbox, { ...node, status } as StoredObject);
  }
}

suite('who-can', (test) => {
  const subjects = async (tool: Tool, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await tool(['who-can', '--no-headers', ...args]);
    assert.is(code, 0, stderr);
    const own = ['user:ann', 'user:bob', 'user:carl', 'group:scrapers'];
    return cellsOf(stdout)
      .map(([subject = '']) => subject)
      .filter((subject) => own.includes(subject) || subject.includes(':shop:'));
  };

  test('lists the subjects that reach kubelets, or that can perform a given action', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const agent = 'serviceaccount:shop:agent';
      assert.equal((await subjects(tool)).sort(), [
        'group:scrapers',
        agent,
        'user:ann',
        'user:bob',
      ]);
      // For exec, get is enough: a WebSocket begins with a GET, and kubelets check get for it.
      assert.equal((await subjects(tool, 'exec')).sort(), [agent, 'user:ann']);
      // For metrics, create on nodes/proxy is enough, because kubelets also serve metrics by POST.
      assert.equal((await subjects(tool, 'metrics')).sort(), ['group:scrapers', agent, 'user:ann']);
      assert.equal((await subjects(tool, 'stats')).sort(), [agent, 'user:ann', 'user:bob']);
      assert.equal(await subjects(tool, '--subject', 'user:bob'), ['user:bob']);
      assert.equal(await subjects(tool, '--subject', 'user:carl'), []);
    }));

  for (const minor of [31, 37])
    test(`lists a caller for exactly the calls that 1.${minor} kubelets and the node proxy allow`, () =>
      withSandbox(
        { minor, nodes: ['none'], cacheMs: { denied: 0, allowed: 0 } },
        async (sandbox, tool) => {
          const given = rule('nodes', 'get,list');
          const reads = async (path: string, via: string) => {
            const args = ['curl', path, '--node', 'node-1', '--via', via, '--allow-unsafe'];
            // Real kubelets accept only GET for logs, but kubelets of the sandbox accept every method.
            const more = /log/i.test(path) ? [] : [await tool([...args, '-X', 'POST'], 'dev')];
            const opened = [await tool(args, 'dev'), ...more].map(({ stderr }) => stderr);
            return opened.some((text) => !/Forbidden|with 405|404 page not found/.test(text));
          };
          // kube-apiserver gets all permissions, so that only the permissions of the caller decide.
          bind(
            sandbox,
            'all',
            rule('nodes/proxy,nodes/metrics,nodes/stats,nodes/log,nodes/pods,nodes/configz', '*'),
            user('Kubernetes'),
          );
          for (const verb of sweeps ? ['get', 'create', '*'] : ['get', 'create'])
            for (const resource of ['proxy', 'metrics', 'stats', 'log', 'pods', 'configz']) {
              put(sandbox, role('dev', [given, rule(`nodes/${resource}`, verb)]));
              put(sandbox, binding('dev', 'dev', [user('dev')]));
              for (const [action, paths] of Object.entries({
                logs: ['/containerLogs/a/b/c', '/logs/'],
                metrics: ['/metrics', '/metrics/cadvisor'],
                stats: ['/stats/summary'],
                read: ['/pods', '/configz'],
              })) {
                const may = async (via: string) =>
                  (await Promise.all(paths.map((path) => reads(path, via)))).includes(true);
                const [direct, apiserver] = [await may('direct'), await may('apiserver')];
                const { items } = await rowsOf(tool, `${action} --subject user:dev`);
                const one = direct ? 'direct' : apiserver ? 'apiserver' : undefined;
                const expected = direct && apiserver ? 'both' : one;
                assert.is(items[0]?.['via'], expected, `${verb} nodes/${resource}: ${action}`);
              }
            }
        },
      ));

  test('prints a note on what it does not list, and a note if --subject does not exist', () =>
    withSandbox(async (_, tool) => {
      const { stderr } = await tool(['who-can', 'logs', '--subject', 'user:nobody']);
      assert.is(
        stderr,
        'no subjects found\nnote: no ClusterRoleBinding names user:nobody\nnote: not listed: who can gain access by roles, impersonation, tokens, Secrets, certificates or pods: kubectl kubeletaccess who-can indirect --subject user:nobody\nnote: group:system:masters may do everything, and is not listed\n',
      );
      const account = await tool(['who-can', '--subject', 'serviceaccount:shop:agnet']);
      assert.match(account.stderr, '\nnote: namespace shop has no service account agnet\n');
    }));

  test('says why a role comes near to the action, and which subjects have a similar name', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role('odd', [rule('nodes/*', '*')]), binding('odd', 'odd', [user('dana')]));
      put(sandbox, {
        ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
        metadata: { name: 'prom', namespace: 'mon' },
      });
      const firstNotes = async (subject: string) => {
        const { code, stderr } = await tool(['who-can', 'exec', '--subject', subject]);
        assert.is(code, 0, stderr);
        return stderr
          .split('\n')
          .filter((line) => !/^note: (?:not listed|group:system)/.test(line));
      };
      assert.equal(await firstNotes('user:dana'), [
        'no subjects found',
        'note: ClusterRole odd: User "dana" has it through ClusterRoleBinding odd, but it allows get on nodes/*, which matches nothing: RBAC has no such wildcard; use nodes/proxy.',
        'note: kubectl exec needs create on pods/exec in the namespace of the pod: kubectl auth can-i create pods/exec -n NAMESPACE --as dana',
        '',
      ]);
      assert.is(
        (await firstNotes('user:dnaa'))[1],
        'note: no ClusterRoleBinding names user:dnaa; did you mean: user:dana?',
      );
      assert.is(
        (await firstNotes('group:dana'))[1],
        'note: no ClusterRoleBinding names group:dana; did you mean: user:dana?',
      );
      assert.is(
        (await firstNotes('mon/prm'))[1],
        'note: namespace mon has no service account prm; did you mean: serviceaccount:mon:prom?',
      );
      put(
        sandbox,
        role('logs', [rule('nodes/log')]),
        roleBinding('mon', 'logs', { name: 'logs' }, [user('lee')]),
      );
      const lee = await tool('who-can logs --subject user:lee');
      assert.match(lee.stderr, /^note: RoleBinding mon\/logs: .* namespace/m);
      const { code, stderr } = await tool('who-can execute');
      assert.is(code, 2);
      assert.match(stderr, /hint: did you mean: exec\?\nhint: exec: run commands; /);
    }));

  test('recognizes an agent by its service account, and prints its needs', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      bind(sandbox, 'datadog', rule('nodes/proxy'), account('datadog', 'agents'));
      bind(sandbox, 'scrapes', rule('nodes/proxy'), account('metrics-server', 'kube-system'));
      bind(sandbox, 'mine', rule('nodes/proxy'), account('mine', 'agents'));
      const { items, stderr } = await rowsOf(tool, 'exec');
      const assumed =
        'note: what agents need, and so what can be reduced, are of kubelets since 1.33 with KubeletFineGrainedAuthz on, its default';
      assert.match(stderr, assumed);
      assert.not.match((await tool(['who-can', 'exec'])).stderr, assumed);
      const one = ['--subject', 'serviceaccount:kube-system:metrics-server', '-o', 'wide'];
      assert.not.match((await tool(['who-can', ...one])).stderr, assumed);
      const known = items.map(({ subject, agent, requirement }) => [subject, agent, requirement]);
      assert.equal(
        known.filter(([subject]) => /metrics-server|:mine/.test(subject ?? '')),
        [
          ['serviceaccount:agents:mine', undefined, undefined],
          [
            'serviceaccount:kube-system:metrics-server',
            'metrics-server',
            // Without a pod, the version of metrics-server is unknown and may be before 0.6.
            'get nodes/metrics, and with some options or versions get nodes/stats',
          ],
        ],
      );
    }));

  test('recognizes agents by their pods, and lists pods only once if the API server denies the list', () =>
    withSandbox(async (sandbox, tool) => {
      const pod = (name: string, image: string) => ({
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'own' } },
        spec: { serviceAccountName: name.split('-')[0], containers: [{ name: 'main', image }] },
      });
      for (const name of ['one', 'two', 'both', 'none'])
        bind(sandbox, name, rule('nodes/proxy'), account(name, 'own'));
      const promtail = 'grafana/promtail:3';
      put(sandbox, pod('one-1', promtail), pod('one-2', promtail), pod('two-1', promtail));
      put(sandbox, pod('two-2', 'example/shell'), pod('both-1', promtail));
      put(sandbox, pod('both-2', 'gcr.io/datadoghq/agent:7'));
      const shown = async (caller: 'admin' | 'dev') => {
        const { requests } = sandbox.apiServer;
        const from = requests.length;
        const { items } = await rowsOf(tool, '', caller);
        return {
          agents: items
            .filter(({ subject }) => subject?.startsWith('serviceaccount:own:'))
            .map(({ clusterRole, agent, reducible }) => [clusterRole, agent, reducible]),
          lists: requests.slice(from).filter(({ line }) => line.includes('/pods')).length,
        };
      };
      const unknown = ['both', 'none', 'one', 'two'].map((name) => [name, undefined, 'unknown']);
      assert.equal(await shown('admin'), {
        agents: unknown.with(2, ['one', 'Promtail', 'yes']),
        lists: 4,
      });
      put(
        sandbox,
        role('rbac', [rbacRule('clusterroles,clusterrolebindings', 'list')]),
        binding('rbac', 'rbac', [user('dev')]),
      );
      assert.equal(await shown('dev'), { agents: unknown, lists: 1 });
    }));

  test('prints what agents need on kubelets of the versions in the cluster', () =>
    withSandbox(async (sandbox, tool) => {
      bind(sandbox, 'logs', rule('nodes/proxy'), account('dynatrace-logmonitoring', 'dynatrace'));
      const shown = async () => {
        const { items, stderr } = await rowsOf(tool, 'exec');
        const { requirement, reducible } =
          items.find(({ clusterRole }) => clusterRole === 'logs') ?? {};
        return [requirement, reducible, stderr.split('\n').slice(0, -3)] as const;
      };
      assert.equal(await shown(), ['get nodes/pods', 'yes', []]);
      setVersion(sandbox, 'v1.31.14', 'node-2');
      const older = (nodes: string) =>
        `note: kubelets before 1.33 check nodes/proxy in place of finer permissions: ${nodes}`;
      assert.equal(await shown(), ['get nodes/pods, get nodes/proxy', 'no', [older('node-2')]]);
      setVersion(sandbox, 'v1.34.0', 'node-1', 'node-2');
      assert.equal(await shown(), [
        'get nodes/pods',
        'yes',
        [
          'note: what agents need is for KubeletFineGrainedAuthz as it is by default in the versions of the kubelets: narrow asks them',
        ],
      ]);
      setVersion(sandbox, 'main', 'node-1');
      const [requirement, reducible, [unknown]] = await shown();
      assert.equal([requirement, reducible], ['get nodes/pods', 'yes']);
      assert.match(String(unknown), 'are of kubelets since 1.33 with KubeletFineGrainedAuthz on');
      // Without an agent, who-can does not read nodes.
      sandbox.store.delete('clusterroles', 'logs');
      const { requests } = sandbox.apiServer;
      const from = requests.length;
      await tool(['who-can']);
      assert.not.ok(requests.slice(from).some(({ line }) => line.includes('/nodes')));
    }));

  test('leaves out permissions that no kubelet of the cluster checks', () =>
    withSandbox(async (sandbox, tool) => {
      bind(sandbox, 'finer', rule('nodes/pods'), user('ann'));
      bind(sandbox, 'mixed', rule('nodes/pods,nodes/metrics'), user('bob'));
      const shown = async (kubeletVersion: string, action = '') => {
        setVersion(sandbox, kubeletVersion, 'node-1', 'node-2');
        const { items, stderr } = await rowsOf(tool, action);
        const own = items.filter(({ subject = '' }) => /^user:(?:ann|bob)$/.test(subject));
        return [own.map(({ subject, strength }) => `${subject} ${strength}`), stderr] as const;
      };
      const both = ['user:ann read', 'user:bob read'];
      // Kubelets of 1.32 check finer permissions if their feature gate is on.
      for (const version of ['v1.37.2', 'v1.32.4', 'main']) {
        const [all, stderr] = await shown(version);
        assert.equal(all, both);
        assert.not.match(stderr, 'not listed, as');
        assert.equal((await shown(version, 'read'))[0], both);
      }
      const [older, stderr] = await shown('v1.31.14');
      assert.equal(older, ['user:bob metrics']);
      assert.match(
        stderr,
        'note: not listed, as kubelets before 1.33 do not check what they allow: finer\n',
      );
      assert.equal((await shown('v1.31.14', 'read'))[0], []);
    }));

  test('marks the roles that narrow can reduce, and narrow then reduces such a role', () =>
    withSandbox({ nodes: [] }, async (sandbox, tool) => {
      bind(sandbox, 'logs', rule('nodes/proxy'), account('dynatrace-logmonitoring', 'dynatrace'));
      const { items } = await rowsOf(tool, '');
      const command =
        'kubectl kubeletaccess narrow --subject serviceaccount:dynatrace:dynatrace-logmonitoring';
      const { reducible, reason } = items.find(({ clusterRole }) => clusterRole === 'logs') ?? {};
      assert.equal([reducible, reason], ['yes', command]);
      for (const { defaultBinding, reducible: reduced } of items)
        if (defaultBinding) assert.is(reduced, 'no');
      const narrowed = await tool(command.split(' ').slice(2));
      assert.is(narrowed.code, 0, narrowed.stderr);
      assert.match(narrowed.stdout, /^nodes\/proxy get +replace +nodes\/pods get/m);
    }));

  test('prints the nodes of a rule, the binding and its role', () =>
    withSandbox(async (sandbox, tool) => {
      fill(sandbox);
      const args = ['who-can', '--subject', 'user:bob'];
      const [head, bob] = cellsOf((await tool(args)).stdout);
      assert.equal(head, ['SUBJECT', 'CAN', 'THROUGH', 'ROLE', 'NODES', 'VIA', 'CAN BE REDUCED']);
      assert.equal(
        [bob?.[0], ...(bob ?? []).slice(2)],
        ['user:bob', 'one-node', 'one-node', 'node-1', 'direct', 'unknown'],
      );
      const list = JSON.parse((await tool([...args, '-o', 'json'])).stdout);
      assert.equal(schemaErrors('docs/schemas/KubeletSubjectList.schema.json', list), []);
      assert.is(list.items[0].nodeNames[0], 'node-1');
    }));
});
