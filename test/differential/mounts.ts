import type { Case } from './case.ts';

/** Shell code that mounts files. Only the program of the case sees these mounts. */
const scripts = {
  // The names are in /etc/hosts, so that programs send no DNS query.
  hosts: `printf '127.0.0.1 localhost kube.test sub.kube.test\\n' > "$0/hosts" && mount --bind "$0/hosts" /etc/hosts`,
  serviceaccount: `mount -t tmpfs tmpfs /var/run && mkdir -p /var/run/secrets/kubernetes.io && cp -r "$0/serviceaccount" /var/run/secrets/kubernetes.io/`,
} as const;

export function mounted(
  mount: Case['mount'],
  dir: string,
  program: string,
  args: readonly string[],
): readonly [command: string, args: readonly string[]] {
  if (mount === undefined) return [program, args];
  const script = `${scripts[mount]} && exec "$@"`;
  return ['unshare', ['--mount', 'sh', '-c', script, dir, program, ...args]];
}
