import type { Via } from '../kubelet/kubelet.ts';

/** What kubelets call the parameters of the API server. Source: k8s.io/kubelet/pkg/cri/streaming/remotecommand. */
const kubeletNames: Readonly<Record<string, string>> = {
  stdin: 'input',
  stdout: 'output',
  stderr: 'error',
  tty: 'tty',
};

/**
 * The path for a kubelet, or of the pod at the API server, of what client-node asks the API server for:
 * `/api/v1/namespaces/NS/pods/POD/exec?container=C&stdout=true…`.
 */
export function streamPath(path: string, via: Via): string {
  const { pathname, searchParams } = new URL(path, 'http://server');
  const [, , , , namespace, , pod, verb] = pathname.split('/');
  if (via === 'apiserver') {
    for (const name of Object.keys(kubeletNames))
      if (searchParams.get(name) !== 'true') searchParams.delete(name);
    return `/${verb}?${searchParams.toString()}`;
  }
  const query = new URLSearchParams();
  for (const [name, value] of searchParams) {
    const own = kubeletNames[name];
    if (own !== undefined && value === 'true') query.append(own, '1');
    if (name === 'command') query.append(name, value);
  }
  const container = encodeURIComponent(searchParams.get('container') ?? '');
  return `/${verb}/${namespace}/${pod}/${container}?${query.toString()}`;
}
