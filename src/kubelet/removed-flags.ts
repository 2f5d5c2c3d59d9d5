import type { Flags } from './bodies/flagz.ts';

/** A flag that kubelets no longer have. */
interface RemovedFlag {
  /** Minor version of the first kubelets without the flag. */
  readonly since: number;
  /** What takes its place. */
  readonly instead?: string;
  /** /flagz also has flags that are not given, with their default. Undefined if kubelets with the flag do not serve /flagz. */
  readonly initial?: RegExp;
}

const ofDockershim: RemovedFlag = {
  since: 24,
  instead: 'dockershim is gone, and the container runtime calls CNI',
};

/** cAdvisor's flags. Source: https://github.com/kubernetes/kubernetes/pull/139870 */
const ofCadvisor = (initial: RegExp): RemovedFlag => ({
  since: 37,
  instead: 'cAdvisor asks the endpoint of the container runtime, and has no flags',
  initial,
});

const removedFlags: Readonly<Record<string, RemovedFlag>> = {
  'network-plugin': ofDockershim,
  'cni-conf-dir': ofDockershim,
  'cni-bin-dir': ofDockershim,
  'container-runtime': { since: 27, instead: 'only runtimes with CRI are left' },
  'cloud-config': { since: 34, initial: /^$/ },
  // Source: https://github.com/kubernetes/kubernetes/pull/133779
  'pod-infra-container-image': {
    since: 35,
    instead:
      'the container runtime has its own setting for the pause image. On a kubeadm node it is in /var/lib/kubelet/kubeadm-flags.env',
    initial: /^registry\.k8s\.io\/pause:[\d.]+$/,
  },
  'application-metrics-count-limit': ofCadvisor(/^100$/),
  'boot-id-file': ofCadvisor(/^\/proc\/sys\/kernel\/random\/boot_id$/),
  'container-hints': ofCadvisor(/^\/etc\/cadvisor\/container_hints\.json$/),
  containerd: ofCadvisor(/^\/run\/containerd\/containerd\.sock$/),
  'containerd-namespace': ofCadvisor(/^k8s\.io$/),
  'enable-load-reader': ofCadvisor(/^false$/),
  'event-storage-age-limit': ofCadvisor(/^default=0$/),
  'event-storage-event-limit': ofCadvisor(/^default=0$/),
  'global-housekeeping-interval': ofCadvisor(/^1m0s$/),
  'log-cadvisor-usage': ofCadvisor(/^false$/),
  'machine-id-file': ofCadvisor(/^\/etc\/machine-id,\/var\/lib\/dbus\/machine-id$/),
  'storage-driver-user': ofCadvisor(/^root$/),
  'storage-driver-password': ofCadvisor(/^root$/),
  'storage-driver-host': ofCadvisor(/^localhost:8086$/),
  'storage-driver-db': ofCadvisor(/^cadvisor$/),
  'storage-driver-table': ofCadvisor(/^stats$/),
  'storage-driver-secure': ofCadvisor(/^false$/),
  'storage-driver-buffer-duration': ofCadvisor(/^1m0s$/),
};

function removedFlag(flag: string): RemovedFlag | undefined {
  return Object.hasOwn(removedFlags, flag) ? removedFlags[flag] : undefined;
}

/** Returns why kubelets do not know a flag. */
export function whyUnknown(flag: string): string {
  const { since, instead } = removedFlag(flag) ?? {};
  if (since === undefined) return 'a newer version removed it, or it is misspelled';
  return `1.${since} removed it${instead === undefined ? '' : `: ${instead}`}`;
}

/** Whether kubelets lose flags from minor version `from` to minor version `to`. */
export function losesFlags(from: number, to: number): boolean {
  return Object.values(removedFlags).some(
    ({ since, initial }) => initial && from < since && since <= to,
  );
}

/** Returns the flags with a value other than their default that kubelets lose from minor version `from` to `to`. */
export function lostFlags(
  flags: Flags,
  from: number,
  to: number,
): readonly { readonly flag: string; readonly since: number }[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    const flag = name.replaceAll('_', '-');
    const { since = 0, initial } = removedFlag(flag) ?? {};
    return since <= from || since > to || initial?.test(value) ? [] : [{ flag, since }];
  });
}
