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
  withConfig(
    'trailing commas in JSON are fine',
    json.replace('"current-context": "c"', '"current-context": "c",'),
  ),
  withConfig('JSON with tabs for indentation', json.replaceAll('  ', '\t')),
  withConfig('escapes in JSON are read', json.replace('"token": "t"', '"token": "\\u0074\\u002d"')),
  withConfig(
    'a pair of surrogates in JSON fails',
    json.replace('"name": "c", "user"', '"name": "c", "x": "\\ud83d\\ude00", "user"'),
  ),
  withConfig('a BOM is fine', `\uFEFF${block}`),
  withConfig('a BOM before JSON is fine', `\uFEFF${json}`),
  withConfig('CRLF is fine', block.replaceAll('\n', '\r\n')),
  withConfig('CR alone ends lines', block.replaceAll('\n', '\r')),
  withConfig('UTF-16 with a BOM is fine', { text: `\uFEFF${block}`, encoding: 'utf16le' }),
  withConfig('UTF-16 without a BOM fails', { text: block, encoding: 'utf16le' }),
  withConfig('Latin-1 fails', { text: `# é\n${block}`, encoding: 'latin1' }),
  withConfig('NUL fails', `${block}# \0\n`),
  withConfig('tabs for indentation fail', block.replace('    token', '\t\ttoken')),
  withConfig('a tab before a comment is fine', block.replace('token: t', 'token: t\t# a comment')),
  withConfig(
    'only the first document is read',
    `${block}---\n${block.replace('token: t', 'token: second')}`,
  ),
  withConfig('an empty first document is read, not the second', `---\n---\n${block}`, {
    starts: ['default'],
  }),
  withConfig('a document may begin with --- and end with ...', `---\n${block}...\n`),
  withConfig('%YAML 1.1 is fine', `%YAML 1.1\n---\n${block}`),
  withConfig('%YAML 1.2 fails', `%YAML 1.2\n---\n${block}`),
  withConfig(
    'anchors and aliases are read',
    block.replace('    token: t', '    token: &t anchored\n    as: *t'),
  ),
  withConfig(
    'merge keys are read',
    `x: &base {token: merged, as: me}\n${kubeconfig({ user: '<<: *base, as: you' })}`,
  ),
  withConfig(
    'merge keys of a list are read',
    `x: &a {token: first}\ny: &b {token: second, as: me}\n${kubeconfig({ user: '<<: [*a, *b]' })}`,
  ),
  withConfig('a file that is a scalar is an error', 'just words\n'),
  withConfig('a file that is a list is an error', '[]\n'),
  withConfig('a file that is null counts as empty', 'null\n', { starts: ['default'] }),
  withConfig('an unclosed list is an error', 'clusters: ['),
  withConfig(
    'block scalars are read',
    block.replace('token: t', 'token: >-\n      folded\n    as: |-\n      me'),
  ),
  withConfig(
    'a plain scalar over two lines is folded',
    block.replace('token: t', 'as: one\n      two\n    token: t'),
  ),
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
  withConfig(
    'the last of duplicate lists wins',
    `${block}users: [{name: c, user: {token: last}}]\n`,
  ),
  withConfig('keys are case-sensitive', block.replace('token: t', 'Token: t')),
  withConfig('tokenfile is not tokenFile', block.replace('token: t', 'tokenfile: {{key}}')),
  withConfig('apiVersion and kind may be absent', plain.replace(/apiVersion.*\nkind.*\n/, '')),
  withConfig('apiVersion may be empty', plain.replace('apiVersion: v1', 'apiVersion: ""')),
  withConfig('another apiVersion is an error', plain.replace('apiVersion: v1', 'apiVersion: v2')),
  withConfig('another kind is an error', plain.replace('kind: Config', 'kind: Pod')),
  withConfig('a kind without apiVersion', plain.replace('apiVersion: v1\n', '')),
  withConfig('an apiVersion without kind', plain.replace('kind: Config\n', '')),
  withConfig('null lists count as empty', 'clusters: null\nusers: null\ncontexts: null\n', {
    starts: ['default'],
  }),
  withConfig('a mapping where a list belongs is an error', 'users: {c: {token: t}}\n'),
  withConfig('a string where a list belongs is an error', 'users: c\n'),
  withConfig('an entry without name', plain.replace('users: [', 'users: [{user: {token: x}}, ')),
  withConfig('an entry that is null', plain.replace('users: [', 'users: [null, ')),
  withConfig('preferences are ignored', `${plain}preferences: {colors: true}\n`),
  withConfig('extensions are ignored', `${plain}extensions: [{name: a, extension: {b: 1}}]\n`),
  withConfig(
    'a namespace of the context does not matter',
    kubeconfig({ context: 'cluster: c, user: c, namespace: ns' }),
  ),
  withUser('an integer for a token is an error', 'token: 5'),
  withUser('a number with exponent for a token is an error', 'token: 1e3'),
  withUser('an octal number for a token is an error', 'token: 0o17'),
  withUser('an octal number like 017 for a token is an error', 'token: 017'),
  withUser('a hexadecimal number for a token is an error', 'token: 0x1F'),
  withUser('a number with underscores for a token is an error', 'token: 1_000'),
  withUser('a boolean for a token is an error', 'token: true'),
  withUser('yes for a token is an error', 'token: yes'),
  withUser('y for a token is an error', 'token: y'),
  withUser('n for a token is an error', 'token: n'),
  withUser('off for a token is an error', 'token: off'),
  withUser('.inf for a token is an error', 'token: .inf'),
  withUser('a fraction for a token is an error', 'token: 1.5'),
  withUser('base 60 is a string', 'token: 1:30'),
  withUser('a date is a string', 'token: 2026-01-01'),
  withUser('a time is a string', 'token: 2026-01-01T00:00:00Z'),
  withUser('null for a token is no token', 'token: null, username: u, password: p'),
  withUser('a tilde for a token is no token', 'token: ~, username: u, password: p'),
  withUser('a list for a token is an error', 'token: [t]'),
  withUser('quoted numbers are strings', 'token: "5"'),
  withUser('!!str makes a string', 'token: !!str 5'),
  withUser('!!binary is decoded', 'token: !!binary dG9rZW4='),
  withUser('an unknown tag', 'token: !own t'),
  withUser('0b for a token', 'token: 0b11'),
  withUser('a version-like token is a string', 'token: 1.2.3'),
  withUser('a lone plus sign and a number', 'token: +5'),
  withUser('a name of digits and e, not a number to Go', 'token: 12e'),
  withUser('a huge integer for a token', 'token: 123456789012345678901234567890'),
  withUser('an equals sign for a token', 'token: ='),
  withCluster('yes is true', 'server: "{{https}}", insecure-skip-tls-verify: yes'),
  withCluster('on is true', 'server: "{{https}}", insecure-skip-tls-verify: on'),
  withCluster('y is true', 'server: "{{https}}", insecure-skip-tls-verify: y'),
  withCluster('"true" is no boolean', 'server: "{{https}}", insecure-skip-tls-verify: "true"'),
  withCluster('1 is no boolean', 'server: "{{https}}", insecure-skip-tls-verify: 1'),
  withCluster(
    'null is false',
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
  withConfig('a boolean as a key is ignored', `${plain}yes: 1\n5: 2\n`),
  withConfig('a mapping for a key is an error', `${plain}? {a: b}\n: 1\n`),
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
  withUser('as-groups are a list', 'token: t, as: me, as-groups: [a, b]'),
  withUser('a string for as-groups is an error', 'token: t, as: me, as-groups: a'),
  withUser('null in as-groups', 'token: t, as: me, as-groups: [a, null]'),
  withUser('a number in as-groups is an error', 'token: t, as: me, as-groups: [5]'),
];

export const syntaxCases: readonly Case[] = [...writing, ...values];
