import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { dist, root } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { runProcess } from '../kit/tool.ts';
import { waitFor } from '../kit/wait-for.ts';
import { closedPort, listen } from '../sandbox/listen.ts';
import { nodeObject } from '../sandbox/node-object.ts';
import { type AdminApi, adminApi } from './admin-api.ts';
import { withControllers } from './controllers.ts';
import { currentCluster } from './current.ts';
import { busyboxImage } from './image.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { findProcesses, signalProcess } from './processes.ts';
import { type InCluster, importProgramImage, programImage, withAccess } from './program-image.ts';
import type { RealCluster } from './real-cluster.ts';
import { minorNumber } from './versions.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const kubectl = kubectlOf(cluster, dist);
const api = adminApi(cluster);
const page = readFileSync(join(root, 'docs/in-the-cluster.md'), 'utf8');
const namespace = 'kubelet-fleet';
/** Each alias is another node at the address of a real one, so that two kubelets serve a fleet. */
const aliases = Array.from({ length: 10 }, (_, index) => `alias-${index + 1}`);

function step(number: number): string {
  const [, rest = ''] = page.split(`\n${number}. `);
  const [, commands] = /```sh\n([\s\S]*?)```/.exec(rest) ?? [];
  if (commands === undefined) throw new Error(`the page has no step ${number}`);
  return commands;
}

suite(`${cluster.version}: the image of a release`, (test) => {
  test('calls a kubelet from a pod that may do nothing else', async () => {
    await importProgramImage(cluster);
    assert.is((await kubectl(['kubeletaccess', 'grant'])).code, 0);
    const subject = ['--profile', 'stats', '--subject', 'serviceaccount:default:reader'];
    const grant = ['kubeletaccess', 'grant', ...subject, '--ignore-not-found'];
    assert.is((await kubectl(grant)).code, 0);
    const log = await runPod(['curl', '/stats/summary', '--node', 'node-2']);
    assert.is((JSON.parse(log) as Summary).node.nodeName, 'node-2', log);
    const denied = await runPod(['curl', '/metrics', '--node', 'node-2']);
    assert.match(
      denied,
      /^missing: get on nodes\/metrics for user "system:serviceaccount:default:reader"$/m,
    );
    assert.is((await kubectl(['kubeletaccess', 'revoke', ...subject])).code, 0);
  });
});

suite(`${cluster.version}: docs/revoke-expired.yaml`, (test) => {
  test('removes expired grants, and may do nothing else', async () => {
    const documents = loadAll(readFileSync(join(root, 'docs/revoke-expired.yaml'), 'utf8'));
    const { template } = (documents[4] as CronJob).spec.jobTemplate.spec;
    assert.is(template.spec.containers[0].image, programImage);
    template.spec = withAccess(template.spec);
    await withControllers(cluster, async () => {
      await create(documents);
      await type('kubectl kubeletaccess grant --profile stats --subject user:gone --for 1s');
      await type('kubectl kubeletaccess grant --profile logs --subject user:stays --for 1h');
      const revokes = `sleep 1
          kubectl create job -n kubelet-access once --from=cronjob/revoke-expired
          kubectl wait -n kubelet-access job/once --for=condition=complete --timeout=60s`;
      await type(revokes);
      const left = JSON.parse(await type('kubectl kubeletaccess grants -o json'));
      assert.equal(
        (left as { items: { subject: string }[] }).items
          .map(({ subject }) => subject)
          .filter((subject) => /^user:(?:gone|stays)$/.test(subject)),
        ['user:stays'],
      );
      assert.equal(
        await may('kubelet-access:revoke-expired', [
          'delete clusterrolebindings',
          'create clusterrolebindings',
          'update clusterroles',
          'bind clusterroles',
          'get nodes --subresource=proxy',
        ]),
        ['yes', 'no', 'no', 'no', 'no'],
      );
      await type('kubectl delete -f docs/revoke-expired.yaml');
    });
    await type('kubectl kubeletaccess revoke --profile logs --subject user:stays');
  });
});

suite(`${cluster.version}: docs/watch-kubelets.yaml`, (test) => {
  test('pushes its findings, exits with the code of the worst check, and has only read permissions', async () => {
    const documents = loadAll(readFileSync(join(root, 'docs/watch-kubelets.yaml'), 'utf8'));
    const { template } = (documents[4] as CronJob).spec.jobTemplate.spec;
    const { initContainers, containers } = template.spec;
    const pushes: { readonly path: string; readonly body: string }[] = [];
    const gateway = await listen(
      createPlainServer((request, response) => {
        void text(request).then((body) => {
          pushes.push({ path: `${request.method} ${request.url}`, body });
          response.end();
        });
      }),
      bridgeAddress,
    );
    template.spec = withAccess({
      ...template.spec,
      ...(initContainers && { initContainers: [{ ...initContainers[0], image: programImage }] }),
      containers: [
        {
          ...containers[0],
          image: busyboxImage,
          env: [{ name: 'PUSHGATEWAY', value: `http://${bridgeAddress}:${gateway.port}` }],
        },
      ],
    });
    await withControllers(cluster, async () => {
      await create(documents);
      await type('kubectl kubeletaccess grant --profile stats --subject user:gone --for 1s');
      await type(`sleep 1
          kubectl create job -n kubelet-watch once --from=cronjob/watch-kubelets
          kubectl wait -n kubelet-watch job/once --for=condition=failed --timeout=120s`);
      const log = await type('kubectl logs -n kubelet-watch job/once -c check');
      const codes = await type('kubectl logs -n kubelet-watch job/once -c push');
      assert.match(log, /^user:gone /m);
      // Kubelets of this cluster do not rotate client certificates.
      assert.match(codes, /^kubeletaccess_watch_exit_code\{check="certificates"\} 4$/m, log);
      assert.match(log, 'the kubelet reports none, as without rotateCertificates\n');
      // Kubelets before 1.33 check nodes/proxy for their configuration.
      const audit = minorNumber(cluster.minor) < 33 ? '[34]' : '[03]';
      assert.match(
        codes,
        new RegExp(`^kubeletaccess_watch_exit_code\\{check="audit"\\} ${audit}$`, 'm'),
        log,
      );
      assert.match(codes, /^kubeletaccess_watch_exit_code\{check="grants"\} 3$/m, log);
      const [{ path, body } = { path: '', body: '' }] = pushes;
      assert.equal([pushes.length, path], [1, 'POST /metrics/job/watch-kubelets']);
      assert.match(body, /^kubeletaccess_grants_expired 1$/m);
      for (const node of cluster.nodes)
        assert.match(body, `kubeletaccess_certificate_verified{node="${node}"} 1`);
      assert.equal(
        await may('kubelet-watch:watch-kubelets', [
          'list nodes',
          'get nodes --subresource=proxy',
          'delete clusterrolebindings',
          'create pods',
        ]),
        ['yes', 'no', 'no', 'no'],
      );
      await type('kubectl delete -f docs/watch-kubelets.yaml');
    });
    await gateway.stop();
    await type('kubectl kubeletaccess revoke --expired');
  });
});

suite(`${cluster.version}: docs/fleet-job.yaml`, (test) => {
  test('calls every node once, even if a process is killed meanwhile', async () => {
    await withSlowNode(cluster, async (slow) => {
      for (const [index, name] of aliases.entries())
        await addNode(api, name, nodeAddress((index % 2) + 1), 10250);
      await addNode(api, 'slow', bridgeAddress, slow.port);
      await addNode(api, 'dead', nodeAddress(1), closedPort);
      await withControllers(cluster, async () => {
        await type(step(1));
        const subresources = [
          'stats',
          'proxy',
          'metrics',
          'log',
          'spec',
          'configz',
          'pods',
          'healthz',
        ];
        assert.equal(
          await may(
            `${namespace}:fleet`,
            subresources.map((name) => `get nodes --subresource=${name}`),
          ),
          ['yes', ...Array(7).fill('no')],
        );
        await applyJob();
        const programs = () => findProcesses((words) => words.includes('--shard'));
        await waitFor(
          'the index that waits for the slow node to be the last',
          90_000,
          () => slow.requests() === 1 && programs().length === 1,
        );
        for (const pid of programs()) signalProcess(pid, 'SIGKILL');
        slow.answer();
        await type(step(3).replace(/^.*apply.*$/m, ''));
        const job = await api.call<Job>('GET', `/apis/batch/v1/namespaces/${namespace}/jobs/fleet`);
        assert.is(job.status.completedIndexes, '0-2');
        assert.is(job.status.failed, 1);
        assert.is(slow.requests(), 2);
        assert.match(await type(step(4)), /^each of 14 nodes was asked once$/m);
        const answers = readFileSync(join(cluster.directory, 'fleet.ndjson'), 'utf8');
        const lines = answers
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Answer);
        const failures = lines.filter(({ httpStatus }) => httpStatus !== 200);
        assert.equal(
          failures.map(({ node, cause }) => [node, cause]),
          [['dead', 'connection-refused']],
        );
        const counts = [...(await type(countsOfPods)).matchAll(/^(\d+) of (\d+) nodes answered/gm)];
        const sum = (group: number) =>
          counts.reduce((total, match) => total + Number(match[group]), 0);
        assert.equal([counts.length, sum(1), sum(2)], [3, 13, 14]);
        // The check of the page fails if a node is missing.
        await addNode(api, 'late', bridgeAddress, slow.port);
        const { code, stdout } = await shell(step(4));
        assert.is(code, 1);
        assert.match(stdout, /^< late$/m);
        await type(step(5));
      });
    });
  });

  test('the tests leave no node and no cached permission', async () => {
    for (const name of [...aliases, 'slow', 'dead', 'late'])
      await api.send('DELETE', `/api/v1/nodes/${name}`);
    assert.is((await kubectl(['kubeletaccess', 'revoke'])).code, 0);
    // Kubelets cache permissions for 5 minutes, but other suites expect denials.
    for (const node of cluster.nodes) await cluster.restartKubelet(node);
  });
});

const countsOfPods = `kubectl get pods -n ${namespace} -l job-name=fleet -o jsonpath='{range .items[*]}{.status.containerStatuses[0].state.terminated.message}{end}'`;

/** The answers of kubectl auth can-i to a service account, given as `NAMESPACE:NAME`. */
function may(account: string, questions: readonly string[]): Promise<readonly string[]> {
  const who = `--as=system:serviceaccount:${account}`;
  return Promise.all(
    questions.map(async (question) => {
      const { stdout } = await kubectl(['auth', 'can-i', ...question.split(' '), who]);
      return stdout.trim();
    }),
  );
}

interface Answer {
  readonly node: string;
  readonly httpStatus?: number;
  readonly cause?: string;
}

interface CronJob {
  readonly spec: {
    readonly jobTemplate: { readonly spec: { readonly template: { spec: InCluster } } };
  };
}

interface Job {
  readonly status: { readonly completedIndexes: string; readonly failed?: number };
}

function shell(script: string) {
  return runProcess('sh', ['-c', script], {
    cwd: cluster.directory,
    env: {
      PATH: `${join(cluster.kubectl, '..')}:${dist}:${process.env['PATH']}`,
      HOME: cluster.directory,
      KUBECONFIG: cluster.kubeconfigs.admin,
    },
    timeoutMs: 120_000,
  });
}

/** Returns the output of a script. Throws if the script fails. */
async function type(script: string): Promise<string> {
  const { code, stdout, stderr } = await shell(script.replaceAll('docs/', `${root}/docs/`));
  assert.is(code, 0, `${script}${stdout}${stderr}`);
  return stdout;
}

/** Applies the Job of the page. Adds access to the API server to its pods, which other clusters add by themselves. */
async function applyJob(): Promise<void> {
  const documents = loadAll(readFileSync(join(root, 'docs/fleet-job.yaml'), 'utf8'));
  const { template } = (documents[2] as { spec: { template: { spec: InCluster } } }).spec;
  assert.is(template.spec.containers[0].image, programImage);
  template.spec = withAccess(template.spec);
  await create(documents);
}

async function create(items: readonly unknown[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const { code, stderr } = await kubectl(['apply', '-f', '-'], 'admin', list);
  assert.is(code, 0, stderr);
}

interface Summary {
  readonly node: { readonly nodeName: string };
}

async function runPod(args: readonly string[]): Promise<string> {
  const metadata = { name: 'reader', namespace: 'default' };
  const authority = { name: 'kube-root-ca.crt', namespace: 'default' };
  const spec = withAccess({
    serviceAccountName: 'reader',
    // With a node name, the pod needs no scheduler.
    nodeName: 'node-1',
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'curl',
        image: programImage,
        args,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  });
  const ca = readFileSync(join(cluster.pki, 'ca.crt'), 'utf8');
  await create([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: authority, data: { 'ca.crt': ca } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec },
  ]);
  const pod = '/api/v1/namespaces/default/pods/reader';
  try {
    await waitFor('the pod to end', 60_000, async () => {
      const { status } = await api.call<{ status: { phase?: string } }>('GET', pod);
      return status.phase === 'Succeeded' || status.phase === 'Failed';
    });
    return (await kubectl(['logs', 'reader'])).stdout;
  } finally {
    await api.send('DELETE', `${pod}?gracePeriodSeconds=0`);
    await api.send('DELETE', '/api/v1/namespaces/default/serviceaccounts/reader');
    await api.send('DELETE', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
  }
}

async function addNode(admin: AdminApi, name: string, host: string, port: number): Promise<void> {
  const { spec: _, ...node } = nodeObject({ name, host, port }, minorNumber(cluster.minor));
  const body = { ...node, spec: { unschedulable: true } };
  await admin.call('POST', '/api/v1/nodes', body);
  // No resourceVersion, because controllers change the object at the same time.
  await admin.call('PUT', `/api/v1/nodes/${name}/status`, body);
}

interface SlowNode {
  readonly port: number;
  requests(): number;
  answer(): void;
}

/** Runs `use` while the kubelet of a node does not respond before `answer` is called. */
async function withSlowNode(
  { authority }: RealCluster,
  use: (slow: SlowNode) => Promise<void>,
): Promise<void> {
  const pair = await authority.issue({
    commonName: 'system:node:slow',
    organizations: ['system:nodes'],
    usage: 'server',
    ips: [bridgeAddress],
  });
  let requests = 0;
  let answers = false;
  const server = createServer(pair, (_, response) => {
    requests += 1;
    if (answers) response.end('{"node":{"nodeName":"slow"}}');
  });
  const listener = await listen(server, bridgeAddress);
  try {
    await use({
      port: listener.port,
      requests: () => requests,
      answer: () => {
        answers = true;
      },
    });
  } finally {
    await listener.stop();
  }
}
