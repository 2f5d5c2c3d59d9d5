import { type Case, kubeconfig } from '../case.ts';
import { exec, tokenPlugin } from '../plugin.ts';

/** Fields of the kubeconfig, or flags, by the name that titles use for them. */
type Named<T> = Readonly<Record<string, T>>;

const users: Named<string> = {
  'no credentials': '',
  'a token': 'token: t',
  'a tokenFile': 'tokenFile: token',
  'a username and password': 'username: u, password: p',
  'a certificate': 'client-certificate: {{cert}}, client-key: {{key}}',
  'certificate data and a token':
    'client-certificate-data: {{certData}}, client-key-data: {{keyData}}, token: t',
  'a plugin': exec('provideClusterInfo: true'),
  'a plugin and impersonation': `${exec('provideClusterInfo: true')}, as: filed, as-groups: [g]`,
};
const identityFlags: Named<readonly string[]> = {
  '--token': ['--token=flag'],
  '--username and --password': ['--username=flag', '--password=secret'],
  '--username alone': ['--username=flag'],
  '--password alone': ['--password=secret'],
  'a certificate by flags': ['--client-certificate={{secondCert}}', '--client-key={{secondKey}}'],
  '--token and a certificate by flags': [
    '--token=flag',
    '--client-certificate={{secondCert}}',
    '--client-key={{secondKey}}',
  ],
  '--client-key alone': ['--client-key={{secondKey}}'],
  '--as and --as-group': ['--as=flag', '--as-group=other'],
  '--as-group alone': ['--as-group=other'],
};

const trusted = 'certificate-authority: {{ca}}';
const clusters: Named<string> = {
  'no CA': 'server: "{{https}}"',
  'the CA': `server: "{{https}}", ${trusted}`,
  'CA data': 'server: "{{https}}", certificate-authority-data: {{caData}}',
  'the wrong CA': 'server: "{{https}}", certificate-authority: {{otherCa}}',
  'insecure-skip-tls-verify': 'server: "{{https}}", insecure-skip-tls-verify: true',
  'the CA and insecure-skip-tls-verify': `server: "{{https}}", ${trusted}, insecure-skip-tls-verify: true`,
  'a tls-server-name': `server: "{{https}}", ${trusted}, tls-server-name: kube.test`,
  'another tls-server-name': `server: "{{https}}", ${trusted}, tls-server-name: other.test`,
  'a proxy-url': `server: "https://kube.test:{{https.port}}", ${trusted}, proxy-url: "{{proxy}}"`,
};
const clusterFlags: Named<readonly string[]> = {
  '--certificate-authority': ['--certificate-authority={{ca}}'],
  'the wrong --certificate-authority': ['--certificate-authority={{otherCa}}'],
  '--insecure-skip-tls-verify': ['--insecure-skip-tls-verify'],
  '--insecure-skip-tls-verify=false': ['--insecure-skip-tls-verify=false'],
  '--tls-server-name': ['--tls-server-name=localhost'],
  '--server': ['--server={{secondHttps}}'],
  '--server and --tls-server-name': ['--server={{secondHttps}}', '--tls-server-name=localhost'],
  '--server and --insecure-skip-tls-verify': [
    '--server={{otherCaHttps}}',
    '--insecure-skip-tls-verify',
  ],
  '--proxy-url': ['--proxy-url={{secondProxy}}'],
};

function crossed(
  entries: Named<string>,
  flags: Named<readonly string[]>,
  config: (entry: string) => string,
): Case[] {
  return Object.entries(entries).flatMap(([has, entry]) =>
    Object.entries(flags).map(([given, args]) => ({
      title: `${given} with a kubeconfig that has ${has}`,
      args,
      files: {
        config: config(entry),
        token: 'from-file\n',
        plugin: tokenPlugin,
      },
    })),
  );
}

export const combinationCases: readonly Case[] = [
  ...crossed(users, identityFlags, (user) => kubeconfig({ user })),
  ...crossed(clusters, clusterFlags, (cluster) => kubeconfig({ cluster })),
];
