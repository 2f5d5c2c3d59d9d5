import { type Case, kubeconfig, withCluster, withConfig, withUser } from '../case.ts';

const plain = kubeconfig();
const json = `{
  "clusters": [{"name": "c", "cluster": {"server": "{{https}}", "certificate-authority": "{{ca}}"}}],
  "users": [{"name": "c", "user": {"token": "t"}}],
  "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
  "current-context": "c"
}`;
const block = `
apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    server: {{https}}
    certificate-authority: {{ca}}
users:
- name: c
  user:
    token: t
contexts:
- name: c
  context:
    cluster: c
    user: c
current-context: c
`;

const writing: readonly Case[] = [
  withConfig('block style is read', block),
  withConfig('JSON is read', json),
  withConfig('a kubeconfig may begin with a byte order mark', `\uFEFF${block}`),
  withConfig('a kubeconfig in UTF-16 without a byte order mark fails', {
    text: block,
    encoding: 'utf16le',
  }),
  withConfig(
    'only the first document is read',
    `${block}---\n${block.replace('token: t', 'token: second')}`,
  ),
  withConfig('an empty first document is read, not the second', `---\n---\n${block}`, {
    starts: ['default'],
  }),
  withConfig(
    'merge keys are read',
    `x: &base {token: merged, as: me}\n${kubeconfig({ user: '<<: *base, as: you' })}`,
  ),
  withConfig('a file that is a scalar is an error', 'just words\n'),
  withConfig('a file that is a list is an error', '[]\n'),
  withConfig('a file that is null counts as empty', 'null\n', { starts: ['default'] }),
];

const values: readonly Case[] = [
  withConfig(
    'unknown fields are ignored',
    block.replace('token: t', 'token: t\n    nonsense: {a: 1}'),
  ),
  withConfig(
    'the last of duplicate keys wins',
    block.replace('token: t', 'token: first\n    token: last'),
  ),
  withConfig('keys are case-sensitive', block.replace('token: t', 'Token: t')),
  withConfig(
    'a key tokenfile in lower case is not tokenFile',
    block.replace('token: t', 'tokenfile: {{key}}'),
  ),
  withConfig('apiVersion and kind may be absent', plain.replace(/apiVersion.*\nkind.*\n/, '')),
  withConfig('apiVersion may be empty', plain.replace('apiVersion: v1', 'apiVersion: ""')),
  withConfig('another apiVersion is an error', plain.replace('apiVersion: v1', 'apiVersion: v2')),
  withConfig('another kind is an error', plain.replace('kind: Config', 'kind: Pod')),
  withConfig('a kubeconfig has a kind and no apiVersion', plain.replace('apiVersion: v1\n', '')),
  withConfig('a kubeconfig has an apiVersion and no kind', plain.replace('kind: Config\n', '')),
  withConfig('null lists count as empty', 'clusters: null\nusers: null\ncontexts: null\n', {
    starts: ['default'],
  }),
  withConfig('a mapping where a list belongs is an error', 'users: {c: {token: t}}\n'),
  withConfig('a string where a list belongs is an error', 'users: c\n'),
  withConfig(
    'an entry of a list has no name',
    plain.replace('users: [', 'users: [{user: {token: x}}, '),
  ),
  withConfig('an entry of a list is null', plain.replace('users: [', 'users: [null, ')),
  withConfig('preferences are ignored', `${plain}preferences: {colors: true}\n`),
  withConfig('extensions are ignored', `${plain}extensions: [{name: a, extension: {b: 1}}]\n`),
  withConfig(
    'a namespace of the context has no effect',
    kubeconfig({ context: 'cluster: c, user: c, namespace: ns' }),
  ),
  withUser('an integer for a token is an error', 'token: 5'),
  withUser('a boolean for a token is an error', 'token: true'),
  withUser('y without quotes as a token is an error', 'token: y'),
  withUser('a number with a fraction as a token is an error', 'token: 1.5'),
  withUser('a token such as 1:30 is text, not a number in base 60', 'token: 1:30'),
  withUser('a token that looks like a date is text', 'token: 2026-01-01'),
  withUser('a token that is null counts as absent', 'token: null, username: u, password: p'),
  withUser('a token that is ~ counts as absent', 'token: ~, username: u, password: p'),
  withUser('a list for a token is an error', 'token: [t]'),
  withUser('a token is a huge integer', 'token: 123456789012345678901234567890'),
  withCluster(
    'yes as insecure-skip-tls-verify is true',
    'server: "{{https}}", insecure-skip-tls-verify: yes',
  ),
  withCluster('"true" is no boolean', 'server: "{{https}}", insecure-skip-tls-verify: "true"'),
  withCluster('1 is no boolean', 'server: "{{https}}", insecure-skip-tls-verify: 1'),
  withCluster(
    'null as insecure-skip-tls-verify is false',
    'server: "{{https}}", certificate-authority: {{ca}}, insecure-skip-tls-verify: null',
  ),
  withConfig(
    'a name that is a number is an error',
    plain.replace('users: [{name: c', 'users: [{name: 5, user: {token: x}}, {name: c'),
  ),
  withConfig(
    'a name such as y must be quoted',
    `clusters: [{name: "y", cluster: {server: "{{https}}", certificate-authority: {{ca}}}}]
users: [{name: "y", user: {token: t}}]
contexts: [{name: "y", context: {cluster: "y", user: "y"}}]
current-context: "y"
`,
  ),
  withConfig(
    'a number for current-context is an error',
    plain.replace('current-context: c', 'current-context: 1'),
  ),
  withCluster(
    'malformed base64 is an error',
    'server: "{{https}}", certificate-authority-data: "%%%"',
  ),
  withCluster(
    'base64 with line breaks is fine',
    'server: "{{https}}", certificate-authority-data: "{{caData}}\\n"',
  ),
  withCluster(
    'base64 without padding is an error',
    'server: "{{https}}", certificate-authority-data: "YQ"',
  ),
  withCluster(
    'base64 of the URL alphabet is an error',
    'server: "{{https}}", certificate-authority-data: "-_-_"',
  ),
  withUser('a string for as-groups is an error', 'token: t, as: me, as-groups: a'),
  withUser('as-groups has a null', 'token: t, as: me, as-groups: [a, null]'),
  withUser('as-groups with a number are an error', 'token: t, as: me, as-groups: [5]'),
];

export const syntaxCases: readonly Case[] = [...writing, ...values];
