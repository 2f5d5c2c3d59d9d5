import { type Case, casesOf, kubeconfig, withCluster, withConfig, withUser } from '../case.ts';

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
  ...casesOf(withConfig, {
    'block style is read': block,
    'JSON is read': json,
    'a kubeconfig may begin with a byte order mark': `\uFEFF${block}`,
    'a kubeconfig in UTF-16 without a byte order mark fails': {
      text: block,
      encoding: 'utf16le',
    },
    'only the first document is read': `${block}---\n${block.replace('token: t', 'token: second')}`,
    'merge keys are read': `x: &base {token: merged, as: me}\n${kubeconfig({ user: '<<: *base, as: you' })}`,
    'a file that is a scalar is an error': 'just words\n',
    'a file that is a list is an error': '[]\n',
  }),
  withConfig('an empty first document is read, not the second', `---\n---\n${block}`, {
    starts: ['default'],
  }),
  withConfig('a file that is null counts as empty', 'null\n', { starts: ['default'] }),
];

const values: readonly Case[] = [
  ...casesOf(withConfig, {
    'unknown fields are ignored': block.replace('token: t', 'token: t\n    nonsense: {a: 1}'),
    'the last of duplicate keys wins': block.replace('token: t', 'token: first\n    token: last'),
    'keys are case-sensitive': block.replace('token: t', 'Token: t'),
    'a key tokenfile in lower case is not tokenFile': block.replace(
      'token: t',
      'tokenfile: {{key}}',
    ),
    'apiVersion and kind may be absent': plain.replace(/apiVersion.*\nkind.*\n/, ''),
    'apiVersion may be empty': plain.replace('apiVersion: v1', 'apiVersion: ""'),
    'another apiVersion is an error': plain.replace('apiVersion: v1', 'apiVersion: v2'),
    'another kind is an error': plain.replace('kind: Config', 'kind: Pod'),
    'a kubeconfig has a kind and no apiVersion': plain.replace('apiVersion: v1\n', ''),
    'a kubeconfig has an apiVersion and no kind': plain.replace('kind: Config\n', ''),
    'a mapping where a list belongs is an error': 'users: {c: {token: t}}\n',
    'a string where a list belongs is an error': 'users: c\n',
    'an entry of a list has no name': plain.replace('users: [', 'users: [{user: {token: x}}, '),
    'an entry of a list is null': plain.replace('users: [', 'users: [null, '),
    'preferences are ignored': `${plain}preferences: {colors: true}\n`,
    'extensions are ignored': `${plain}extensions: [{name: a, extension: {b: 1}}]\n`,
    'a namespace of the context has no effect': kubeconfig({
      context: 'cluster: c, user: c, namespace: ns',
    }),
    'a name that is a number is an error': plain.replace(
      'users: [{name: c',
      'users: [{name: 5, user: {token: x}}, {name: c',
    ),
    'a name such as y must be quoted': `clusters: [{name: "y", cluster: {server: "{{https}}", certificate-authority: {{ca}}}}]
users: [{name: "y", user: {token: t}}]
contexts: [{name: "y", context: {cluster: "y", user: "y"}}]
current-context: "y"
`,
    'a number for current-context is an error': plain.replace(
      'current-context: c',
      'current-context: 1',
    ),
  }),
  withConfig('null lists count as empty', 'clusters: null\nusers: null\ncontexts: null\n', {
    starts: ['default'],
  }),
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
  ...casesOf(withCluster, {
    'yes as insecure-skip-tls-verify is true': 'server: "{{https}}", insecure-skip-tls-verify: yes',
    '"true" is not a boolean': 'server: "{{https}}", insecure-skip-tls-verify: "true"',
    '1 is not a boolean': 'server: "{{https}}", insecure-skip-tls-verify: 1',
    'null as insecure-skip-tls-verify is false':
      'server: "{{https}}", certificate-authority: {{ca}}, insecure-skip-tls-verify: null',
    'malformed base64 is an error': 'server: "{{https}}", certificate-authority-data: "%%%"',
    'base64 with line breaks is fine':
      'server: "{{https}}", certificate-authority-data: "{{caData}}\\n"',
    'base64 without padding is an error': 'server: "{{https}}", certificate-authority-data: "YQ"',
    'base64 of the URL alphabet is an error':
      'server: "{{https}}", certificate-authority-data: "-_-_"',
  }),
  withUser('a string for as-groups is an error', 'token: t, as: me, as-groups: a'),
  withUser('as-groups has a null', 'token: t, as: me, as-groups: [a, null]'),
  withUser('as-groups with a number are an error', 'token: t, as: me, as-groups: [5]'),
];

export const syntaxCases: readonly Case[] = [...writing, ...values];
