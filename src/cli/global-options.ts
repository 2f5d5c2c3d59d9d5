import { defaultAddressTypes } from '../kubelet/address.ts';
import { type OptionSpec, optionsOf } from './option.ts';

const server = optionsOf('API Server Connection');
const identity = optionsOf('Identity');
const kubelets = optionsOf('Kubelet Connection');
const general = optionsOf('General');

/** Options of every command. All but those for kubelets are kubectl's, with kubectl's meaning. */
export const globalOptions = {
  kubeconfig: server.text('--kubeconfig', 'Path to the kubeconfig file.', { completes: 'file' }),
  context: server.text('--context', 'Name of the kubeconfig context.', { completes: 'context' }),
  cluster: server.text('--cluster', 'Name of the kubeconfig cluster.', { completes: 'cluster' }),
  user: server.text('--user', 'Name of the kubeconfig user.', { completes: 'kubeconfig-user' }),
  server: server.text('-s,--server', 'Address and port of the API server.', {
    secret: 'url',
  }),
  certificateAuthority: server.text(
    '--certificate-authority',
    'Path to a CA certificate file to verify the API server with.',
    { completes: 'file' },
  ),
  tlsServerName: server.text(
    '--tls-server-name',
    "Name to verify the API server's certificate for. Defaults to the host of the server.",
  ),
  insecureSkipTlsVerify: server.flag(
    '--insecure-skip-tls-verify',
    "Do not verify the API server's certificate. Whatever answers receives your credentials.",
  ),
  proxyUrl: server.text('--proxy-url', 'Proxy to the API server: http://, https:// or socks5://.', {
    secret: 'url',
  }),
  requestTimeout: server.text(
    '--request-timeout',
    'Time limit of one request to the API server. 0 means the default, 60s.',
    { initial: '0' },
  ),
  namespace: server.text(
    '-n,--namespace',
    "Namespace of a pod that is named without one. Defaults to the context's.",
    { completes: 'namespace' },
  ),
  disableCompression: server.flag(
    '--disable-compression',
    'Accepted for compatibility with kubectl; has no effect.',
  ),
  token: identity.text('--token', 'Bearer token for the API server.', { secret: 'value' }),
  username: identity.text('--username', 'Username for basic authentication to the API server.'),
  password: identity.text('--password', 'Password for basic authentication to the API server.', {
    secret: 'value',
  }),
  clientCertificate: identity.text(
    '--client-certificate',
    'Path to a client certificate file for the API server.',
    { completes: 'file' },
  ),
  clientKey: identity.text('--client-key', 'Path to the key file of the client certificate.', {
    completes: 'file',
  }),
  as: identity.text('--as', 'Username to impersonate toward the API server.', {
    completes: 'username',
  }),
  asGroup: identity.list('--as-group', 'Group to impersonate. Can be repeated.', {
    completes: 'group',
  }),
  asUid: identity.text('--as-uid', 'UID to impersonate.'),
  asUserExtra: identity.list('--as-user-extra', 'KEY=VALUE to impersonate. Can be repeated.'),
  kubeletPort: kubelets.text(
    '--kubelet-port',
    'Port of the kubelets. Defaults to the port that the Node object reports.',
  ),
  kubeletPreferredAddressTypes: kubelets.text(
    '--kubelet-preferred-address-types',
    'Node address types to try, in order.',
    { initial: defaultAddressTypes.join(','), completes: { listOf: defaultAddressTypes } },
  ),
  kubeletCertificateAuthority: kubelets.text(
    '--kubelet-certificate-authority',
    'Path to a CA file for kubelets, or "system" for this machine\'s. Default: the cluster\'s.',
    { completes: 'file' },
  ),
  kubeletClientCertificate: kubelets.text(
    '--kubelet-client-certificate',
    'Path to a client certificate file for kubelets. Defaults to the credentials of the context.',
    { completes: 'file' },
  ),
  kubeletClientKey: kubelets.text(
    '--kubelet-client-key',
    'Path to the key file of the client certificate for kubelets.',
    { completes: 'file' },
  ),
  kubeletTokenFile: kubelets.text(
    '--kubelet-token-file',
    'Path to a token file for kubelets. Defaults to the credentials of the context.',
    { completes: 'file' },
  ),
  kubeletProxyUrl: kubelets.text(
    '--kubelet-proxy-url',
    'Proxy to the kubelets. Defaults to HTTPS_PROXY of the environment.',
    { secret: 'url' },
  ),
  kubeletTlsServerName: kubelets.text(
    '--kubelet-tls-server-name',
    "Name to verify a kubelet's certificate for. Defaults to the address of the kubelet.",
  ),
  kubeletFingerprint: kubelets.list(
    '--kubelet-fingerprint',
    'Trust a kubelet by certificate fingerprint: [NODE=]SHA256:…, or @FILE with such lines. Can be repeated.',
    { completes: '@file' },
  ),
  kubeletInsecureSkipTlsVerify: kubelets.flag(
    '-k,--kubelet-insecure-skip-tls-verify',
    'Do not verify the certificates of kubelets. No token is sent to a kubelet then.',
  ),
  verbosity: general.text(
    '-v,--v',
    'Log level: above 0 prints causes of errors, 6 to 8 requests without secrets.',
    { initial: '0', completes: ['0', '1', '6', '7', '8'] },
  ),
  color: general.text(
    '--color',
    'Color output: "auto" (on a terminal, unless NO_COLOR is set), "always" or "never".',
    { initial: 'auto', completes: ['auto', 'always', 'never'] },
  ),
};

export const globalOptionList: readonly OptionSpec[] = Object.values(globalOptions);

export type Globals = {
  readonly [Key in keyof typeof globalOptions]: (typeof globalOptions)[Key]['initial'];
};
