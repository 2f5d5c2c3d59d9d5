import { neverGranted, user } from './subject.ts';

/**
 * Why a name by which a kubelet calls kube-apiserver is not one to grant anything to, or undefined if it may be. The name
 * is all that one machine says: it shall not choose who gets nodes/proxy.
 */
export function notKubeletClient(userName: string): string | undefined {
  if (userName === '') return 'it is empty';
  const never = neverGranted(user(userName));
  if (never !== undefined) return never;
  return userName.startsWith('system:serviceaccount:')
    ? 'it is a service account, which no kube-apiserver is (it shows kubelets a client certificate)'
    : undefined;
}
