import { defaultAddressTypes } from '../kubelet/address.ts';
import type { OptionSpec } from './option.ts';

type Declared<Value extends OptionSpec['initial']> = Omit<OptionSpec<Value>, 'group'>;
type More = Pick<OptionSpec, 'short' | 'secret' | 'completes' | 'not'>;

function text(
  name: string,
  description: string,
  { initial = '', ...more }: More & { readonly initial?: string } = {},
): Declared<string> {
  return { name, kind: 'text', initial, description, ...more };
}

function list(name: string, description: string, more: More = {}): Declared<readonly string[]> {
  return { name, kind: 'list', initial: [], description, ...more };
}

function flag(name: string, description: string, more: More = {}): Declared<boolean> {
  return { name, kind: 'flag', initial: false, description, ...more };
}

function grouped<Options extends Readonly<Record<string, Omit<OptionSpec, 'group'>>>>(
  group: string,
  options: Options,
): { readonly [Key in keyof Options]: Options[Key] & Pick<OptionSpec, 'group'> } {
  const entries = Object.entries(options).map(([key, option]) => [key, { ...option, group }]);
  return Object.fromEntries(entries) as ReturnType<typeof grouped<Options>>;
}

/** Options of every command. All except the kubelet options and --color are kubectl's options, with the same meaning. */
export const globalOptions = {
  ...grouped('API Server Connection', {
    kubeconfig: text('--kubeconfig', 'Path to the kubeconfig file.', { completes: 'file' }),
    context: text('--context', 'Name of the kubeconfig context.', { completes: 'context' }),
    cluster: text('--cluster', 'Name of the kubeconfig cluster.', { completes: 'cluster' }),
    user: text('--user', 'Name of the kubeconfig user.', { completes: 'kubeconfig-user' }),
    server: text('--server', 'Address and port of the API server.', {
      short: '-s',
      secret: 'url',
    }),
    certificateAuthority: text(
      '--certificate-authority',
      'Path to a CA certificate file to verify the API server with.',
      { completes: 'file' },
    ),
    tlsServerName: text(
      '--tls-server-name',
      "Name to verify the API server's certificate for. Defaults to the host of the server.",
    ),
    insecureSkipTlsVerify: flag(
      '--insecure-skip-tls-verify',
      "Do not verify the API server's certificate. Whatever answers receives your credentials.",
    ),
    proxyUrl: text('--proxy-url', 'Proxy to the API server: http://, https:// or socks5://.', {
      secret: 'url',
    }),
    requestTimeout: text(
      '--request-timeout',
      'Time limit of one request to the API server. 0 means the default, 60s.',
      { initial: '0' },
    ),
    namespace: text(
      '--namespace',
      "Namespace of a pod that is named without one. Defaults to the context's.",
      { short: '-n', completes: 'namespace' },
    ),
    disableCompression: flag(
      '--disable-compression',
      'Accepted for compatibility with kubectl; has no effect.',
    ),
  }),
  ...grouped('Identity', {
    token: text('--token', 'Bearer token for the API server.', { secret: 'value' }),
    username: text('--username', 'Username for basic authentication to the API server.'),
    password: text('--password', 'Password for basic authentication to the API server.', {
      secret: 'value',
    }),
    clientCertificate: text(
      '--client-certificate',
      'Path to a client certificate file for the API server.',
      { completes: 'file' },
    ),
    clientKey: text('--client-key', 'Path to the key file of the client certificate.', {
      completes: 'file',
    }),
    as: text('--as', 'Username to impersonate toward the API server.', {
      completes: 'username',
    }),
    asGroup: list('--as-group', 'Group to impersonate. Can be repeated.', { completes: 'group' }),
    asUid: text('--as-uid', 'UID to impersonate.'),
    asUserExtra: list('--as-user-extra', 'KEY=VALUE to impersonate. Can be repeated.'),
  }),
  ...grouped('Kubelet Connection', {
    kubeletPort: text(
      '--kubelet-port',
      'Port of the kubelets. Defaults to the port that the Node object reports.',
    ),
    kubeletPreferredAddressTypes: text(
      '--kubelet-preferred-address-types',
      'Node address types to try, in order.',
      {
        initial: defaultAddressTypes.join(','),
        completes: { listOf: defaultAddressTypes },
        // Types choose among the addresses of a Node object.
        not: ['--kubelet-address'],
      },
    ),
    kubeletCertificateAuthority: text(
      '--kubelet-certificate-authority',
      'Path to a CA file for kubelets, or "system" for this machine\'s. Default: the cluster\'s.',
      { completes: 'file' },
    ),
    kubeletClientCertificate: text(
      '--kubelet-client-certificate',
      'Path to a client certificate file for kubelets. Defaults to the credentials of the context.',
      { completes: 'file' },
    ),
    kubeletClientKey: text(
      '--kubelet-client-key',
      'Path to the key file of the client certificate for kubelets.',
      { completes: 'file' },
    ),
    kubeletTokenFile: text(
      '--kubelet-token-file',
      'Path to a token file for kubelets. Defaults to the credentials of the context.',
      { completes: 'file' },
    ),
    showToken: flag(
      '--show-token',
      'Show your token to kubelets whose certificates are verified; they could use it.',
    ),
    kubeletProxyUrl: text(
      '--kubelet-proxy-url',
      'Proxy to the kubelets. Defaults to HTTPS_PROXY of the environment.',
      { secret: 'url' },
    ),
    kubeletTlsServerName: text(
      '--kubelet-tls-server-name',
      "Name to verify a kubelet's certificate for. Defaults to the address of the kubelet.",
    ),
    kubeletFingerprint: list(
      '--kubelet-fingerprint',
      'Trust a kubelet by certificate fingerprint: [NODE=]SHA256:…, or @FILE with such lines. Can be repeated.',
      { completes: '@file' },
    ),
    kubeletInsecureSkipTlsVerify: flag(
      '--kubelet-insecure-skip-tls-verify',
      'Do not verify the certificates of kubelets. No token is sent to a kubelet then.',
      { short: '-k' },
    ),
  }),
  ...grouped('General', {
    verbosity: text(
      '--v',
      'Log level: above 0 prints causes of errors, 6 to 8 requests without secrets.',
      { initial: '0', short: '-v', completes: ['0', '1', '6', '7', '8'] },
    ),
    color: text(
      '--color',
      'Color output: "auto" (on a terminal, unless NO_COLOR is set), "always" or "never".',
      { initial: 'auto', completes: ['auto', 'always', 'never'] },
    ),
  }),
};

/** Options that set the credential for kubelets. */
export const kubeletCredentialFlags = (
  ['kubeletClientCertificate', 'kubeletClientKey', 'kubeletTokenFile'] as const
).map((key) => globalOptions[key].name);

/** The option with which kubelets are not verified. */
export const skipVerification = globalOptions.kubeletInsecureSkipTlsVerify.name;

export const globalOptionList: readonly OptionSpec[] = Object.values(globalOptions);

export type Globals = {
  readonly [Key in keyof typeof globalOptions]: (typeof globalOptions)[Key]['initial'];
};
