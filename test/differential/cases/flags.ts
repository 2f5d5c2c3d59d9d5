import { type Case, casesOf, kubeconfig, withFlags, withoutNamespace } from '../case.ts';

/** A kubeconfig with two contexts. `c` is the current context. `d` has the token `d` and the server `secondHttps`. */
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
const cluster = (fields: string) => ({ config: kubeconfig({ cluster: fields }) });

const choice: readonly Case[] = [
  choosing('--context chooses cluster and user', '--context=d'),
  choosing('--cluster chooses the cluster alone', '--cluster=d'),
  choosing('--user chooses the user alone', '--user', 'd'),
  choosing('--user beats the user of --context', '--context=d', '--user=c'),
  choosing('--server beats the server of --cluster', '--cluster=d', '--server={{https}}'),
  choosing('-s is --server', '-s', '{{secondHttps}}'),
  choosing('an empty --server means the server of the cluster', '--server='),
  choosing('a --context that does not exist is an error', '--context=x'),
  choosing('a --cluster that does not exist is an error', '--cluster=x'),
  choosing('a --user that does not exist is an error', '--user=x'),
  choosing(
    'a --cluster that does not exist is an error even with --server',
    '--cluster=x',
    '--server={{https}}',
  ),
  choosing('a --user that does not exist is an error even with --token', '--user=x', '--token=t'),
  choosing('the last of two values of a flag counts', '--context=c', '--context=d'),
  { ...choosing('-n has no effect', '-n', 'kube-system'), ...withoutNamespace },
  { ...choosing('--namespace does not matter', '--namespace=kube-system'), ...withoutNamespace },
];

const servers: readonly Case[] = [
  ...casesOf(withFlags, {
    '--server to http sends no token': ['--server={{http}}'],
    'an empty --certificate-authority means the CA of the file': ['--certificate-authority='],
    '--certificate-authority that is missing is an error': [
      '--certificate-authority={{dir}}/missing',
    ],
    '--certificate-authority together with --insecure-skip-tls-verify is an error': [
      '--certificate-authority={{ca}}',
      '--insecure-skip-tls-verify',
    ],
    '--insecure-skip-tls-verify with a tls-server-name sends that name': [
      '--insecure-skip-tls-verify',
      '--tls-server-name=x.test',
    ],
    '--proxy-url of a wrong scheme is an error': ['--proxy-url=ftp://127.0.0.1:1'],
    '--disable-compression does not matter': ['--disable-compression'],
  }),
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
  ...casesOf(
    (title, args: readonly string[]) =>
      withFlags(title, args, { files: cluster('server: "{{otherCaHttps}}"') }),
    {
      '--insecure-skip-tls-verify=1 is true': ['--insecure-skip-tls-verify=1'],
      '--insecure-skip-tls-verify=yes is an error': ['--insecure-skip-tls-verify=yes'],
      '--insecure-skip-tls-verify does not take the next word as its value': [
        ...['--insecure-skip-tls-verify', 'false'],
      ],
    },
  ),
];

export const flagCases: readonly Case[] = [...choice, ...servers];
