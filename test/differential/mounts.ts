import type { Case } from './case.ts';

/** What only the program of a case sees. */
const scripts = {
  // The name must not be looked up: nothing leaves this machine.
  hosts: `printf '127.0.0.1 localhost kube.test sub.kube.test\\n' > "$0/hosts" && mount --bind "$0/hosts" /etc/hosts`,
  serviceaccount: `mount -t tmpfs tmpfs /var/run && mkdir -p /var/run/secrets/kubernetes.io && cp -r "$0/serviceaccount" /var/run/secrets/kubernetes.io/`,
} as const;

/** The command line, in a mount namespace of its own if the case wants one. */
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
