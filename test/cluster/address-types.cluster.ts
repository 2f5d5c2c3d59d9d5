// metrics-server, Prometheus and kube-apiserver verify kubelets with the settings that certificates --address-types prints.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { isReady, prometheusScrapes, withMetricsServer } from './agent-programs.ts';
import { withControllers } from './controllers.ts';
import { currentCluster } from './current.ts';
import { nodeAddress } from './network.ts';
import { nodeIdentity, writePair } from './pki.ts';
import { kubectlOf, toolOf } from './world.ts';

const cluster = await currentCluster();
const kubectl = kubectlOf(cluster, dist);
const tool = toolOf(cluster);
const bundle = join(cluster.directory, 'address-types.pem');
const hosts = [
  '127.0.0.1 localhost',
  ...cluster.nodes.map((node, index) => `${nodeAddress(index + 1)} ${node}`),
].join('\n');

/** Runs `use` while the certificate of node-1 has only these names. */
async function withNames(
  names: { readonly dnsNames: readonly string[]; readonly ips: readonly string[] },
  use: () => Promise<void>,
): Promise<void> {
  const certificate = await cluster.authority.issue({
    ...{ ...nodeIdentity(1), usage: 'server' },
    ...names,
  });
  await writePair(cluster.directory, 'few-names', certificate);
  try {
    await cluster.restartKubelet('node-1', (usual) => ({
      ...usual,
      tlsCertFile: join(cluster.pki, 'few-names.crt'),
      tlsPrivateKeyFile: join(cluster.pki, 'few-names.key'),
    }));
    await use();
  } finally {
    await cluster.restartKubelet('node-1');
  }
}

/** Runs certificates --address-types. `setting` returns the settings that its hint gives for a program. */
async function advice(...args: readonly string[]) {
  const { code, stdout, stderr } = await tool([
    ...['certificates', '--address-types', '-o', 'json', ...args],
  ]);
  assert.is(code, 0, stderr);
  const settings = new Map(
    [...stderr.matchAll(/^hint: ([^:]+): (.*?)(?: \(in place of .*\))?$/gm)].map(
      ([, program = '', setting = '']) => [program, setting],
    ),
  );
  const { items } = JSON.parse(stdout) as { items: Record<string, string>[] };
  return { items, stderr, setting: (program: string) => settings.get(program) ?? '' };
}

const metricsServerReads = (kubeletFlags: readonly string[]) =>
  withMetricsServer(cluster, cluster.kubeconfigs.admin, isReady, { kubeletFlags, hosts });

/** Returns the error that metrics-server logs if these flags make it reject the certificate of node-1. */
async function whyNot(kubeletFlags: readonly string[]): Promise<string> {
  const log = join(cluster.directory, 'log', 'metrics-server.log');
  const before = readFileSync(log).length;
  let found = '';
  await withMetricsServer(
    cluster,
    cluster.kubeconfigs.admin,
    () =>
      waitFor('metrics-server to fail', 60_000, async () => {
        const text = readFileSync(log).subarray(before).toString();
        found = /x509: .*/.exec(text)?.[0] ?? '';
        return found !== '';
      }),
    { kubeletFlags, hosts },
  );
  return found;
}

const prometheusReads = ({ tls_config, ...others }: { tls_config?: object }) =>
  prometheusScrapes(
    cluster,
    {
      ...others,
      tls_config: {
        ...tls_config,
        cert_file: join(cluster.pki, 'admin.crt'),
        key_file: join(cluster.pki, 'admin.key'),
      },
    },
    hosts,
  );

const jobOf = (setting: string) => load(`{ ${setting} }`) as { tls_config?: object };

suite(`certificates --address-types, ${cluster.version}`, (test) => {
  test('suggests names if a certificate has no address', () =>
    withNames({ dnsNames: ['node-1'], ips: [] }, async () => {
      // kube-controller-manager of an earlier test may have created this ConfigMap.
      await kubectl([
        ...['delete', 'configmap', '-n', 'kube-system', 'kube-root-ca.crt', '--ignore-not-found'],
      ]);
      const { items, setting, stderr } = await advice('--ca-bundle', bundle);
      assert.equal(
        items.map(({ chain, internalIP, hostname }) => [chain, internalIP, hostname]),
        cluster.nodes.map((node) => ['yes', node === 'node-1' ? 'no' : 'yes', 'yes']),
      );
      assert.match(stderr, 'certificates verify by Hostname or the node name on all ');
      const flags = setting('metrics-server').split(' ');
      assert.equal(flags, [
        `--kubelet-certificate-authority=${bundle}`,
        '--kubelet-preferred-address-types=Hostname',
      ]);
      assert.is(await metricsServerReads(flags), 'yes');
      const job = jobOf(setting('Prometheus'));
      assert.is(await prometheusReads(job), 'yes');
      assert.match(
        await whyNot([flags[0] ?? '', '--kubelet-preferred-address-types=InternalIP']),
        'IP SANs',
      );
      assert.match(setting('kube-apiserver'), '--kubelet-preferred-address-types=Hostname');
    }));

  test('suggests addresses if a certificate has no name', () =>
    withControllers(
      cluster,
      () =>
        withNames({ dnsNames: [], ips: [nodeAddress(1)] }, async () => {
          await waitFor(
            'the CA of pods',
            30_000,
            async () =>
              (await kubectl(['get', 'configmap', '-n', 'kube-system', 'kube-root-ca.crt']))
                .code === 0,
          );
          const { setting, stderr } = await advice('--ca-bundle', bundle);
          assert.match(stderr, 'certificates verify by InternalIP on all ');
          assert.is(setting('metrics-server'), '--kubelet-preferred-address-types=InternalIP');
          // metrics-server uses the CA of its kubeconfig, as in a pod.
          assert.is(await metricsServerReads([setting('metrics-server')]), 'yes');
          assert.match(
            await whyNot(['--kubelet-preferred-address-types=Hostname']),
            'but wanted to match node-1',
          );
          const job = jobOf(setting('Prometheus'));
          const file = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
          assert.equal(job, { tls_config: { ca_file: file } });
          assert.is(
            await prometheusReads({ tls_config: { ca_file: join(cluster.pki, 'ca.crt') } }),
            'yes',
          );
          const flags = setting('kube-apiserver').split(' ');
          await cluster.stopApiServer();
          try {
            await cluster.startApiServer(
              Object.fromEntries(flags.map((flag) => flag.slice(2).split('='))),
            );
            // The 403 proves that TLS works in both directions: kube-apiserver has no permission yet.
            for (const node of cluster.nodes) {
              const path = `/api/v1/nodes/${node}/proxy/healthz`;
              assert.match((await kubectl(['get', '--raw', path])).stderr, 'Forbidden (user=');
            }
          } finally {
            await cluster.stopApiServer();
            await cluster.startApiServer();
          }
        }),
      ['root-ca-certificate-publisher-controller'],
    ));
});
