import { type Case, casesOf, kubeconfig, withConfig, withFlags } from '../case.ts';

const one = kubeconfig({ user: 'token: one' });
const missing = one.replace('current-context: c', 'current-context: x');

const context = (title: string, changed: string, more: Partial<Case> = {}): Case => ({
  title,
  files: { config: changed },
  starts: ['default'],
  ...more,
});

const contexts: readonly Case[] = [
  ...casesOf(context, {
    'a current-context that does not exist is fatal': one.replace(
      'current-context: c',
      'current-context: x',
    ),
    'a context of a missing cluster goes to localhost:8080': kubeconfig({
      context: 'cluster: x, user: c',
    }),
    'a context without cluster goes to localhost:8080': kubeconfig({ context: 'user: c' }),
    'a context of a missing user is an error': kubeconfig({ context: 'cluster: c, user: x' }),
    'a context without user has no credentials': kubeconfig({ context: 'cluster: c' }),
    'a cluster without server goes to localhost:8080': kubeconfig({
      cluster: 'certificate-authority: {{ca}}',
    }),
    'a cluster with an empty server goes to localhost:8080': kubeconfig({ cluster: 'server: ""' }),
    'a context that is null': one.replace('context: {cluster: c, user: c}', 'context: null'),
    'names may have spaces, dots, slashes and non-ASCII letters': `clusters: [{name: "a b/é", cluster: {server: "{{https}}", certificate-authority: {{ca}}}}]
users: [{name: "me@x.y/é:1", user: {token: t}}]
contexts: [{name: "me@a b/é", context: {cluster: "a b/é", user: "me@x.y/é:1", namespace: ns}}]
current-context: me@a b/é
`,
    'names are case-sensitive': one.replace('current-context: c', 'current-context: C'),
  }),
  context('a current-context that does not exist is fatal with any other flags', missing, {
    args: ['--cluster=c', '--user=c', '--server={{https}}'],
  }),
  context('--context mends a current-context that does not exist', missing, {
    args: ['--context=c'],
  }),
  context('--cluster mends a context without cluster', kubeconfig({ context: 'user: c' }), {
    args: ['--cluster=c'],
  }),
  context(
    '--user mends a context of a missing user',
    kubeconfig({ context: 'cluster: c, user: x' }),
    { args: ['--user=c'] },
  ),
  context(
    '--server mends a context of a missing cluster',
    kubeconfig({ context: 'cluster: x, user: c' }),
    { args: ['--server={{https}}', '--certificate-authority={{ca}}'] },
  ),
  context('--cluster and --user suffice without a context', one.replace(/current-context.*/, ''), {
    args: ['--cluster=c', '--user=c'],
  }),
];

const unused = (title: string, entries: string): Case =>
  withConfig(title, one.replace('users: [', `users: [{name: unused, user: {${entries}}}, `));
const unusedCluster = (title: string, entries: string): Case =>
  withConfig(
    title,
    one.replace('clusters: [', `clusters: [{name: unused, cluster: {${entries}}}, `),
  );

const unusedEntries: readonly Case[] = [
  unused('malformed base64 in an unused user is fatal', 'client-key-data: "%%%"'),
  unused('a wrong type in an unused user is fatal', 'token: 5'),
  unused(
    'missing files of an unused user do not matter',
    'client-certificate: nowhere, client-key: nowhere',
  ),
  unused('a faulty exec of an unused user does not matter', 'exec: {apiVersion: nonsense}'),
  unusedCluster(
    'a faulty proxy-url of an unused cluster does not matter',
    'server: "{{https}}", proxy-url: "::"',
  ),
  unusedCluster(
    'a missing CA of an unused cluster does not matter',
    'certificate-authority: nowhere',
  ),
  unusedCluster(
    'an unused cluster may have both a CA and insecure-skip-tls-verify',
    'certificate-authority: {{ca}}, insecure-skip-tls-verify: true',
  ),
  withFlags(
    'a malformed file in $KUBECONFIG does not matter with --kubeconfig',
    ['--kubeconfig={{dir}}/config'],
    { files: { bad: 'a: [' }, env: { KUBECONFIG: '{{dir}}/bad' } },
  ),
];

const relative: readonly Case[] = [
  {
    title: 'paths are relative to the file that names them',
    files: {
      'sub/config': kubeconfig({
        cluster: 'server: "{{https}}", certificate-authority: ca.pem',
        user: 'client-certificate: ../cert.pem, client-key: ./key.pem',
      }),
      'sub/ca.pem': '{{caPem}}',
      'cert.pem': '{{certPem}}',
      'sub/key.pem': '{{keyPem}}',
    },
    env: { KUBECONFIG: '{{dir}}/sub/config' },
  },
  {
    title: 'paths are relative to the file even if $KUBECONFIG is relative',
    files: {
      'sub/config': kubeconfig({ user: 'tokenFile: token' }),
      'sub/token': 'from-file',
      'work/token': 'from-cwd',
    },
    cwd: 'work',
    env: { KUBECONFIG: '../sub/config' },
  },
  {
    title: 'a symbolic name such as ~ is not expanded in a path',
    files: { config: kubeconfig({ user: 'tokenFile: ~/token' }), 'home/token': 'home' },
  },
  {
    title: 'a variable is not expanded in a path',
    files: {
      config: kubeconfig({ user: 'tokenFile: $HOME/token, token: inline' }),
      'home/token': 'home',
    },
  },
];

export const contextCases: readonly Case[] = [...contexts, ...unusedEntries, ...relative];
