import { type Case, kubeconfig, withFlags, withUser } from '../case.ts';

/** Two of everything: `c` is current, `d` is the other, whose token is `d` and whose server the second one. */
const both = {
  config: `clusters:
- {name: c, cluster: {server: "{{https}}", certificate-authority: {{ca}}}}
- {name: d, cluster: {server: "{{secondHttps}}", certificate-authority: {{ca}}}}
users:
- {name: c, user: {token: c}}
- {name: d, user: {token: d}}
contexts:
- {name: c, context: {cluster: c, user: c}}
- {name: d, context: {cluster: d, user: d}}
current-context: c
`,
};
const choosing = (title: string, ...args: string[]) => withFlags(title, args, { files: both });
const withCertificate = {
  config: kubeconfig({
    user: 'client-certificate-data: {{certData}}, client-key-data: {{keyData}}',
  }),
};
const withCertificateFiles = {
  config: kubeconfig({ user: 'client-certificate: {{cert}}, client-key: {{key}}' }),
};
const cluster = (fields: string) => ({ config: kubeconfig({ cluster: fields }) });
const user = (fields: string) => ({ config: kubeconfig({ user: fields }) });

const choice: readonly Case[] = [
  choosing('--context chooses cluster and user', '--context=d'),
  choosing('--context takes its value apart', '--context', 'd'),
  choosing('--cluster chooses the cluster alone', '--cluster=d'),
  choosing('--user chooses the user alone', '--user', 'd'),
  choosing('--user beats that of --context', '--context=d', '--user=c'),
  choosing('--server beats that of --cluster', '--cluster=d', '--server={{https}}'),
  choosing('-s is --server', '-s', '{{secondHttps}}'),
  choosing('-s takes its value at once', '-s{{secondHttps}}'),
  choosing('-s takes its value after an equals sign', '-s={{secondHttps}}'),
  choosing('an empty --context is the current one', '--context='),
  choosing('an empty --cluster is that of the context', '--cluster', ''),
  choosing('an empty --user is that of the context', '--user='),
  choosing('an empty --server is that of the cluster', '--server='),
  choosing('--context of nothing is an error', '--context=x'),
  choosing('--cluster of nothing is an error', '--cluster=x'),
  choosing('--user of nothing is an error', '--user=x'),
  choosing(
    '--cluster of nothing is an error though a server is given',
    '--cluster=x',
    '--server={{https}}',
  ),
  choosing('--user of nothing is an error though a token is given', '--user=x', '--token=t'),
  choosing('the last of two values counts', '--context=c', '--context=d'),
  choosing('-n does not matter', '-n', 'kube-system'),
  choosing('--namespace does not matter', '--namespace=kube-system'),
  choosing('an empty --namespace does not matter', '--namespace='),
];

const servers: readonly Case[] = [
  withFlags('--server keeps the CA of the file', ['--server={{secondHttps}}']),
  withFlags(
    '--server clears the tls-server-name of the file',
    ['--server=https://127.0.0.1:{{otherName.port}}'],
    {
      files: cluster(
        'server: "{{https}}", certificate-authority: {{ca}}, tls-server-name: other.test',
      ),
    },
  ),
  withFlags('--server with --tls-server-name', [
    '--server={{otherName}}',
    '--tls-server-name=other.test',
  ]),
  withFlags(
    '--server keeps the proxy-url of the file',
    ['--server=https://kube.test:{{https.port}}'],
    {
      files: cluster(
        'server: "https://x:1", certificate-authority: {{ca}}, proxy-url: "{{proxy}}"',
      ),
    },
  ),
  withFlags('--server keeps insecure-skip-tls-verify of the file', ['--server={{otherCaHttps}}'], {
    files: cluster('server: "{{https}}", insecure-skip-tls-verify: true'),
  }),
  withFlags('--server to http sends no token', ['--server={{http}}']),
  withFlags('--tls-server-name beats that of the file', ['--tls-server-name=kube.test'], {
    files: cluster(
      'server: "{{https}}", certificate-authority: {{ca}}, tls-server-name: other.test',
    ),
  }),
  withFlags('an empty --tls-server-name is that of the file', ['--tls-server-name='], {
    files: cluster(
      'server: "{{otherName}}", certificate-authority: {{ca}}, tls-server-name: other.test',
    ),
  }),
  withFlags('--certificate-authority beats that of the file', ['--certificate-authority={{ca}}'], {
    files: cluster('server: "{{https}}", certificate-authority: {{otherCa}}'),
  }),
  withFlags(
    '--certificate-authority beats the data of the file',
    ['--certificate-authority', '{{ca}}'],
    {
      files: cluster('server: "{{https}}", certificate-authority-data: {{otherCaData}}'),
    },
  ),
  withFlags('an empty --certificate-authority is that of the file', ['--certificate-authority=']),
  withFlags(
    '--certificate-authority is relative to the working directory',
    ['--certificate-authority=ca.pem'],
    {
      files: {
        ...cluster('server: "{{https}}"'),
        'work/ca.pem': '{{caPem}}',
        'ca.pem': '{{otherCaPem}}',
      },
      cwd: 'work',
    },
  ),
  withFlags('--certificate-authority that is missing is an error', [
    '--certificate-authority={{dir}}/missing',
  ]),
  withFlags(
    '--certificate-authority clears insecure of the file',
    ['--certificate-authority={{ca}}'],
    {
      files: cluster('server: "{{otherCaHttps}}", insecure-skip-tls-verify: true'),
    },
  ),
  withFlags('--certificate-authority together with --insecure-skip-tls-verify is an error', [
    '--certificate-authority={{ca}}',
    '--insecure-skip-tls-verify',
  ]),
  withFlags('--insecure-skip-tls-verify drops the CA of the file', ['--insecure-skip-tls-verify'], {
    files: cluster('server: "{{otherCaHttps}}", certificate-authority: {{ca}}'),
  }),
  withFlags(
    '--insecure-skip-tls-verify=true drops the CA data of the file',
    ['--insecure-skip-tls-verify=true'],
    {
      files: cluster('server: "{{otherCaHttps}}", certificate-authority-data: {{caData}}'),
    },
  ),
  withFlags('--insecure-skip-tls-verify=1 is true', ['--insecure-skip-tls-verify=1'], {
    files: cluster('server: "{{otherCaHttps}}"'),
  }),
  withFlags('--insecure-skip-tls-verify=T is true', ['--insecure-skip-tls-verify=T'], {
    files: cluster('server: "{{otherCaHttps}}"'),
  }),
  withFlags('--insecure-skip-tls-verify=yes is an error', ['--insecure-skip-tls-verify=yes'], {
    files: cluster('server: "{{otherCaHttps}}"'),
  }),
  withFlags(
    '--insecure-skip-tls-verify=false does not undo the file',
    ['--insecure-skip-tls-verify=false'],
    {
      files: cluster('server: "{{otherCaHttps}}", insecure-skip-tls-verify: true'),
    },
  ),
  withFlags('--insecure-skip-tls-verify=false leaves the CA of the file', [
    '--insecure-skip-tls-verify=false',
  ]),
  withFlags(
    '--insecure-skip-tls-verify does not take its value apart',
    ['--insecure-skip-tls-verify', 'false'],
    {
      files: cluster('server: "{{otherCaHttps}}"'),
    },
  ),
  withFlags('--insecure-skip-tls-verify with a tls-server-name sends that name', [
    '--insecure-skip-tls-verify',
    '--tls-server-name=x.test',
  ]),
  withFlags('--proxy-url is obeyed', ['--proxy-url={{proxy}}']),
  withFlags('--proxy-url beats that of the file', ['--proxy-url={{secondProxy}}'], {
    files: cluster('server: "{{https}}", certificate-authority: {{ca}}, proxy-url: "{{proxy}}"'),
  }),
  withFlags('an empty --proxy-url is that of the file', ['--proxy-url='], {
    files: cluster('server: "{{https}}", certificate-authority: {{ca}}, proxy-url: "{{proxy}}"'),
  }),
  withFlags('--proxy-url of a wrong scheme is an error', ['--proxy-url=ftp://127.0.0.1:1']),
  withFlags('--disable-compression does not matter', ['--disable-compression']),
];

const identities: readonly Case[] = [
  withFlags('--token beats that of the file', ['--token=flag']),
  withFlags('--token takes its value apart', ['--token', 'flag']),
  withFlags('an empty --token is that of the file', ['--token=']),
  withFlags('tokenFile beats --token', ['--token=flag'], {
    files: { ...user('tokenFile: token'), token: 'file' },
  }),
  withFlags('--token serves where the tokenFile is missing', ['--token=flag'], {
    files: user('tokenFile: missing'),
  }),
  withFlags('--token with basic in the file', ['--token=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--token with a certificate in the file sends both', ['--token=flag'], {
    files: withCertificate,
  }),
  withFlags('--token with exec in the file does not run it', ['--token=flag'], {
    files: user(
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: /nonexistent, interactiveMode: Never}',
    ),
  }),
  withFlags('--token with an auth-provider in the file', ['--token=flag'], {
    files: user('auth-provider: {name: gcp}'),
  }),
  withFlags('--username and --password are basic', ['--username=u', '--password=p'], {
    files: user(''),
  }),
  withFlags('--username and --password over a token in the file', ['--username=u', '--password=p']),
  withFlags('--username over that of the file', ['--username=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--password over that of the file', ['--password=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--username alone', ['--username=u'], { files: user('') }),
  withFlags('--password alone asks for a user', ['--password=p'], { files: user('') }),
  withFlags('--username with --token', ['--username=u', '--password=p', '--token=t'], {
    files: user(''),
  }),
  withFlags(
    '--username and --password over a certificate in the file',
    ['--username=u', '--password=p'],
    {
      files: withCertificate,
    },
  ),
  withFlags(
    '--client-certificate and --client-key serve',
    ['--client-certificate={{cert}}', '--client-key={{key}}'],
    {
      files: user(''),
    },
  ),
  withFlags(
    '--client-certificate and --client-key beat files',
    ['--client-certificate={{secondCert}}', '--client-key={{secondKey}}'],
    { files: withCertificateFiles },
  ),
  withFlags(
    '--client-certificate and --client-key beat data',
    ['--client-certificate={{secondCert}}', '--client-key={{secondKey}}'],
    { files: withCertificate },
  ),
  withFlags(
    '--client-certificate alone over files of the same pair',
    ['--client-certificate={{cert}}'],
    {
      files: withCertificateFiles,
    },
  ),
  withFlags(
    '--client-certificate alone over a pair that it does not match',
    ['--client-certificate={{secondCert}}'],
    {
      files: withCertificateFiles,
    },
  ),
  withFlags('--client-certificate alone', ['--client-certificate={{cert}}'], { files: user('') }),
  withFlags('--client-key alone', ['--client-key={{key}}'], { files: user('') }),
  withFlags('--client-key alone beside a token', ['--client-key={{key}}']),
  withFlags(
    '--client-certificate is relative to the working directory',
    ['--client-certificate=c', '--client-key', './k'],
    { files: { ...user(''), 'work/c': '{{certPem}}', 'work/k': '{{keyPem}}' }, cwd: 'work' },
  ),
  withFlags('--client-certificate and --client-key beside a token are both sent', [
    '--client-certificate={{cert}}',
    '--client-key={{key}}',
  ]),
  withFlags(
    'empty --client-certificate and --client-key are those of the file',
    ['--client-certificate=', '--client-key='],
    {
      files: withCertificate,
    },
  ),
  withFlags(
    'a missing --client-certificate is an error',
    ['--client-certificate={{dir}}/missing', '--client-key={{key}}'],
    {
      files: user(''),
    },
  ),
];

const impersonating = user(
  'token: t, as: filed, as-groups: [g, h], as-uid: "7", as-user-extra: {scope: [a, b], "x/y z%": [c]}',
);

const impersonation: readonly Case[] = [
  withFlags('--as impersonates', ['--as=me']),
  withFlags('--as takes its value apart', ['--as', 'system:serviceaccount:a:b']),
  withFlags('an empty --as is none', ['--as=']),
  withFlags('--as-group may be repeated', ['--as=me', '--as-group=a', '--as-group', 'b']),
  withFlags('--as-group is not split at commas', ['--as=me', '--as-group=a,b']),
  withFlags('an empty --as-group', ['--as=me', '--as-group=']),
  withFlags('--as-group without --as is an error', ['--as-group=a']),
  withFlags('--as-uid impersonates', ['--as=me', '--as-uid=5']),
  withFlags('--as-uid without --as is an error', ['--as-uid=5']),
  withFlags('an empty --as-uid is none', ['--as=me', '--as-uid=']),
  withFlags('--as-user-extra impersonates', [
    '--as=me',
    '--as-user-extra=scope=a',
    '--as-user-extra',
    'scope=b',
  ]),
  withFlags('--as-user-extra escapes what no header name has', [
    '--as=me',
    '--as-user-extra=Example.com/A b=c=d',
  ]),
  withFlags('--as-user-extra without --as is an error', ['--as-user-extra=scope=a']),
  withFlags('--as-user-extra without a value', ['--as=me', '--as-user-extra=scope']),
  withFlags('--as-user-extra with an empty value', ['--as=me', '--as-user-extra=scope=']),
  withFlags('--as-user-extra with an empty key', ['--as=me', '--as-user-extra==v']),
  withFlags('--as-user-extra is not split at commas', ['--as=me', '--as-user-extra=a=b,c=d']),
  withFlags('impersonation of the file is sent', [], { files: impersonating }),
  withFlags('--as keeps groups, uid and extra of the file', ['--as=flag'], {
    files: impersonating,
  }),
  withFlags('--as-group replaces the groups of the file', ['--as-group=x'], {
    files: impersonating,
  }),
  withFlags('--as-uid replaces that of the file', ['--as-uid=8'], { files: impersonating }),
  withFlags('--as-user-extra adds to that of the file', ['--as-user-extra=other=x'], {
    files: impersonating,
  }),
  withUser('as alone has no credentials', 'as: me'),
  withUser('as-groups without as is an error', 'token: t, as-groups: [a]'),
  withUser('as-uid without as is an error', 'token: t, as-uid: "1"'),
  withUser('as-user-extra without as is an error', 'token: t, as-user-extra: {a: [b]}'),
  withUser('empty as-groups without as are fine', 'token: t, as-groups: [], as-user-extra: {}'),
  withUser('an as with other letters', 'token: t, as: "Zoë"'),
  withUser('an as with a line break is an error', 'token: t, as: "a\\nb"'),
  withUser('an as with spaces around it', 'token: t, as: " me "'),
  withUser(
    'keys of as-user-extra with percent signs',
    'token: t, as: me, as-user-extra: {"a%20b": [c], "UPPER": [d], "é": [e]}',
  ),
  withUser('as-user-extra without values', 'token: t, as: me, as-user-extra: {a: []}'),
];

/** The server never answers: only a time limit ends it. */
const silent = { answers: { https: ['never'] } } as const;

const timeouts: readonly Case[] = [
  withFlags('--request-timeout=5s is fine', ['--request-timeout=5s']),
  withFlags('--request-timeout 5 is in seconds', ['--request-timeout', '5']),
  withFlags('--request-timeout=0 is none', ['--request-timeout=0']),
  withFlags('--request-timeout=0s is none', ['--request-timeout=0s']),
  withFlags('--request-timeout=1m30s is fine', ['--request-timeout=1m30s']),
  withFlags('--request-timeout=1.5h is fine', ['--request-timeout=1.5h']),
  withFlags('--request-timeout=5000ms is fine', ['--request-timeout=5000ms']),
  withFlags('--request-timeout=-1s is accepted', ['--request-timeout=-1s']),
  withFlags('--request-timeout=-1 is an error', ['--request-timeout=-1']),
  withFlags('an empty --request-timeout is none', ['--request-timeout=']),
  withFlags('--request-timeout=5x is an error', ['--request-timeout=5x']),
  withFlags('--request-timeout=1.5 is an error', ['--request-timeout=1.5']),
  withFlags('--request-timeout=nonsense is an error', ['--request-timeout=nonsense']),
  withFlags('--request-timeout with a space is an error', ['--request-timeout=5 s']),
  withFlags('--request-timeout=1d is an error', ['--request-timeout=1d']),
  withFlags('--request-timeout=+5s is fine', ['--request-timeout=+5s']),
  withFlags('--request-timeout=5us is very short', ['--request-timeout=5us'], silent),
  withFlags('--request-timeout ends the wait', ['--request-timeout=1s'], silent),
  withFlags('--request-timeout=1 ends the wait', ['--request-timeout=1'], silent),
];

export const flagCases: readonly Case[] = [
  ...choice,
  ...servers,
  ...identities,
  ...impersonation,
  ...timeouts,
];
