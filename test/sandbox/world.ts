import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { LikeWorld } from '../contract/first-commands.ts';
import type { LogsWorld } from '../contract/logs.ts';
import type { World } from '../contract/world.ts';
import { openApi } from '../kit/api-client.ts';
import { rule } from '../kit/rbac.ts';
import { type Result, runTool, startTool } from '../kit/tool.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import { startLikeness } from './likeness.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';

interface KubeconfigFile {
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }];
}

export interface SandboxWorld extends World {
  /** The admin's kubeconfig, which also has a context `dev`. */
  readonly kubeconfig: string;
  readonly logsWorld: LogsWorld;
  stop(): Promise<void>;
}

/** Starts a sandbox for the contract suites. */
export async function sandboxWorld(
  minor: number,
  options: SandboxOptions = {},
): Promise<SandboxWorld> {
  return worldOf(await startSandbox({ ...options, minor }));
}

/** Starts a sandbox like a kind of cluster, for the contract of first commands. */
export async function likeWorld(
  likeness: Likeness,
  minor: number,
): Promise<SandboxWorld & LikeWorld> {
  const sandbox = await startLikeness(likeness, minor);
  return {
    ...worldOf(sandbox, sandbox.mastersKubeconfig),
    likeness,
    endAgents: async () => {
      sandbox.tunnel.failure = 'no-agent';
    },
  };
}

/** Starts a sandbox like a kind of cluster for the demo, with the environment of kubectl and the plugin. */
export async function startLikeScene(likeness: Likeness, minor: number) {
  const sandbox = await startLikeness(likeness, minor);
  return {
    ...worldOf(sandbox, sandbox.mastersKubeconfig),
    nodes: sandbox.kubelets.length,
    folder: undefined,
    env: {
      KUBECONFIG: sandbox.kubeconfigs.admin,
      KUBECACHEDIR: join(sandbox.directory, 'kubectl-cache'),
    },
  };
}

/** Returns a world in which plain requests take the place of kubectl. @param kubeconfig has the certificate of these requests */
export function worldOf(sandbox: Sandbox, kubeconfig = sandbox.kubeconfigs.admin): SandboxWorld {
  const { minor } = sandbox;
  const logs = sandbox.kubelets[0]?.logs;
  if (!logs) throw new Error('no node-1');
  // Every real cluster has this role, and bindings of tests refer to it.
  sandbox.store.put('clusterroles', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'view' },
    rules: [rule('pods', 'get,list,watch')],
  });
  const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile;
  const pem = (field: string) =>
    Buffer.from(config.users[0].user[field] ?? '', 'base64').toString('utf8');
  const admin = { cert: pem('client-certificate-data'), key: pem('client-key-data') };
  const ca = sandbox.authority.cert;
  const api = openApi(sandbox.apiServer.url, { ...admin, ca });
  const result = (code: number, stdout: string, stderr: string): Result => ({
    code,
    stdout,
    stderr,
    bytes: Buffer.from(stdout),
  });
  return {
    title: `sandbox 1.${minor}`,
    kubeconfig: sandbox.kubeconfigs.admin,
    minor,
    ca,
    admin,
    api,
    denialCacheMs: sandbox.cacheMs.denied,
    server: sandbox.apiServer.url,
    start: (args, kubeconfig) => startTool(args, { env: { KUBECONFIG: kubeconfig } }),
    tool: (args, as = 'admin', env = {}) =>
      runTool(args, { env: { KUBECONFIG: sandbox.kubeconfigs[as], ...env } }),
    logs: async () => {
      const path = '/api/v1/namespaces/default/pods/web/log';
      const { status, text } = await api('GET', path);
      if (status === 200) return result(0, text, '');
      const { reason, message } = JSON.parse(text) as { reason: string; message: string };
      return result(1, '', `Error from server (${reason}): ${message}\n`);
    },
    applyDryRun: async (yaml) => {
      for (const object of loadAll(yaml) as { kind: string }[]) {
        const path = `/apis/rbac.authorization.k8s.io/v1/${object.kind.toLowerCase()}s?dryRun=All`;
        const { status, body } = await api('POST', path, object);
        if (status >= 400) return result(1, '', JSON.stringify(body));
      }
      return result(0, '', '');
    },
    kubelet: async (node) => ({
      host: '127.0.0.1',
      port: sandbox.kubelets.find(({ name }) => name === node)?.port ?? 0,
    }),
    logsWorld: {
      varLog: logs.folder,
      kubeconfig: sandbox.kubeconfigs.admin,
      pod: 'web',
      say: async (text) => logs.web.append(text),
      end: async () => {
        const pod = sandbox.store.get('pods', 'default/web');
        if (pod) sandbox.store.put('pods', { ...pod, status: { phase: 'Succeeded' } });
        logs.web.end();
      },
      withQueriesOff: async (use) => {
        logs.isQueryOn = false;
        await use().finally(() => {
          logs.isQueryOn = true;
        });
      },
    },
    stop: sandbox.stop,
  };
}
