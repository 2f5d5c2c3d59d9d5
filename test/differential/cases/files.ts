import { type Case, kubeconfig } from '../case.ts';

const telling = (token: string) => kubeconfig({ user: `token: ${token}` });
const one = telling('one');
const two = telling('two');
const list = (...names: string[]) => ({
  KUBECONFIG: names.map((name) => (name === '' ? '' : `{{dir}}/${name}`)).join(':'),
});
const listed = (title: string, files: Record<string, string>, ...names: string[]): Case => ({
  ...{ title, files, env: list(...names) },
});
const user = (name: string, token: string) => `users: [{name: ${name}, user: {token: ${token}}}]\n`;
const home = 'home/.kube/config';

/** Starts the default server, because kubectl sends the request to it if it finds no kubeconfig. */
const nothing = { starts: ['default'] } as const;

const lists: readonly Case[] = [
  listed('the first file of a list decides', { one, two }, 'one', 'two'),
  listed(
    'an entry of the first file is used whole, without fields of the second',
    { first: 'users: [{name: c, user: {as: me}}]', two },
    'first',
    'two',
  ),
  listed(
    'a cluster of the first file is used whole, without the CA of the second',
    { first: 'clusters: [{name: c, cluster: {server: "{{https}}"}}]', two },
    'first',
    'two',
  ),
  listed(
    'an empty entry of the first file hides the entry of the second',
    { first: 'users: [{name: c, user: {}}]', two },
    'first',
    'two',
  ),
  listed(
    'a null entry of the first file hides the entry of the second',
    { first: 'users: [{name: c, user: null}]', two },
    'first',
    'two',
  ),
  {
    title: 'the first current-context of a list decides',
    files: {
      first: `current-context: d\n${user('d', 'd')}`,
      two: kubeconfig({ more: '' }).replace(
        'contexts: [',
        'contexts: [{name: d, context: {cluster: c, user: d}}, ',
      ),
    },
    env: list('first', 'two'),
  },
  listed(
    'an empty current-context does not hide the next one',
    { first: 'current-context: ""', two },
    'first',
    'two',
  ),
  listed('a missing file of a list is skipped', { two }, 'missing', 'two'),
  listed('an empty file of a list is skipped', { empty: '', two }, 'empty', 'two'),
  listed('a file of comments alone is skipped', { empty: '# nothing\n', two }, 'empty', 'two'),
  listed('empty names in a list are skipped', { two }, '', 'two', ''),
  listed('a file named twice counts once', { one }, 'one', 'one'),
  listed('a folder in a list is fatal', { one, 'folder/x': '' }, 'one', 'folder'),
  listed(
    'a malformed file in a list is fatal even if another file is valid',
    { one, bad: 'a: [' },
    'one',
    'bad',
  ),
  {
    title: 'a list of only missing files does not fall back to the default file',
    ...nothing,
    files: { [home]: one },
    env: list('missing', 'also-missing'),
  },
  {
    title: 'an empty $KUBECONFIG means the default file',
    files: { [home]: one },
    env: { KUBECONFIG: '' },
  },
  {
    title: 'a list of only colons',
    ...nothing,
    files: { [home]: one },
    env: { KUBECONFIG: '::' },
  },
  {
    title: 'names in $KUBECONFIG are relative to the working directory',
    files: { 'sub/one': one },
    env: { KUBECONFIG: 'one' },
    cwd: 'sub',
  },
  {
    title: 'a tilde in $KUBECONFIG is not expanded',
    ...nothing,
    files: { [home]: one },
    env: { KUBECONFIG: '~/.kube/config' },
  },
  {
    title: 'white space in $KUBECONFIG belongs to the name',
    ...nothing,
    files: { one },
    env: { KUBECONFIG: ' {{dir}}/one' },
  },
  {
    title: 'a name twice in one file is an error',
    files: { config: one.replace('users: [', 'users: [{name: c, user: {token: other}}, ') },
  },
  {
    title: 'a context twice in one file is an error even if equal',
    files: {
      config: one.replace('contexts: [', 'contexts: [{name: c, context: {cluster: c, user: c}}, '),
    },
  },
  {
    title: 'an unused name twice in one file is an error',
    files: {
      config: one.replace(
        'users: [',
        'users: [{name: x, user: {token: a}}, {name: x, user: {token: a}}, ',
      ),
    },
  },
];

const defaults: readonly Case[] = [
  { title: 'the default file is ~/.kube/config', files: { [home]: one } },
  {
    title: 'an old ~/.kube/.kubeconfig is read without ~/.kube/config',
    files: { 'home/.kube/.kubeconfig': one },
  },
  {
    title: 'an old ~/.kube/.kubeconfig is not read beside ~/.kube/config',
    files: { [home]: two, 'home/.kube/.kubeconfig': one },
  },
  { title: 'a folder as the default file is fatal', files: { 'home/.kube/config/x': '' } },
  {
    title: 'without HOME there is no default file',
    files: { [home]: one },
    env: { HOME: '' },
    starts: ['default'],
  },
  { title: 'a request without any configuration goes to localhost:8080', starts: ['default'] },
  {
    title: 'a request without a kubeconfig sends no --token to localhost:8080',
    args: ['--token=t'],
    starts: ['default'],
  },
  {
    title: 'a request without a kubeconfig sends --as to localhost:8080',
    args: ['--as=me'],
    starts: ['default'],
  },
  { title: '$KUBERNETES_MASTER is the default server', env: { KUBERNETES_MASTER: '{{http}}' } },
  {
    title: '$KUBERNETES_MASTER may lack a scheme',
    env: { KUBERNETES_MASTER: '127.0.0.1:{{http.port}}' },
  },
  {
    title: '$KUBERNETES_MASTER with https and a token by flag',
    env: { KUBERNETES_MASTER: '{{https}}' },
    args: ['--token=t', '--certificate-authority={{ca}}'],
  },
  {
    title: 'the server of a kubeconfig precedes $KUBERNETES_MASTER',
    files: { config: one },
    env: { KUBERNETES_MASTER: '{{http}}' },
  },
  {
    title: '$KUBERNETES_MASTER is used for a file without a current-context',
    files: { config: one.replace(/current-context.*/, '') },
    env: { KUBERNETES_MASTER: '{{http}}' },
  },
  {
    title: 'a file without current-context goes to localhost:8080',
    files: { config: one.replace(/current-context.*/, '') },
    starts: ['default'],
  },
  { title: '--server with an http URL needs no kubeconfig', args: ['--server={{http}}'] },
  {
    title: '--server alone with https asks for credentials',
    args: ['--server={{https}}', '--certificate-authority={{ca}}'],
  },
  {
    title: '--server with flags for identity and CA needs no file',
    args: ['--server={{https}}', '--certificate-authority={{ca}}', '--token=t'],
  },
];

const explicit: readonly Case[] = [
  {
    title: '--kubeconfig is one file, and $KUBECONFIG is not read',
    files: { one, config: two },
    args: ['--kubeconfig={{dir}}/one'],
  },
  {
    title: '--kubeconfig is relative to the working directory',
    files: { 'sub/one': one },
    args: ['--kubeconfig', 'one'],
    cwd: 'sub',
  },
  {
    title: '--kubeconfig with a missing file is an error',
    files: { config: two },
    args: ['--kubeconfig={{dir}}/missing'],
  },
  {
    title: 'an empty --kubeconfig means $KUBECONFIG',
    files: { config: two },
    args: ['--kubeconfig='],
  },
  {
    title: '--kubeconfig is not a list',
    files: { one, two },
    args: ['--kubeconfig={{dir}}/one:{{dir}}/two'],
  },
  {
    title: '--kubeconfig with a folder is an error',
    files: { 'folder/x': '' },
    args: ['--kubeconfig={{dir}}/folder'],
  },
  {
    title: '--kubeconfig with an empty file, and nothing else',
    files: { empty: '' },
    args: ['--kubeconfig={{dir}}/empty'],
    starts: ['default'],
  },
  {
    title: '--kubeconfig with /dev/null and flags for all',
    args: [
      '--kubeconfig=/dev/null',
      '-s',
      '{{https}}',
      '--token=t',
      '--certificate-authority={{ca}}',
    ],
  },
];

export const fileCases: readonly Case[] = [...lists, ...defaults, ...explicit];
