import { basename, join } from 'node:path';
import { clusterFolder } from './cluster-folder.ts';
import { pauseImage } from './image.ts';
import { podNetwork } from './network.ts';
import { networkPlugins } from './prerequisites.ts';
import { type Minor, minorNumber } from './versions.ts';

/** The runtime folder of a node. Its path is short, as names of sockets have at most 107 bytes. */
export function runtimeFolder(number: number): string {
  return `/run/kubeletaccess-${number}`;
}

export function containerdSocket(number: number): string {
  return join(runtimeFolder(number), 'containerd.sock');
}

/** The control group of a node's pods. Its name has the cluster's name, as all clusters of a machine share one tree. */
export function nodeCgroup(number: number): string {
  return `${basename(clusterFolder())}-${number}`;
}

/** The configuration of a node's containerd, as TOML. */
export function containerdSettings(home: string, number: number): string {
  const socket = containerdSocket(number);
  // Strings of JSON are valid in TOML. The native snapshotter copies files, and so works on any file system.
  // NRI is off because its one socket would be shared by the containerd of all nodes.
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

/** The network of a node's pods, in the format of containerd's network plugins. */
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

/**
 * A node's KubeletConfiguration.
 * @param isSelfSigned whether the kubelet gets no certificate, and so creates one itself
 */
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
    // By default kubelets cache denials for 30 s, for which many tests would have to wait.
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
    // Since 1.35 kubelets need this field for control groups of version 1; earlier kubelets do not know it.
    ...(minorNumber(minor) >= 35 ? { failCgroupV1: false } : {}),
  };
}
