// Runs the real metrics-server and Prometheus as a service account of a cluster.
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { dump } from 'js-yaml';
import { kubeconfigText } from '../kit/kubeconfig.ts';
import { listen } from '../sandbox/listen.ts';
import { buildMetricsServer } from './build.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { apiPort, frontProxyFlags } from './pki.ts';
import { endProcess, startProcess } from './processes.ts';
import { needPromtool } from './promtool.ts';
import type { RealCluster } from './real-cluster.ts';

/** Returns 'yes' if a program with this token reads every kubelet, else its error. */
export type ReadsKubelets = (cluster: RealCluster, token: string) => Promise<'yes' | string>;

const server = `https://${bridgeAddress}:${apiPort}`;

/** metrics-server is ready once it has metrics of every node. */
export const metricsServerReads: ReadsKubelets = async (cluster, token) => {
  const folder = folderOf(cluster, 'metrics-server');
  const kubeconfig = join(folder, 'kubeconfig');
  const trusted = { server, 'certificate-authority': authority(cluster) };
  writeFileSync(kubeconfig, kubeconfigText(trusted, { token }), { mode: 0o600 });
  return withMetricsServer(cluster, kubeconfig, isReady);
};

interface Surroundings {
  readonly kubeletFlags?: readonly string[];
  /** Content of /etc/hosts for the program; by default that of this machine. */
  readonly hosts?: string;
}

/** Runs `use` while metrics-server listens on a port of localhost with a self-signed certificate. */
export async function withMetricsServer<Result>(
  cluster: RealCluster,
  kubeconfig: string,
  use: (server: { readonly port: number }) => Promise<Result>,
  { kubeletFlags, hosts }: Surroundings = {},
): Promise<Result> {
  const program = await buildMetricsServer();
  const port = await freePort();
  const folder = folderOf(cluster, 'metrics-server');
  const args = [
    ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map(
      (flag) => `--${flag}=${kubeconfig}`,
    ),
    '--authentication-skip-lookup',
    ...Object.entries(frontProxyFlags(cluster.directory)).map(
      ([name, value]) => `--${name}=${value}`,
    ),
    ...(kubeletFlags ?? [
      `--kubelet-certificate-authority=${authority(cluster)}`,
      '--kubelet-preferred-address-types=InternalIP',
    ]),
    ...['--metric-resolution=10s', '--kubelet-request-timeout=5s'],
    ...['--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${folder}`],
  ];
  return whileRunning(cluster, 'metrics-server', { program, args, hosts }, () => use({ port }));
}

/** Returns 'yes' once metrics-server has metrics of every node, else its error. */
export function isReady({ port }: { readonly port: number }): Promise<'yes' | string> {
  return repeat(async () => {
    const { status, text } = await get(`https://127.0.0.1:${port}/readyz?verbose`);
    return status === 200 ? 'yes' : text;
  });
}

export const prometheusReads: ReadsKubelets = async (cluster, token) => {
  const tokenFile = join(folderOf(cluster, 'prometheus'), 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  return prometheusScrapes(cluster, {
    authorization: { credentials_file: tokenFile },
    tls_config: { ca_file: authority(cluster) },
  });
};

/**
 * Returns 'yes' if a scrape job with these settings scrapes every node, else the error. Nodes are listed in the job, because the Prometheus
 * of Debian cannot discover nodes.
 */
export async function prometheusScrapes(
  cluster: RealCluster,
  settings: object,
  hosts?: string,
): Promise<'yes' | string> {
  const program = join(dirname(await needPromtool()), 'prometheus');
  const port = await freePort();
  const folder = folderOf(cluster, 'prometheus');
  const job = (name: string, path: string) => ({
    ...{ job_name: name, scheme: 'https', metrics_path: path, scrape_interval: '2s' },
    ...settings,
    scrape_timeout: '2s',
    static_configs: cluster.nodes.map((node, index) => ({
      targets: [`${nodeAddress(index + 1)}:10250`],
      // Service discovery sets these labels.
      labels: {
        __meta_kubernetes_node_name: node,
        __meta_kubernetes_node_address_InternalIP: nodeAddress(index + 1),
        __meta_kubernetes_node_address_Hostname: node,
      },
    })),
  });
  const jobs = [job('kubelet', '/metrics'), job('cadvisor', '/metrics/cadvisor')];
  writeFileSync(join(folder, 'prometheus.yml'), dump({ scrape_configs: jobs }));
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return whileRunning(cluster, 'prometheus', { program, args, hosts }, () =>
    repeat(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/targets`);
      const text = await answer.text();
      const { data } = JSON.parse(text) as {
        data: { activeTargets: { scrapeUrl: string; health: string }[] };
      };
      const targets = data.activeTargets;
      const isComplete = targets.length === jobs.length * cluster.nodes.length;
      return isComplete && targets.every(({ health }) => health === 'up') ? 'yes' : text;
    }),
  );
}

async function whileRunning<Result>(
  cluster: RealCluster,
  name: string,
  {
    program,
    args,
    hosts,
  }: {
    readonly program: string;
    readonly args: readonly string[];
    readonly hosts: string | undefined;
  },
  use: () => Promise<Result>,
): Promise<Result> {
  const [command, words] =
    hosts === undefined
      ? [program, args]
      : ['unshare', withHosts(folderOf(cluster, name), hosts, [program, ...args])];
  const running = await startProcess(cluster.directory, name, command, words);
  try {
    return await use();
  } finally {
    await endProcess(running, [dirname(program)]);
  }
}

function withHosts(folder: string, hosts: string, command: readonly string[]): readonly string[] {
  const file = join(folder, 'hosts');
  writeFileSync(file, hosts);
  const script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
  return ['--mount', 'sh', '-c', script, 'sh', file, ...command];
}

async function repeat(ask: () => Promise<'yes' | string>): Promise<'yes' | string> {
  let last = '';
  for (let turn = 0; turn < 120; turn += 1) {
    last = await ask().catch(String);
    if (last === 'yes') break;
    await sleep(500);
  }
  return last;
}

function authority(cluster: RealCluster): string {
  return join(cluster.pki, 'ca.crt');
}

function folderOf({ directory }: RealCluster, name: string): string {
  const folder = join(directory, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function freePort(): Promise<number> {
  const { port, stop } = await listen(createServer(), '127.0.0.1');
  await stop();
  return port;
}

function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { rejectUnauthorized: false }, (response) => {
      const status = response.statusCode ?? 0;
      readText(response).then((text) => resolve({ status, text }), reject);
    })
      .once('error', reject)
      .end();
  });
}
