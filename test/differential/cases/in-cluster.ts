import { type Case, kubeconfig, withoutNamespace } from '../case.ts';

const account = {
  'serviceaccount/token': 'pod-token',
  'serviceaccount/ca.crt': '{{caPem}}',
  'serviceaccount/namespace': 'pods',
};
const service = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '{{https.port}}' };

/** Returns a case that runs as in a pod: its process sees the folder of a service account. */
const inPod = (title: string, more: Omit<Case, 'title' | 'mount'> = {}): Case => ({
  title: `in a pod: ${title}`,
  mount: 'serviceaccount',
  // The default server runs, because a program that does not notice the pod calls it.
  starts: ['default'],
  ...more,
  env: { ...service, ...more.env },
  files: { ...account, ...more.files },
});

const without = (title: string, name: keyof typeof account): Case => {
  const testCase = inPod(title);
  const left = Object.entries(account).filter(([file]) => file !== name);
  return { ...testCase, files: Object.fromEntries(left) };
};

export const inClusterCases: readonly Case[] = [
  inPod('token and CA of the service account are used'),
  inPod('the token is trimmed', { files: { 'serviceaccount/token': 'pod-token\n' } }),
  inPod('the token of the service account is empty', { files: { 'serviceaccount/token': '' } }),
  without('the folder of the service account has no token', 'serviceaccount/token'),
  without('the folder of the service account has no CA', 'serviceaccount/ca.crt'),
  without('the folder of the service account has no namespace', 'serviceaccount/namespace'),
  inPod(
    '--insecure-skip-tls-verify is given, and another CA signed the certificate of the server',
    {
      args: ['--insecure-skip-tls-verify'],
      files: { 'serviceaccount/ca.crt': '{{otherCaPem}}' },
    },
  ),
  inPod('a server is not trusted if another CA signed its certificate', {
    files: { 'serviceaccount/ca.crt': '{{otherCaPem}}' },
  }),
  inPod('the CA file of the service account is empty', { files: { 'serviceaccount/ca.crt': '' } }),
  inPod('KUBERNETES_SERVICE_HOST is not set', { env: { KUBERNETES_SERVICE_HOST: '' } }),
  inPod('KUBERNETES_SERVICE_PORT is not set', { env: { KUBERNETES_SERVICE_PORT: '' } }),
  inPod('KUBERNETES_SERVICE_HOST may be an IPv6 address', {
    env: { KUBERNETES_SERVICE_HOST: '::1', KUBERNETES_SERVICE_PORT: '{{https6.port}}' },
  }),
  inPod('KUBERNETES_SERVICE_HOST may be a name', { env: { KUBERNETES_SERVICE_HOST: 'localhost' } }),
  inPod('KUBERNETES_SERVICE_PORT_HTTPS does not matter', {
    env: { KUBERNETES_SERVICE_PORT_HTTPS: '1' },
  }),
  inPod('a kubeconfig is preferred', { files: { config: kubeconfig() } }),
  inPod('a kubeconfig without context is effectively empty', {
    files: { config: kubeconfig().replace(/current-context.*/, '') },
  }),
  inPod('an empty kubeconfig counts as missing', { files: { config: '' } }),
  inPod('a kubeconfig whose fields are null counts as missing', {
    files: { config: 'users: null\n' },
  }),
  inPod('a kubeconfig has only preferences', {
    files: { config: 'preferences: {colors: true}\n' },
  }),
  inPod('a kubeconfig has only a current-context', { files: { config: 'current-context: c\n' } }),
  inPod('a kubeconfig has only a user', {
    files: { config: 'users: [{name: a, user: {token: t}}]\n' },
  }),
  inPod('a kubeconfig has only a cluster that no context chooses', {
    files: { config: 'clusters: [{name: a, cluster: {server: "{{secondHttps}}"}}]\n' },
  }),
  inPod('a missing $KUBECONFIG counts as missing', { env: { KUBECONFIG: '{{dir}}/missing' } }),
  inPod('a malformed kubeconfig is fatal', { files: { config: 'a: [' } }),
  inPod('--kubeconfig of an empty file', { args: ['--kubeconfig=/dev/null'] }),
  inPod('--kubeconfig of a missing file', { args: ['--kubeconfig={{dir}}/missing'] }),
  inPod('--token is used', { args: ['--token=flag'] }),
  inPod('--certificate-authority is used', {
    args: ['--certificate-authority={{ca}}'],
    files: { 'serviceaccount/ca.crt': '{{otherCaPem}}' },
  }),
  inPod('--certificate-authority is used even if it is the wrong CA', {
    args: ['--certificate-authority={{otherCa}}'],
  }),
  inPod('--token and --certificate-authority', {
    args: ['--token=flag', '--certificate-authority={{ca}}'],
    files: { 'serviceaccount/ca.crt': '{{otherCaPem}}' },
  }),
  inPod('--server asks for credentials', { args: ['--server={{secondHttps}}'] }),
  inPod('--server with --token', {
    args: ['--server={{secondHttps}}', '--token=flag', '--certificate-authority={{ca}}'],
  }),
  inPod('--server to http', { args: ['--server={{http}}'] }),
  inPod('--as turns the service account off', { args: ['--as=me'] }),
  inPod('--as-group turns the service account off', { args: ['--as-group=g'] }),
  inPod('--as-uid turns the service account off', { args: ['--as-uid=1'] }),
  inPod('--request-timeout turns the service account off', { args: ['--request-timeout=5s'] }),
  inPod('--request-timeout=0', { args: ['--request-timeout=0'] }),
  inPod('--insecure-skip-tls-verify', { args: ['--insecure-skip-tls-verify'] }),
  inPod('--insecure-skip-tls-verify=false', { args: ['--insecure-skip-tls-verify=false'] }),
  inPod('--tls-server-name', { args: ['--tls-server-name=kube.test'] }),
  inPod('--proxy-url turns the service account off', { args: ['--proxy-url={{proxy}}'] }),
  inPod('client certificate flags are ignored', {
    args: ['--client-certificate={{cert}}', '--client-key={{key}}'],
  }),
  inPod('--username and --password', { args: ['--username=u', '--password=p'] }),
  inPod('a --context that does not exist', { args: ['--context=x'] }),
  inPod('a --cluster that does not exist', { args: ['--cluster=x'] }),
  inPod('a --user that does not exist', { args: ['--user=x'] }),
  inPod('-n has no effect', { args: ['-n', 'x'], ...withoutNamespace }),
  inPod('$KUBERNETES_MASTER', { env: { KUBERNETES_MASTER: '{{http}}' } }),
  inPod('HTTPS_PROXY is obeyed', {
    env: { KUBERNETES_SERVICE_HOST: '0.0.0.0', HTTPS_PROXY: '{{proxy}}' },
  }),
  inPod('a request is not repeated after a 401', { answers: { https: [401] } }),
  inPod('POD_NAMESPACE has no effect', { env: { POD_NAMESPACE: 'x' } }),
];
