import { basename, join } from 'node:path';
import { clusterFolder } from './cluster-folder.ts';
import { pauseImage } from './image.ts';
import { podNetwork } from './network.ts';
import { networkPlugins } from './prerequisites.ts';
import { type Minor, minorNumber } from './versions.ts';

/** The path is short, because the name of a socket has at most 107 bytes. */
export function runtimeFolder(number: number): string {
  return `/run/kubeletaccess-${number}`;
}

export function isRuntimeFolder(path: string): boolean {
  return /^\/run\/kubeletaccess-[1-9]$/.test(path);
}

/** Folders of which each node has its own version. They must exist on the machine, because they are mount points. */
export const mountPoints = ['/var/log', '/var/lib/kubelet', '/var/lib/cni', '/run/containerd'];

export function isMountPoint(path: string): boolean {
  return mountPoints.includes(path);
}

export function containerdSocket(number: number): string {
  return join(runtimeFolder(number), 'containerd.sock');
}

/**
 * Returns the control group of a node. Its name contains the name of the cluster, because all clusters of a machine share one tree of
 * control groups.
 */
export function nodeCgroup(number: number): string {
  return `${basename(clusterFolder())}-${number}`;
}

export function containerdSettings(home: string, number: number): string {
  const socket = containerdSocket(number);
  // Strings of JSON are valid in TOML. The native snapshotter works on any file system, because it copies files. NRI is off, because the
  // containerd of all nodes would share its socket.
  const text = JSON.stringify;
  return `version = 3
root = ${text(join(home, 'containerd'))}
state = ${text(join(runtimeFolder(number), 'state'))}
[grpc]
  address = ${text(socket)}
[ttrpc]
  address = ${text(`${socket}.ttrpc`)}
[plugins.'io.containerd.nri.v1.nri']
  disable = true
[plugins.'io.containerd.cri.v1.images']
  snapshotter = "native"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${pauseImage}"
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
    SystemdCgroup = false
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["${networkPlugins}"]
  conf_dir = ${text(join(home, 'cni'))}
`;
}

export function networkSettings(number: number) {
  return {
    cniVersion: '1.0.0',
    name: 'test',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podNetwork(number) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

export type KubeletSettings = ReturnType<typeof kubeletSettings>;

export function kubeletSettings(
  directory: string,
  number: number,
  minor: Minor,
  isSelfSigned: boolean,
) {
  const pki = join(directory, 'pki');
  const home = join(directory, `node-${number}`);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '0.0.0.0',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, 'client-ca.crt') },
    },
    // By default, kubelets cache denials for 30 s, and tests would have to wait.
    authorization: { mode: 'Webhook', webhook: { cacheUnauthorizedTTL: '1s' } },
    ...(!isSelfSigned && {
      tlsCertFile: join(pki, `serving-${number}.crt`),
      tlsPrivateKeyFile: join(pki, `serving-${number}.key`),
    }),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${nodeCgroup(number)}`,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${containerdSocket(number)}`,
    staticPodPath: join(home, 'manifests'),
    clusterDNS: ['10.96.0.10'],
    evictionHard: { 'memory.available': '1Mi' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    enableSystemLogQuery: true,
    featureGates: { NodeLogQuery: true },
    // Kubelets need this field for control groups of version 1 since 1.35, and do not know it before.
    ...(minorNumber(minor) >= 35 ? { failCgroupV1: false } : {}),
  };
}
