import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type { AgentReport } from '../../../src/commands/check/report.ts';
import { createAuthority } from '../../kit/certificates.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { installMetricsServer as install } from '../../kit/metrics-server.ts';
import { account, binding, put, role, rule, serviceAccount } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredObject } from '../../sandbox/store.ts';

const user = 'system:serviceaccount:kube-system:metrics-server';
const mayRead = [rule('nodes/metrics')];
const check = ['check', 'metrics-server'];
const labels = { 'k8s-app': 'metrics-server' };

const finer = [rule('nodes/pods,nodes/healthz,nodes/configz,nodes/stats,nodes/metrics')];

/** Makes a ready pod. `account` is the NAMESPACE/NAME of its service account, `of` are its labels. */
function pod(
  name: string,
  account: string,
  container: object,
  of?: Record<string, string>,
  volumes?: object[],
) {
  const [namespace = '', serviceAccountName = ''] = account.split('/');
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, ...(of && { labels: of }) } },
    spec: { serviceAccountName, nodeName: 'node-1', containers: [container], volumes },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** Installs the agent of Datadog's chart, which reads /pods. */
function installDatadog(sandbox: Sandbox, env: readonly object[] = []): void {
  const container = { name: 'agent', image: 'gcr.io/datadoghq/agent:7', env };
  put(
    sandbox,
    serviceAccount('datadog-agent', 'agents'),
    pod('datadog-agent', 'agents/datadog-agent', container),
  );
}

const ofPrometheus = { 'app.kubernetes.io/name': 'prometheus' };

concurrentSuite('check', (test) => {
  test("sends requests as the agent's service account, and reports ok", () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox);
      allow(sandbox, user, mayRead);
      const { code, stdout, stderr } = await tool(check);
      assert.equal([code, stderr], [0, ''], stdout);
      assert.is(
        stdout,
        `AGENT            SERVICE ACCOUNT              PODS READY   VERDICT
metrics-server   kube-system/metrics-server   1 of 1       ok

REQUEST                 VIA      NODES            RESULT
GET /metrics/resource   direct   node-1, node-2   ok

* note: certificates verify by InternalIP, Hostname or the node name on all 2 nodes: metrics-server verifies with --kubelet-preferred-address-types=InternalIP (in place of --kubelet-insecure-tls)
`,
      );
      for (const kubelet of sandbox.kubelets)
        assert.ok(kubelet.requests.includes('GET /metrics/resource'));
    }));

  test('names the denied request, and the command that allows only this request', () =>
    withSandbox({ cacheMs: { denied: 1, allowed: 1 } }, async (sandbox, tool) => {
      install(sandbox);
      const { code, stdout } = await tool(check);
      assert.is(code, 3);
      for (const words of [
        /metrics-server +kube-system\/metrics-server +1 of 1 +denied\n/,
        /GET \/metrics\/resource +direct +node-1, node-2 +denied\n/,
        /\* metrics-server is denied GET \/metrics\/resource\n/,
        `Forbidden (user=${user}, verb=get, resource=nodes, subresource(s)=[metrics])`,
        'kubectl kubeletaccess grant --profile metrics --subject serviceaccount:kube-system:metrics-server\n',
      ])
        assert.match(stdout, words);
      assert.not.match(stdout, '--allow-exec');
      const run = /kubectl (kubeletaccess grant --profile metrics .*)/.exec(stdout)?.[1] ?? '';
      assert.is((await tool(run.split(' ').slice(1))).code, 0);
      // Wait until kubelets no longer cache the denial.
      await sleep(10);
      assert.is((await tool(check)).code, 0);
    }));

  test('reviews access and calls no unverified kubelet if the agent has --kubelet-insecure-tls', () =>
    withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (sandbox, tool) => {
      install(sandbox, { args: ['--kubelet-insecure-tls'] });
      const denied = await tool(check);
      assert.is(denied.code, 3, denied.stdout);
      assert.match(denied.stdout, 'kubectl kubeletaccess grant --profile metrics --subject');
      assert.not.match(denied.stdout, 'nodes/proxy');
      allow(sandbox, user, mayRead);
      const { code, stdout } = await tool(check);
      assert.is(code, 0, stdout);
      for (const words of [
        /GET \/metrics\/resource +direct +node-1, node-2 +allowed by RBAC \([a-z -]+\)\n/,
        '* note: metrics-server does not verify kubelets (--kubelet-insecure-tls)',
      ])
        assert.match(stdout, words);
      assert.equal(
        sandbox.kubelets.flatMap(({ requests }) => requests),
        [],
      );
    }));

  test('checks the service account of most pods, and names the other accounts', () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox);
      allow(sandbox, user, mayRead);
      for (const name of ['metrics-server', 'old'])
        put(sandbox, pod(`${name}-2`, `kube-system/${name}`, { name: 'a', image: 'a' }, labels));
      const { code, stdout } = await tool(check);
      assert.is(code, 0, stdout);
      assert.match(stdout, /metrics-server +kube-system\/metrics-server +2 of 2 +ok\n/);
      assert.match(
        stdout,
        '* note: other pods of metrics-server run as serviceaccount:kube-system:old, which was not checked\n',
      );
    }));

  test('needs the service account of an agent that has no labels by which to find its pods', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool(['check', 'cAdvisor']);
      assert.equal(
        [code, stdout, stderr],
        [
          1,
          '',
          'error: pods of cAdvisor cannot be found: it has no labels or names of its own\nhint: name its service account: kubectl kubeletaccess check serviceaccount:NAMESPACE:NAME\n',
        ],
      );
    }));

  test('names kubelets that check only nodes/proxy because their feature gate is off', () =>
    withSandbox({ minor: 34, nodes: ['none', 'no-finer-permissions'] }, async (sandbox, tool) => {
      installDatadog(sandbox);
      allow(sandbox, 'system:serviceaccount:agents:datadog-agent', finer);
      const { code, stdout } = await tool(['check', 'Datadog Agent']);
      assert.is(code, 3, stdout);
      assert.match(stdout, /GET \/pods +direct +node-1 +ok\n/);
      assert.match(stdout, /GET \/pods +direct +node-2 +denied\n/);
      assert.match(
        stdout,
        /feature gate KubeletFineGrainedAuthz is off: the kubelet asks for nodes\/proxy alone, as up to 1\.32\n/,
      );
      assert.match(stdout, 'set feature gate KubeletFineGrainedAuthz of the kubelet to true');
      assert.not.match(stdout, 'fineGrainedAuthorization=true');
    }));

  test('reviews the permission that an unverified kubelet checks according to its feature gate', () =>
    withSandbox(
      {
        ...{ minor: 34, verifyKubelets: false },
        nodes: [
          ['self-signed', 'no-finer-permissions'],
          ['self-signed', 'none'],
        ],
      },
      async (sandbox, tool) => {
        installDatadog(sandbox);
        allow(sandbox, 'system:serviceaccount:agents:datadog-agent', finer);
        allow(sandbox, 'Kubernetes', [rule('nodes/proxy', '*')]);
        const { stdout } = await tool(['check', 'Datadog Agent']);
        assert.match(stdout, /GET \/pods +direct +node-1 +denied by RBAC/);
        assert.match(stdout, /GET \/pods +direct +node-2 +allowed by RBAC/);
        // Several requests that fail for the same cause make only one finding.
        assert.is(stdout.split('; whether Datadog Agent verifies kubelets').length, 2);
        assert.match(
          stdout,
          / {2}KubeletFineGrainedAuthz is off: nodes\/proxy is all that kubelets check for \/pods there: node-1\n/,
        );
      },
    ));

  test("reads the agent's settings from environment variables", () =>
    withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (sandbox, tool) => {
      const host = { name: 'DD_KUBERNETES_KUBELET_HOST' };
      const shown = async (env: readonly object[]) => {
        installDatadog(sandbox, env);
        return (await tool(['check', 'datadog agent'])).stdout;
      };
      allow(sandbox, 'system:serviceaccount:agents:datadog-agent', finer);
      const off = await shown([
        { name: 'DD_KUBELET_TLS_VERIFY', value: 'false' },
        { name: 'DD_EKS_FARGATE', value: 'true' },
        { ...host, valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      ]);
      assert.match(
        off,
        '* note: Datadog Agent does not verify kubelets (DD_KUBELET_TLS_VERIFY=false), and these kubelets cannot be verified',
      );
      assert.match(off, /GET \/pods +apiserver +node-1, node-2 +denied\n/);
      assert.not.match(off, 'are unknown');
      const on = await shown([
        { name: 'DD_KUBELET_TLS_VERIFY', value: 'true' },
        { ...host, value: '10.1.2.3' },
        { name: 'DD_KUBERNETES_HTTPS_KUBELET_PORT', value: '1' },
        { name: 'DD_KUBELET_CLIENT_CA', value: '/etc/ca.pem' },
      ]);
      assert.match(
        on,
        'Datadog Agent verifies kubelets with /etc/ca.pem (DD_KUBELET_CLIENT_CA) of its image, which was not read: ',
      );
      assert.match(on, '127.0.0.1:1: connection refused');
      assert.match(on, /Datadog Agent +agents\/datadog-agent +1 of 1 +unreachable\n/);
      assert.not.match(on, ' apiserver ');
      assert.match(
        on,
        'Datadog Agent calls 10.1.2.3 (environment variable DD_KUBERNETES_KUBELET_HOST); kubelets were called at the addresses of their nodes\n',
      );
      const elsewhere = await shown([
        { name: 'DD_KUBELET_TLS_VERIFY', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
      ]);
      assert.match(elsewhere, 'is in environment variable DD_KUBELET_TLS_VERIFY\n');
      assert.match(
        elsewhere,
        'the values of environment variables of Datadog Agent are unknown: DD_KUBELET_TLS_VERIFY (a Secret or ConfigMap)\n',
      );
    }));

  test('reports that a kubelet cannot be verified, and that it would deny the request', () =>
    withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (sandbox, tool) => {
      install(sandbox);
      const { code, stdout } = await tool(check);
      assert.is(code, 3, stdout);
      for (const words of [
        /^\* metrics-server would be denied GET \/metrics\/resource\n {2}by an access review: get on nodes\/metrics\n/m,
        /^\* cannot reach the kubelet of node-1 at \S+: its certificate is .*\n {2}why: .*\n {2}remedy: .*; --kubelet-insecure-tls switches its verification off\n/m,
      ])
        assert.match(stdout, words);
      // The remedy must not name these options, because only this program has them.
      assert.not.match(stdout, /--kubelet-fingerprint|--via apiserver/);
    }));

  test('has the verdict `unknown` if this check cannot read whether the agent verifies kubelets', () =>
    withSandbox({ nodes: ['none', 'self-signed'] }, async (sandbox, tool) => {
      put(
        sandbox,
        serviceAccount('prom', 'mon'),
        pod('prom-0', 'mon/prom', { image: 'quay.io/prometheus/prometheus:v3' }, ofPrometheus),
      );
      allow(sandbox, 'system:serviceaccount:mon:prom', mayRead);
      const { code, stdout } = await tool(['check', 'prometheus']);
      assert.is(code, 1, stdout);
      assert.match(stdout, /Prometheus +mon\/prom +1 of 1 +unknown\n/);
      assert.match(stdout, '; whether Prometheus verifies kubelets is in its configuration\n');
    }));

  test("verifies kubelets with the agent's CA if it is in a ConfigMap", () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, user, mayRead);
      const ca = { configMap: { name: 'kubelet-ca' } };
      const args = ['--kubelet-certificate-authority=/ca/ca.crt'];
      install(sandbox, { args, ca });
      const shown = async (data: Record<string, string>, ...more: readonly string[]) => {
        put(sandbox, {
          ...{ apiVersion: 'v1', kind: 'ConfigMap', data },
          metadata: { name: 'kubelet-ca', namespace: 'kube-system' },
        });
        return tool([...check, ...more]);
      };
      const good = await shown({ 'ca.crt': sandbox.authority.cert });
      assert.equal([good.code, good.stderr], [0, ''], good.stdout);
      assert.match(
        good.stdout,
        /^\* note: certificates verify by .*: metrics-server verifies with --kubelet-certificate-authority=\/ca\/ca\.crt --kubelet-preferred-address-types=InternalIP \(in place of --kubelet-insecure-tls\)$/m,
      );
      assert.is(good.stdout.split('*').length, 2);
      const other = await shown({ 'ca.crt': (await createAuthority('other')).cert });
      assert.is(other.code, 4, other.stdout);
      assert.match(other.stdout, /1 of 1 +unreachable\n/);
      assert.match(
        other.stdout,
        "\n  verified with the agent's own CA: ConfigMap kubelet-ca (--kubelet-certificate-authority /ca/ca.crt)\n",
      );
      // Options of this program take precedence over the CA of the agent.
      const file = join(sandbox.directory, 'given.crt');
      writeFileSync(file, sandbox.authority.cert);
      const given = await tool([...check, '--kubelet-certificate-authority', file]);
      assert.is(given.code, 0, given.stdout);
      assert.match(
        given.stdout,
        '* note: metrics-server verifies kubelets with /ca/ca.crt (--kubelet-certificate-authority), and they were verified here as options say\n',
      );
      const empty = await shown({});
      assert.is(empty.code, 0, empty.stdout);
      assert.match(
        empty.stdout,
        /^\* warning: metrics-server verifies kubelets with \/ca\/ca\.crt \(--kubelet-certificate-authority\) of ConfigMap kubelet-ca, which was not read: .*\n {2}it has no key ca\.crt\n/m,
      );
    }));

  test("warns that the agent's CA cannot be read, so that the agent may get other results", () =>
    withSandbox({ nodes: ['none', 'self-signed'] }, async (sandbox, tool) => {
      allow(sandbox, user, mayRead);
      const path = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
      install(sandbox, { args: ['--kubelet-certificate-authority', path] });
      const usual = await tool(check);
      assert.is(usual.code, 4, usual.stdout);
      assert.not.match(usual.stdout, 'metrics-server verifies kubelets with');
      const args = ['--kubelet-certificate-authority=/ca/ca.crt'];
      install(sandbox, { args, ca: { secret: { secretName: 'kubelet-ca' } } });
      const { code, stdout } = await tool(check);
      assert.is(code, 1, stdout);
      assert.match(stdout, /1 of 1 +unknown\n/);
      assert.match(
        stdout,
        `* warning: metrics-server verifies kubelets with /ca/ca.crt (--kubelet-certificate-authority) of Secret kubelet-ca, which was not read: they were verified with the CA of the cluster here, and for metrics-server their certificates may be good or bad
  remedy: copy that file, and run this again with --kubelet-certificate-authority FILE
`,
      );
      assert.match(stdout, /^\* warning: cannot reach the kubelet of node-2 /m);
      install(sandbox, { args: [...args, '--kubelet-insecure-tls'] });
      assert.not.match((await tool(check)).stdout, 'metrics-server verifies kubelets with');
    }));

  test('verifies kubelets like the jobs of Prometheus, if their configuration is in a ConfigMap', () =>
    withSandbox({ nodes: ['none', 'self-signed'] }, async (sandbox, tool) => {
      allow(sandbox, 'system:serviceaccount:mon:prom', mayRead);
      const shown = async (tls: string) => {
        const jobs = `scrape_configs: [{scheme: https, kubernetes_sd_configs: [{role: node}], tls_config: {${tls}}}]`;
        put(
          sandbox,
          serviceAccount('prom', 'mon'),
          {
            ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'p.yml': jobs } },
            metadata: { name: 'prom', namespace: 'mon' },
          },
          pod(
            'prom-0',
            'mon/prom',
            {
              image: 'quay.io/prometheus/prometheus:v3',
              args: ['--config.file=/etc/p.yml'],
              volumeMounts: [
                { name: 'c', mountPath: '/etc/' },
                { name: 's', mountPath: '/ca' },
              ],
            },
            ofPrometheus,
            [
              { name: 'c', configMap: { name: 'prom' } },
              { name: 's', secret: { secretName: 'kubelet-ca' } },
            ],
          ),
        );
        return tool(['check', 'prometheus']);
      };
      const trusting = await shown('insecure_skip_verify: true');
      assert.is(trusting.code, 0, trusting.stdout);
      assert.match(trusting.stdout, '(insecure_skip_verify in /etc/p.yml)');
      const other = await shown('ca_file: /ca/ca.crt');
      assert.is(other.code, 1, other.stdout);
      assert.match(
        other.stdout,
        '* warning: Prometheus verifies kubelets with /ca/ca.crt (ca_file in /etc/p.yml) of Secret kubelet-ca, which was not read',
      );
      assert.match((await shown('"')).stdout, 'is in its configuration\n');
    }));

  test("uses the agent's port and address types", () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox, {
        args: ['--kubelet-preferred-address-types=ExternalDNS', '--kubelet-port=1'],
      });
      allow(sandbox, user, mayRead);
      const { code, stdout } = await tool(check);
      assert.is(code, 4, stdout);
      assert.match(stdout, 'ExternalDNS');
      const own = ['--kubelet-preferred-address-types', 'InternalIP'];
      assert.match((await tool([...check, ...own])).stdout, /127\.0\.0\.1:1\b/);
    }));

  for (const [title, installed, code, words, nodes] of [
    [
      'reports a kubelet that the agent cannot verify as unreachable',
      {},
      4,
      /1 of 1 +unreachable \(1 of 2 nodes\)\n[\s\S]*\n {2}on node-2\n/,
      ['none', 'self-signed'],
    ],
    [
      'says why kubectl top shows nothing: the pod of metrics-server is not ready',
      { ready: false },
      3,
      /\* 1 of 1 pods of metrics-server are not ready: metrics-server-1\n {2}run: kubectl describe pod -n kube-system metrics-server-1\n/,
    ],
    [
      'says why kubectl top shows nothing: the metrics API is not available',
      { available: false },
      3,
      /\* kubectl top does not work: APIService v1beta1\.metrics\.k8s\.io is not available\n {2}MissingEndpoints: endpoints for service\/metrics-server in "kube-system" have no addresses\n/,
    ],
    [
      'says why kubectl top shows nothing: metrics-server has no metrics of a node',
      { nodes: ['node-1'] },
      0,
      /\* warning: no metrics of 1 node in kubectl top\n {2}on node-2\n/,
    ],
    [
      'reads metrics.k8s.io/v1 of a metrics-server without v1beta1',
      { nodes: ['node-1'], version: 'v1' },
      0,
      /\* warning: no metrics of 1 node in kubectl top\n {2}on node-2\n/,
    ],
    [
      'says why kubectl top shows nothing: metrics.k8s.io/v1 is not available',
      { available: false, version: 'v1' },
      3,
      /APIService v1\.metrics\.k8s\.io is not available\n {2}MissingEndpoints/,
    ],
    [
      'says why kubectl top shows nothing: metrics-server has just started',
      { nodes: [], ageMs: 5000 },
      0,
      /\* note: no metrics of 2 nodes in kubectl top: metrics-server started \d+ s ago, and needs two readings\n/,
    ],
  ] as const)
    test(title, () =>
      withSandbox({ nodes: nodes ?? ['none', 'none'] }, async (sandbox, tool) => {
        install(sandbox, installed);
        allow(sandbox, user, mayRead);
        const result = await tool(check);
        assert.is(result.code, code, result.stdout);
        assert.match(result.stdout, words);
      }),
    );

  test('says that the cluster has no APIService, and what brings it', () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox);
      allow(sandbox, user, mayRead);
      sandbox.store.delete('apiservices', 'v1beta1.metrics.k8s.io');
      const { code, stdout } = await tool(check);
      assert.is(code, 3, stdout);
      assert.match(
        stdout,
        /\* kubectl top does not work: the cluster has no APIService v1beta1\.metrics\.k8s\.io\n {2}remedy: apply the whole manifest of metrics-server: it has this APIService\n {2}run: kubectl get apiservices\n/,
      );
    }));

  test('names one missing permission once, with every request that needs it', () =>
    withSandbox(async (sandbox, tool) => {
      put(
        sandbox,
        serviceAccount('prom', 'mon'),
        pod('prom-0', 'mon/prom', { image: 'quay.io/prometheus/prometheus:v3' }, ofPrometheus),
      );
      const { stdout } = await tool(['check', 'prometheus']);
      assert.match(stdout, /^\* Prometheus is denied GET \/metrics and GET \/metrics\/cadvisor\n/m);
      assert.is(stdout.split('kubeletaccess grant').length, 2, stdout);
    }));

  test('names the labels and accounts that were searched if no pod of the agent exists', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout } = await tool(check);
      assert.is(code, 3);
      assert.match(
        stdout,
        /\* no pod of metrics-server was found\n {2}looked for: -l app\.kubernetes\.io\/name=metrics-server, -l k8s-app=metrics-server, service account metrics-server\n/,
      );
    }));

  test('finds the agent by the pods of a service account or, without pods, by its name', () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox);
      allow(sandbox, user, mayRead);
      const byAgent = await tool(check);
      assert.is(byAgent.code, 0);
      for (const name of [user.replace('system:', ''), user, 'kube-system/metrics-server'])
        assert.equal(await tool(['check', name]), byAgent);
      const absent = await tool(['check', 'mon/metrics-server']);
      assert.is(absent.code, 3);
      assert.match(
        absent.stdout,
        /^\* no pod of metrics-server was found\n {2}looked for: service account mon\/metrics-server\n {2}namespace mon has no service account metrics-server\n {2}remedy: .*\n {2}run: kubectl kubeletaccess check metrics-server\n/m,
      );
    }));

  test('checks the agent that most pods of the account run', () =>
    withSandbox({ cacheMs: { denied: 1, allowed: 1 } }, async (sandbox, tool) => {
      put(sandbox, serviceAccount('mine', 'agents'));
      for (const [name, image] of [
        ['a', 'grafana/promtail:3'],
        ['b', 'registry.example/own/shell:1'],
        ['c', 'gcr.io/datadoghq/agent:7'],
        ['d', 'gcr.io/datadoghq/agent:7'],
      ] as const)
        put(sandbox, { ...pod(name, 'agents/mine', { name: 'main', image }), status: {} });
      const mine = 'check agents/mine';
      const { code, stdout } = await tool(mine);
      assert.is(code, 3);
      assert.match(stdout, /^Datadog Agent +agents\/mine +0 of 4 +denied\n/m);
      for (const name of ['a', 'c', 'd']) sandbox.store.delete('pods', `agents/${name}`);
      const unknown = await tool(mine);
      assert.is(unknown.code, 2);
      assert.match(
        unknown.stderr,
        `error: serviceaccount:agents:mine is the service account of no known agent
its pods run registry.example/own/shell:1
hint: say what it runs: kubectl kubeletaccess check serviceaccount:agents:mine --agent prometheus
hint: or which requests it sends: kubectl kubeletaccess check serviceaccount:agents:mine --profile metrics
`,
      );
      const nobody = await tool('check agents/nobody');
      assert.match(
        nobody.stderr,
        'no pod runs as it, and no known agent has its name or its role\n',
      );
    }));

  test('sends without pods the requests of a profile or an agent that is named', () =>
    withSandbox({ cacheMs: { denied: 1, allowed: 1 } }, async (sandbox, tool) => {
      put(sandbox, serviceAccount('agent', 'mon'));
      const proof = 'check serviceaccount:mon:agent --profile metrics';
      const denied = await tool(proof);
      assert.is(denied.code, 3);
      assert.match(denied.stdout, /^GET \/metrics\/probes +direct +node-1, node-2 +denied$/m);
      const grant = /kubectl (kubeletaccess grant .*)/.exec(denied.stdout)?.[1] ?? '';
      assert.is(grant, 'kubeletaccess grant --profile metrics --subject serviceaccount:mon:agent');
      assert.is((await tool(grant.split(' ').slice(1))).code, 0);
      await sleep(10);
      const proved = await tool(proof);
      assert.equal([proved.code, proved.stderr], [0, ''], proved.stdout);
      assert.match(proved.stdout, /^serviceaccount:mon:agent +mon\/agent +0 of 0 +ok$/m);
      assert.match(proved.stdout, '* note: no pod runs as mon/agent: ');
      const agent = await tool('check mon/agent --agent metrics-server');
      assert.match(agent.stdout, /^metrics-server +mon\/agent /m);
      assert.match(agent.stdout, /^GET \/metrics\/resource +direct +node-1, node-2 +ok$/m);
      const absent = await tool('check mon/nobody --profile metrics');
      assert.is(absent.code, 1);
      assert.match(absent.stderr, 'serviceaccounts "nobody" not found\n');
    }));

  test('proves the access of a profile by reviews where kubelets cannot be verified', () =>
    withSandbox({ nodes: ['self-signed', 'self-signed'] }, async (sandbox, tool) => {
      put(sandbox, serviceAccount('agent', 'mon'));
      const proof = 'check mon/agent --profile metrics';
      assert.is((await tool(proof)).code, 3);
      await tool('grant --profile metrics --subject mon/agent');
      const { code, stdout } = await tool(proof);
      assert.is(code, 0, stdout);
      assert.match(stdout, /^GET \/metrics\/probes +direct +node-1, node-2 +allowed by RBAC /m);
      assert.match(
        stdout,
        '* note: these kubelets cannot be verified: a token is never sent to them from here, so the API server was asked\n',
      );
    }));

  test('recognizes an agent by the role of its account, as who-can does', () =>
    withSandbox(async (sandbox, tool) => {
      const own = account('mine', 'agents');
      put(
        sandbox,
        serviceAccount('mine', 'agents'),
        role('my-promtail', [rule('nodes/proxy')]),
        binding('any', 'my-promtail', [own]),
      );
      const { stdout } = await tool('who-can --subject agents/mine -o json');
      assert.is(JSON.parse(stdout).items[0].agent, 'Promtail');
      assert.match((await tool('check agents/mine')).stdout, '* no pod of Promtail was found\n');
    }));

  test('prints a report that fits its schema', () =>
    withSandbox(async (sandbox, tool) => {
      install(sandbox);
      const waiting = sandbox.store.get('pods', 'kube-system/metrics-server-1') as StoredObject;
      put(sandbox, {
        ...waiting,
        metadata: { ...waiting.metadata, name: 'metrics-server-2' },
        status: {},
      });
      const { stdout } = await tool([...check, '-o', 'json']);
      const report = JSON.parse(stdout) as AgentReport;
      assert.equal(schemaErrors('docs/schemas/KubeletAgentReport.schema.json', report), []);
      assert.equal(
        [report.verdict, report.requests.map(({ result }) => result)],
        ['denied', ['denied', 'denied']],
      );
      const template = await tool([...check, '-o', 'jsonpath={.verdict}']);
      assert.is(template.stdout, 'denied');
    }));

  test('sends requests to a few of many nodes, but to all named nodes', () =>
    withSandbox(
      { nodes: Array.from({ length: 9 }, () => 'none' as const) },
      async (sandbox, tool) => {
        install(sandbox);
        allow(sandbox, user, mayRead);
        const nodesOf = async (more: readonly string[]) => {
          const { stdout } = await tool([...check, '-o', 'json', ...more]);
          return (JSON.parse(stdout) as AgentReport).requests.map(({ node }) => node);
        };
        assert.equal(await nodesOf([]), ['node-1', 'node-3', 'node-5', 'node-7', 'node-9']);
        assert.equal(await nodesOf(['node-2', 'node-4']), ['node-2', 'node-4']);
      },
    ));
});
