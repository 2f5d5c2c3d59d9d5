import { whyUnknown } from '../removed-flags.ts';
import type { Pattern, WrittenCause } from './cause-entry.ts';
import { explainLogCommand, kubeletLogCommand, type SentenceContext } from './hop.ts';

const logs = [kubeletLogCommand];
const explained = ['systemctl status kubelet', explainLogCommand];
const exits = 'the kubelet exits at start, and so nothing answers at its port 10250';
const startRemedy =
  'check why it does not start: the last lines of its log say it, often a flag or feature gate that its version does not have, cgroup v1 (from 1.35 on), swap, or a container runtime that does not run';
const own = { hop: 'none', who: 'kubelet' } as const;
const ownRuntime = { hop: 'kubelet-to-container-runtime', who: 'kubelet' } as const;
const ofKubeadm = { hop: 'none', who: 'client' } as const;

const isKubelet: Pattern['when'] = ({ speaker }) => speaker === 'kubelet';
// Other components, kubeadm and kubectl reject flags and feature gates in the same words; a kubelet always says that they are of its flags.
const notOthers =
  /(?<!\b(?:kube-(?:apiserver|scheduler|controller-manager|proxy)|kubeadm|kubectl|helm)\b[^\n]{0,300})/
    .source;
const cutOrMissing = /(?:no such file or directory|open \S{1,200}[>\u2026]$)/.source;

const unknownFlag = {
  ...own,
  sentence: ({ evidence = '' }: SentenceContext) => {
    const name = /flag:? ['"`]?--([\w-]{1,80})/.exec(evidence)?.[1] ?? '';
    return `the kubelet does not know ${name === '' ? 'a flag' : `flag --${name}`} (${whyUnknown(name)}): ${exits}`;
  },
  remedy:
    'remove the flag where the kubelet gets it (systemctl cat kubelet shows which files; k3s and RKE2: kubelet-arg), then systemctl daemon-reload and restart the kubelet',
  hints: ['systemctl cat kubelet', kubeletLogCommand],
} satisfies Pattern;

function describeGate({ evidence = '' }: SentenceContext): string {
  const name = /gate:? ([A-Z]\w{1,80})/.exec(evidence)?.[1] ?? 'that it got';
  return /locked/.test(evidence)
    ? `feature gate ${name} cannot be set to this value any more: the feature is part of this version. With this setting, ${exits}`
    : `this version does not have feature gate ${name}: an older version had it and this one removed it, or a newer one adds it. With this setting, ${exits}`;
}

/** Causes for which a kubelet does not start, or its node does not join or become ready. */
export const startCauses = {
  'unsuitable-host': {
    rank: 1,
    layer: 'kubelet',
    anchors:
      /cgroup|rootfs info|kernel flag|inotify_|required subsystem|root container|system validation|[Ss]wap\b|Failed to start (?:ContainerManager|cAdvisor)|\/dev\/kmsg|open \/proc\/sys|create \[/,
    responses: [
      {
        text: /kubelet is configured to not run on a host using cgroup v1|cgroups? v1 (?:host|support) is (?:unsupported|not supported)/i,
        ...own,
        sentence: `this host uses cgroup v1, on which kubelets of 1.35 and later do not start by default: ${exits}`,
        remedy:
          'boot the host with cgroup v2 (a newer system, or systemd.unified_cgroup_hierarchy=1 on the kernel command line); until 1.38, failCgroupV1: false in the KubeletConfiguration lets the kubelet start (k3s: --kubelet-arg=fail-cgroupv1=false)',
      },
      {
        text: /running with swap on is not supported|\[ERROR Swap\]: [^\n]{1,160}|swap feature is enabled and LimitedSwap but it is only supported with cgroupv2/i,
        ...own,
        sentence: `swap is on, and the kubelet is configured not to run with it (failSwapOn): ${exits}`,
        remedy:
          'turn swap off (swapoff -a, and its line in /etc/fstab or its systemd unit), or, with cgroup v2, set failSwapOn: false in the KubeletConfiguration (memorySwap.swapBehavior says whether pods may swap)',
      },
      {
        text: /Following Cgroup subsystem not mounted: [^\n"]{1,60}|missing (?:required )?cgroups: [^\n"]{1,60}|CGROUPS_\w{2,20}: ?missing|Failed to find subsystem mount for required subsystem: \w{1,20}|failed to find \w{1,20} cgroup\b(?: \(v\d\))?|mountpoint for (?:cgroup|cpu|memory) not found|failed to get mounted cgroup subsystems[^\n"]{0,100}|failed to find cgroup controllers?:? [^\n"]{1,60}/i,
        ...own,
        sentence: `the kernel of this host lacks or hides a cgroup controller that the kubelet needs: it does not start`,
        remedy:
          'enable the controller on the kernel command line and reboot (Raspberry Pi: cgroup_enable=memory in cmdline.txt); in a container or without root, delegate it to the kubelet',
        hints: ['cat /sys/fs/cgroup/cgroup.controllers', kubeletLogCommand],
      },
      {
        text: /invalid kernel flag: [^\n"]{1,120}|open \/(?:proc\/sys\/\S{1,80}|dev\/kmsg): [a-z -]{3,60}/,
        ...own,
        sentence: ({ evidence = '' }) =>
          `the kubelet may not use the kernel of this host as it needs (${evidence}): protectKernelDefaults is set, or it runs in a container (LXC) or without root: ${exits}`,
        remedy:
          'set the values by sysctl on the host, and give a container /dev/kmsg; in a user namespace, feature gate KubeletInUserNamespace lets the kubelet go on',
      },
      {
        text: /(?:Failed to start cAdvisor|start cAdvisor|inotify_(?:init|add_watch))[^\n]{0,200}?(?:too many open files|no space left on device)/,
        ...own,
        sentence: `the host has no inotify instances or watches left, and so the kubelet cannot watch its cgroups: ${exits}`,
        remedy:
          'on the node: raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl)',
      },
      {
        text: /failed to initialize top level QOS containers[^\n"]{0,200}|failed to get rootfs info[^\n"]{0,100}|root container \[?\S{1,60}\]? doesn't exist|cgroup \["?kubepods"?\] has some missing [^\n"]{1,100}|Failed to create \[\\?"?kubepods[^\n"]{0,100}|system validation failed[^\n"]{0,100}/i,
        ...own,
        sentence: `the kubelet cannot set up the cgroups or read the disks of this host: an old kubelet does not know cgroup v2, its cgroup driver differs from the host's (systemd), or it has too few permissions. ${exits.replace('the', 'The')}`,
        remedy:
          'use the cgroup driver systemd for the kubelet and the container runtime, and a kubelet as new as the host',
      },
    ],
    examples: [
      'kubelet is configured to not run on a host using cgroup v1',
      'failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false',
    ],
    reason: 'the host is not suitable',
    sentence: `this host lacks what the kubelet needs (cgroup v2, swap off, cgroup controllers): ${exits}`,
    remedy: 'read the last lines of the log of the kubelet, and give the host what they name',
    hints: logs,
  },

  'container-runtime-not-ready': {
    rank: 2,
    layer: 'kubelet',
    anchors:
      /CRI v1|PLEG|container runtime|CRI endpoints|from runtime service failed|runtime API version|RuntimeConfig|RuntimeReady=false|runtime[.]v1|Waiting for (?:cri connection|containerd)/,
    responses: [
      {
        text: /CRI v1 (?:runtime|image) API[^\n]{0,300}?Unimplemented\b|unknown service runtime\.v1(?:alpha\d)?\.\w{1,20}/,
        ...ownRuntime,
        sentence:
          'a container runtime answers at its socket, but not by CRI v1, without which the kubelet does not start: containerd has its CRI plugin disabled (as packages of Docker deliver it), or is older than 1.6',
        remedy:
          'remove "cri" from disabled_plugins in /etc/containerd/config.toml, or update containerd; then restart containerd and the kubelet',
      },
      {
        text: /You must update your container runtime to a version that supports the CRI method RuntimeConfig|unknown method RuntimeConfig\b|runtime returned an unknown cgroup driver[^\n"]{0,20}/,
        ...ownRuntime,
        sentence:
          'the container runtime cannot tell the kubelet its cgroup driver (CRI method RuntimeConfig): containerd can from 2.0 on, CRI-O from 1.28 on. Until 1.37 the kubelet uses cgroupDriver of its own configuration instead; later it does not',
        remedy: 'update the container runtime before the next upgrade of the kubelet',
        hints: ['kubectl get nodes -o wide'],
      },
      {
        text: /[Ff]ound multiple CRI endpoints on the host/,
        ...ofKubeadm,
        sentence:
          'this host has several container runtimes, and kubeadm does not know which one the kubelet is to use',
        remedy:
          'name its socket: --cri-socket, or nodeRegistration.criSocket in the configuration of kubeadm',
        hints: [],
      },
      {
        text: /pleg was last seen active \S{1,60}(?: ago)?|PLEG is not healthy(?!: pleg has yet)[^\n"\]]{0,60}|container runtime is down|container runtime not ready: RuntimeReady=false[^\n"]{0,200}|(?<!network )runtime not ready: RuntimeReady=false[^\n"]{0,200}|Container runtime sanity check failed|(?:Version|Status|ListPodSandbox|ListContainers|ListImages)(?: with filter)? from (?:runtime|image) service failed"? err="rpc error: code = (?:Unavailable|DeadlineExceeded|Unknown|Unimplemented)[^\n"]{0,100}/,
        ...ownRuntime,
        sentence:
          'the kubelet runs, but its container runtime does not answer it in time: it hangs, is stopped or is overloaded (disks, too many pods). The node is NotReady until it does; logs and exec may fail',
        remedy:
          'on the node: check the container runtime (systemctl status containerd or crio; crictl ps), its disks and its load, and restart it if it hangs',
      },
      {
        text: /validate (?:service connection: )?(?:validate )?CRI v1 (?:runtime|image) API[^\n]{1,400}|validate service connection: CRI v1 [^\n]{1,300}|\[ERROR CRI\]: [^\n]{1,300}|unable to determine runtime API version: [^\n]{1,200}|could not connect to the container runtime[^\n"]{0,200}|container runtime endpoint address was not specified or empty|Waiting for (?:cri connection|containerd startup): [^\n"]{1,200}/,
        ...ownRuntime,
        sentence: `nothing answers at the socket of the container runtime: it is not installed, is stopped, or has its socket elsewhere. Without it, the kubelet does not start`,
        remedy:
          'on the node: start the container runtime (systemctl status containerd, crio or docker with cri-dockerd); compare its socket with containerRuntimeEndpoint of the KubeletConfiguration or --container-runtime-endpoint',
      },
    ],
    examples: [
      'validate service connection: validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService',
      'PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s',
    ],
    reason: 'the container runtime is not ready',
    sentence:
      'the container runtime of the node is stopped, hangs or does not speak CRI v1: the kubelet does not start, or its node is NotReady',
    remedy: 'on the node: check the container runtime and its socket',
    hints: ['systemctl status containerd', kubeletLogCommand],
  },

  'state-file-rejected': {
    rank: 3,
    layer: 'kubelet',
    anchors: /checkpoint|restore state|lease drain|policy state file|CPUs in state|machine state/,
    responses: [
      {
        text: /could not restore state from checkpoint?(?:: [^\n]{1,400})?|[Pp]lease drain (?:this )?node and (?:delete|remove) [^\n]{1,500}|current set of available CPUs [^\n]{1,100} doesn't match with CPUs in state|the expected machine state is different from the real one|checkpoint is corrupted/,
        ...own,
      },
    ],
    examples: [
      'could not restore state from checkpoint: configured policy "static" differs from state checkpoint policy "none", please drain this node and delete the CPU manager checkpoint file "/var/lib/kubelet/cpu_manager_state" before restarting Kubelet',
    ],
    reason: 'the kubelet rejects a state file',
    sentence: ({ evidence = '' }: SentenceContext) =>
      `the kubelet does not accept the state of an earlier run (${fileOf(evidence)}): its policy was changed, the host has other CPUs or memory, or the file is damaged. ${exits.replace('the', 'The')}`,
    remedy: ({ evidence = '' }: SentenceContext) =>
      `move the pods to other nodes (kubectl drain), stop the kubelet, move ${fileOf(evidence)} away, and start the kubelet. Without the file, the node forgets which CPUs, memory or resources its running pods have exclusively: without drain, new pods may share them`,
    hints: logs,
  },

  'port-in-use': {
    rank: 4,
    layer: 'kubelet',
    anchors: /address already in use|Port-\d|Port \d{4,5} is in use/,
    responses: [
      {
        text: /failed to create listener: failed to listen on \S{0,100}:10250: [^\n"]{0,40}bind: address already in use/,
        hop: 'none',
        who: 'client',
        sentence:
          'a server other than the kubelet, such as metrics-server with hostNetwork, wants port 10250, which the kubelet of its node has',
        remedy: 'give that server another port (metrics-server: --secure-port=4443)',
        hints: ['kubectl get pods -A -o wide'],
      },
      {
        text: /listen(?:ing)? (?:tcp[46]?|on) ?\S{0,100}:102(?:50|55|48): [^\n"]{0,40}address already in use/,
        ...own,
      },
      {
        text: /\[ERROR Port-10250\]: [^\n]{0,60}|Port 10250 is in use/,
        ...ofKubeadm,
        sentence:
          'kubeadm found that port 10250 of this host is in use: a kubelet runs there already (of this host, of an earlier join, or of k3s or another distribution), or another program has the port',
        remedy:
          "find out who has it; if it is a kubelet that is not part of a cluster, stop it (systemctl stop kubelet) and run kubeadm again; if the host is a node already, it needs no join. kubeadm reset takes a host out of its cluster, and deletes its certificates and, on a control plane, etcd's data",
        hints: ["ss -ltnp 'sport = :10250'"],
      },
    ],
    examples: ['listen tcp 0.0.0.0:10250: bind: address already in use'],
    reason: 'the port is in use',
    sentence: `another program has the port of the kubelet on this host, often a second kubelet (of k3s, MicroK8s or an earlier run): the kubelet exits, or does not serve that port`,
    remedy: 'find out who has the port, and stop it, or give it another port',
    hints: ["ss -ltnp 'sport = :10250'", kubeletLogCommand],
  },

  'invalid-kubelet-settings': {
    rank: 5,
    layer: 'kubelet',
    anchors:
      /kubelet flag|feature gate|invalid kubeconfig|misconfiguration|KubeletConfiguration|unknown (?:shorthand )?flag|kubelet (?:config|dropin|dependencies|flags)|kubelet\/config|kubelet[.]config[.]k8s/,
    responses: [
      {
        ...unknownFlag,
        text: /failed to parse kubelet flag(?:: [^\n]{1,200})?|unknown flag: '?--(?:pod-infra-container-image|container-runtime|network-plugin|cni-(?:conf|bin)-dir)\b/,
      },
      { ...unknownFlag, when: isKubelet, text: /unknown (?:shorthand )?flag: [^\n"]{1,120}/ },
      {
        text: new RegExp(
          String.raw`(?<!command failed" err=")unrecognized feature gate: ${notOthers}\w{1,80}(?!:\s)(?![^\n]{0,120}\bkube-(?:apiserver|scheduler|controller-manager|proxy)\b)|cannot set feature gate ${notOthers}\w{1,80} to \w{4,5}, feature is (?:locked to \w{4,5}|PreAlpha)(?![^\n]{0,120}\bkube-(?:apiserver|scheduler|controller-manager|proxy)\b)|failed to set feature gates from initial flags-based config: [^\n"]{1,200}`,
        ),
        ...own,
        sentence: describeGate,
        remedy:
          'remove the gate from featureGates in the KubeletConfiguration and its drop-ins, and from --feature-gates of the kubelet (k3s and RKE2: kubelet-arg); then restart the kubelet',
      },
      {
        text: new RegExp(
          String.raw`failed to (?:load|read) kubelet config file[^\n]{0,500}?${cutOrMissing}|open /var/lib/kubelet/config\.yaml: no such file or directory`,
          'i',
        ),
        ...own,
        sentence:
          'the kubelet has no configuration file yet (/var/lib/kubelet/config.yaml, or what --config names), and so exits and is started again. On a kubeadm host that is usual until kubeadm init or join has written the file',
        remedy:
          'if the host has not joined, run kubeadm init or join; if it has, check the path of --config, and that kubeadm reset or a clean-up has not removed the file',
        hints: ['systemctl cat kubelet', kubeletLogCommand],
      },
      {
        text: /failed to (?:load|read|decode|merge|walk through) (?:[Kk]ubelet )?(?:config|dropin)\b[^\n]{0,400}|failed to merge kubelet configs[^\n]{0,300}|v1(?:alpha|beta)\d\.KubeletConfiguration\.[^\n]{1,200}|no kind "\w{1,60}" is registered for version "kubelet\.config\.k8s\.io[^\n]{1,100}/i,
        ...own,
        sentence: ({ evidence = '' }) =>
          `the kubelet cannot use its configuration file (${reasonIn(evidence)}): ${exits}`,
        remedy:
          'correct the file that the message names, and its drop-ins (--config-dir): kind KubeletConfiguration of kubelet.config.k8s.io/v1beta1, with fields that this version has; then restart the kubelet',
      },
      {
        text: /[Ff]ailed to validate kubelet (?:configuration|flags)(?:(?:, error)?: |" err=")(?!kubelet is configured to not run)[^\n]{1,400}|failed to construct kubelet dependencies: [^\n]{1,300}|(?<=[Kk]ubelet: )invalid kubeconfig: [^\n]{1,300}|(?<=[Kk]ubelet: )(?:failed to create kubelet: )?(?:misconfiguration|invalid configuration|bad --node-ip)\b[^\n]{1,300}/,
        ...own,
      },
    ],
    examples: [
      'failed to parse kubelet flag: unknown flag: --pod-infra-container-image',
      'failed to set feature gates from initial flags-based config: unrecognized feature gate: InTreePluginGCEUnregister',
      'cannot set feature gate SupportPodPidsLimit to false, feature is locked to true',
    ],
    reason: 'the kubelet rejects its settings',
    sentence: ({ evidence = '' }: SentenceContext) =>
      evidence === ''
        ? `the kubelet rejects one of its flags, feature gates or configuration files: ${exits}`
        : `the kubelet rejects its settings, or a file that they name (${reasonIn(evidence)}): ${exits}`,
    remedy:
      'correct what the message names in the KubeletConfiguration or the flags of the kubelet (systemctl cat kubelet shows them), and restart the kubelet',
    hints: logs,
  },

  'node-not-joined': {
    rank: 6,
    layer: 'kubelet',
    anchors:
      /preflight|JWS|are pinned|token id|already exists in the cluster|kubeadm-certs|waiting for the kubelet|crisocket|TLS bootstrap|error execution phase|CA hash|cluster CA found|\[ERROR [A-Z]|error d(?:ownloading|ecrypting)/,
    responses: [
      {
        text: /could not find a JWS signature in the cluster-info ConfigMap[^\n"]{0,80}|there is no JWS signed token in the cluster-info ConfigMap[^\n"]{0,120}|token id "[^"\n]{1,20}" is invalid for this cluster or it has expired/,
        hop: 'caller-to-apiserver',
        who: 'apiserver',
        sentence:
          'the bootstrap token of kubeadm join has expired (by default after 24 hours), or the cluster does not have it',
        remedy: 'on a control plane, make a new one, and join with what that prints',
        hints: ['kubeadm token create --print-join-command'],
      },
      {
        text: /cluster CA found in cluster-info ConfigMap is invalid[^\n]{0,200}|none of the public keys "[^"\n]{1,100}"(?: \S{1,100}){0,9} are pinned/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'kubeadm join refused the API server: its CA is not the one that --discovery-token-ca-cert-hash names. The command is from another cluster, the cluster was made again, or the address leads elsewhere',
        remedy: 'on a control plane of the cluster that it is to join, print the command again',
        hints: ['kubeadm token create --print-join-command'],
      },
      {
        text: /a Node with name "[^"\n]{1,253}" and status "\w{1,20}" already exists in the cluster/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'kubeadm join refused to join: a node of this name is Ready in the cluster. Two hosts have one name, or this host is a node already',
        remedy:
          'if it is another host, give this one another name (--node-name); if the old host is gone, delete its Node object (kubectl delete node), which ends its pods',
        hints: ['kubectl get nodes -o wide'],
      },
      {
        text: /Secret "kubeadm-certs" was not found[^\n]{0,200}|error (?:downloading|decrypting) (?:certs|secret)[^\n]{0,200}/,
        hop: 'caller-to-apiserver',
        who: 'client',
        sentence:
          'the control plane keeps its certificates for joining control planes for two hours only, and they are gone, or the key (--certificate-key) is another',
        remedy:
          'on a control plane, upload them again, and join with the key that it prints: it lets its holder read the keys of the cluster for two hours',
        hints: ['kubeadm init phase upload-certs --upload-certs'],
      },
      {
        text: /error uploading crisocket: [^\n]{1,200}|error execution phase kubelet-(?:start|wait-bootstrap): [^\n]{1,300}|failed while waiting for (?:TLS bootstrap|the kubelet to start)[^\n]{0,100}/,
        hop: 'none',
        who: 'kubelet',
        sentence:
          'kubeadm join started the kubelet, and it did not get a client certificate or register its node in time: it exits at start, does not reach the API server, or its request is not approved',
        remedy: 'read the log of the kubelet on that host, which says why',
        hints: [explainLogCommand, 'kubectl get csr'],
      },
      {
        text: /\[ERROR (?:File|Dir)Available-[\w.-]{1,120}\]: [^\n]{1,120}/,
        ...ofKubeadm,
        sentence:
          'this host has files of an earlier kubeadm init or join: it is a node already, or the earlier run stopped halfway',
        remedy:
          "if it is to stay a node, it needs no join. Otherwise kubeadm reset takes it out of its cluster, and deletes its certificates and manifests and, on a control plane, etcd's data",
      },
      {
        text: /\[ERROR (?!ImagePull|ExternalEtcd|ControlPlaneNodesReady|CRI\b|Swap\b|Port-10250\b)[A-Z][\w.-]{1,120}\]: [^\n]{1,160}/,
        ...ofKubeadm,
        sentence:
          'kubeadm checks the host before it changes anything, and what the line names is missing or not as needed: no kubelet was configured',
        remedy: 'correct what the line names, and run kubeadm again',
      },
    ],
    examples: [
      'error execution phase preflight: couldn\'t validate the identity of the API Server: could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"',
    ],
    reason: 'the node has not joined',
    sentence:
      'the host is not a node of the cluster yet: kubeadm, k3s or RKE2 stopped before the kubelet joined',
    remedy: 'correct what the message names, and join again',
    hints: [],
  },

  'kubelet-does-not-start': {
    rank: 7,
    layer: 'kubelet',
    isLesser: true,
    anchors:
      /failed to run kubelet|Dependency failed for|command failed"|Kubelet exited|kubelet-check|Kubelet failed to|healthy|kubelet[.]service|ExecStart=(?:[^ ]{1,80} )?[^ ]{0,80}kubelet|kubelet is(?: not|n't)|Failed to (?:start|initialize)|:10255\/healthz|:10248(?:\/healthz|: )/,
    responses: [
      {
        text: /(?:seems like the kubelet isn't running or healthy|\[kubelet-check\] The kubelet is not healthy after|:10248\/healthz['"]{0,2} (?:failed with error: Get "?https?:\/\/|returned (?:HTTP code|error))|:10255\/healthz(?:\/syncloop)?['"]{0,2} failed with error: |\[kubelet-check\] Initial timeout of \S{1,10} passed|error uploading crisocket: timed out|^\s{0,9}- The kubelet is not running$)/,
        hop: 'caller-to-kubelet',
        who: 'kubelet',
        sentence:
          'kubeadm got no healthy answer from the kubelet of this host, or waited in vain for it to register: it does not run, ends again and again, or does not reach the API server',
        remedy: startRemedy,
        hints: explained,
      },
      {
        text: /(?<!container )(?:failed to run kubelet|Kubelet exited)(?:: |" err="|\b)[^\n]{0,300}|Kubelet failed to get node info[^\n]{0,100}|Failed to (?:start (?:ContainerManager|cAdvisor|OOM watcher)|initialize internal modules)[^\n]{0,200}/i,
        ...own,
        sentence: `${exits}; its reason stands after the colon or in err`,
      },
      {
        text: /"command failed" err="[^\n]{1,300}/,
        when: isKubelet,
        ...own,
        sentence: `${exits}; its reason stands in err`,
      },
      {
        text: /Dependency failed for [^\n]{0,60}kubelet\b|Job kubelet\.service\/start failed with result ['\u2018]dependency/i,
        ...own,
        sentence:
          'systemd did not start the kubelet, because a unit that its unit requires, often the container runtime, did not start',
        remedy: 'find that unit among those that it requires, and start it; then start the kubelet',
        hints: ['systemctl list-dependencies kubelet', 'systemctl --failed'],
      },
      {
        text: /kubelet\.service: (?:[Mm]ain process exited|Failed with result|Start request repeated too quickly|Scheduled restart job|start request repeated)[^\n]{0,80}|Unit kubelet\.service entered failed state|Failed to start kubelet(?:\.service)?\b[^\n]{0,60}|ExecStart=(?:\S{1,80} )?\S{0,80}kubelet [^\n]{0,600}?\(code=exited, status=[1-9][^\n]{0,40}/,
        ...own,
        sentence: `${exits}: systemd starts it again and again, and these lines do not say why`,
        hints: [explainLogCommand],
      },
    ],
    examples: [
      'E0301 12:00:00.000001 5000 run.go:72] "command failed" err="failed to run Kubelet: failed to create kubelet: no answer"',
    ],
    reason: 'the kubelet does not start',
    sentence:
      'the kubelet of this host does not run: it was stopped, or exits at start again and again, and so nothing answers at its ports',
    remedy: startRemedy,
    hints: explained,
  },

  'node-not-registered': {
    rank: 284,
    layer: 'kubelet',
    isLesser: true,
    anchors: /Error getting node|to register|node \\?"[^"\\]{1,253}\\?" not found|v1.Node object/,
    responses: [
      {
        text: /"?Unable to construct v1\.Node object for kubelet"?[^\n]{0,300}/,
        hop: 'none',
        who: 'kubelet',
        sentence:
          'the kubelet cannot make its Node object: it asks a cloud provider that does not know this host, or a setting such as --node-ip fits no interface',
        remedy:
          'read its err; with --cloud-provider=external, the cloud controller manager does what it asks for',
        hints: logs,
      },
      {
        text: /"Error getting node" err="node[s]? \\?"[^"\n]{1,253}" not found"?|(?:kubelet\.go:\d{1,5}\] |E\d{4} [^\n]{0,60}\] |err=")"?node \\?"[^"\n]{1,253}" not found"?|Unable to register (?:node|\S{1,253})(?: "[^"\n]{1,253}")? with (?:the )?API ?server[^\n]{0,200}/i,
        hop: 'kubelet-to-apiserver',
        who: 'kubelet',
      },
    ],
    examples: [
      'E1219 05:56:59.337946 37131 kubelet.go:2448] "Error getting node" err="node \\"n1\\" not found"',
    ],
    reason: 'the node is not registered',
    sentence:
      'the kubelet runs, and its Node object is not (yet) in the cluster: this alone says no reason. It has not registered, since it does not reach the API server or has no certificate, or was refused; other lines of its log say which',
    remedy:
      'explain its whole log, not this line alone; if the API server is a pod of this host, it starts first, and the line ends with it',
    hints: [explainLogCommand, 'kubectl get nodes'],
  },

  'network-plugin-not-ready': {
    rank: 285,
    layer: 'kubelet',
    isLesser: true,
    anchors: /cni plugin not|cni config|NetworkReady=false|NetworkPluginNotReady/,
    responses: [
      {
        text: /cni (?:plugin not initialized|config uninitialized)|NetworkReady=false[^\n"]{0,200}|NetworkPluginNotReady/,
        ...own,
      },
    ],
    examples: [
      'NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ],
    reason: 'the network plugin is not ready',
    sentence:
      'the kubelet runs, and waits for the network plugin (CNI) of its node: it is not installed, or its pod does not start. Until then the node is NotReady; neither access to the kubelet nor a permission is to blame',
    remedy: 'check the pods of the network plugin on that node (Calico, Cilium, Flannel, …)',
    hints: ['kubectl get pods -A -o wide'],
  },
} as const satisfies Record<string, WrittenCause>;

function fileOf(evidence: string): string {
  const [, file] = /file \\?"?(\/?[\w./-]{1,200})\b/.exec(evidence) ?? [];
  return file ?? 'its state file in /var/lib/kubelet';
}

/** Returns the last part of a message: what is wrong, without what the kubelet was doing. */
function reasonIn(evidence: string): string {
  const [words = ''] = evidence.split(/"? path[=:]/, 1);
  const parts = words.split(/\berror:? |: (?=invalid|open|unknown|no kind)/);
  return (parts.at(-1) ?? words).slice(-160).replace(/["\\, ]{1,9}$/, '');
}
