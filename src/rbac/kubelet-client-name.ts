import { neverGranted, user } from './subject.ts';

/**
 * Why a name that a kubelet gives for kube-apiserver cannot be granted access; undefined if it can. The name comes from one
 * machine, which must not choose who gets nodes/proxy.
 */
export function notKubeletClient(userName: string): string | undefined {
  if (userName === '') return 'it is empty';
  const never = neverGranted(user(userName));
  if (never !== undefined) return never;
  return userName.startsWith('system:serviceaccount:')
    ? 'it is a service account, but kube-apiserver authenticates to kubelets with a client certificate'
    : undefined;
}
