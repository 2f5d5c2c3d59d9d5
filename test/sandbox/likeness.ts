import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeepingAuthority } from '../kit/certificates.ts';
import { binding, everything, group, pairRule, put, role, rule, user } from '../kit/rbac.ts';
import { impersonatingProxy, proxyPath } from '../likeness/impersonating-proxy.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import { operatorToken, operatorTokens } from '../likeness/operator.ts';
import { isManaged, wardenReason } from '../likeness/warden.ts';
import { listen } from './listen.ts';
import {
  inMasters,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
  writeKubeconfig,
} from './sandbox.ts';

const options: Readonly<Record<Likeness, SandboxOptions>> = {
  kubeadm: {
    nodes: ['self-signed', 'self-signed'],
    verifyKubelets: false,
    kubeletClient: 'kube-apiserver-kubelet-client',
  },
  openshift: {
    nodes: ['other-authority', 'other-authority'],
    verifyKubelets: 'another-ca',
    kubeletClient: 'system:kube-apiserver',
    kubeletClientGroup: 'kube-master',
  },
  k3s: { ...inMasters, hasClientAuthority: true, kubeletClient: 'system:apiserver' },
  laptop: { ...inMasters, ownConnection: true },
  proxied: { ...inMasters },
  cloud: { ...inMasters, ownConnection: true, tokens: operatorTokens },
  autopilot: {
    ownConnection: true,
    tokens: operatorTokens,
    kubeletClient: 'kube-apiserver',
    firstAuthorizer: (who, { resource }) =>
      isManaged(resource) && who.user !== 'kube-apiserver' ? wardenReason : undefined,
  },
  konnectivity: { ...inMasters, ownConnection: true },
  mixed: {
    ...inMasters,
    nodes: ['none', 'self-signed', 'black-hole', ['stopped', 'not-ready']],
    verifyKubelets: false,
  },
};

/** Creates the objects that an installer creates. Returns the kubeconfig of users. */
const furnish: Partial<Record<Likeness, (sandbox: Sandbox) => Furnished | Promise<Furnished>>> = {
  kubeadm: (sandbox) => {
    put(
      sandbox,
      role('system:kubelet-api-admin', [pairRule]),
      binding('kubeadm:apiserver-kubelet-client', 'system:kubelet-api-admin', [
        user('kube-apiserver-kubelet-client'),
      ]),
    );
    return {};
  },
  openshift: (sandbox) => {
    put(
      sandbox,
      role('kube-apiserver', [rule('nodes/proxy', 'get,create')]),
      binding('kube-apiserver', 'kube-apiserver', [user('system:kube-apiserver')]),
    );
    return {};
  },
  proxied: async (sandbox) => {
    bindOperators(sandbox);
    const authority = await createKeepingAuthority('proxy-ca');
    const serving = await authority.issue({
      commonName: 'proxy',
      usage: 'server',
      ips: ['127.0.0.1'],
    });
    const admin = await sandbox.authority.issue({
      commonName: 'proxy',
      organizations: ['system:masters'],
      usage: 'client',
    });
    const server = impersonatingProxy({
      ...{ serving, admin, callers: operatorTokens },
      ...{ server: sandbox.apiServer.url, ca: sandbox.authority.cert },
    });
    const { port, stop } = await listen(server, '127.0.0.1');
    const cluster = { server: `https://127.0.0.1:${port}${proxyPath}`, ca: authority.cert };
    return {
      kubeconfig: writeKubeconfig(sandbox.directory, 'operator', cluster, {
        operator: { token: operatorToken },
      }),
      stop,
    };
  },
  cloud: (sandbox) => {
    bindOperators(sandbox);
    return { kubeconfig: writePlugin(sandbox) };
  },
  autopilot: (sandbox) => {
    bindOperators(sandbox);
    put(
      sandbox,
      role('kubelet-api-admin', [pairRule]),
      binding('kube-apiserver-kubelet-api-admin', 'kubelet-api-admin', [user('kube-apiserver')]),
    );
    return { kubeconfig: writePlugin(sandbox) };
  },
};

interface Furnished {
  readonly kubeconfig?: string;
  stop?(): Promise<void>;
}

/** A sandbox like a kind of cluster. */
export interface LikeSandbox extends Sandbox {
  /** Kubeconfig of a member of system:masters. `kubeconfigs.admin` belongs to the users. */
  readonly mastersKubeconfig: string;
}

export async function startLikeness(likeness: Likeness, minor: number): Promise<LikeSandbox> {
  const sandbox = await startSandbox({ ...options[likeness], minor });
  const { kubeconfig, stop } = (await furnish[likeness]?.(sandbox)) ?? {};
  return {
    ...sandbox,
    mastersKubeconfig: sandbox.kubeconfigs.admin,
    kubeconfigs: { ...sandbox.kubeconfigs, ...(kubeconfig !== undefined && { admin: kubeconfig }) },
    stop: async () => {
      await stop?.();
      await sandbox.stop();
    },
  };
}

function bindOperators(sandbox: Sandbox): void {
  put(
    sandbox,
    role('cluster-admin', [everything]),
    binding('operators', 'cluster-admin', [group('operators')]),
  );
}

/** A kubeconfig whose credential plugin prints the token. */
function writePlugin({ directory, apiServer, authority }: Sandbox): string {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const expirationTimestamp = new Date(Date.now() + 3_600_000).toISOString();
  const status = { token: operatorToken, expirationTimestamp };
  const script = join(directory, 'credential-plugin.mjs');
  writeFileSync(
    script,
    `console.log(${JSON.stringify(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }))})\n`,
  );
  const exec = { apiVersion, command: process.execPath, args: [script], interactiveMode: 'Never' };
  const cluster = { server: apiServer.url, ca: authority.cert };
  return writeKubeconfig(directory, 'operator', cluster, { operator: { exec } });
}
