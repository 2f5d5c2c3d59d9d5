import { type Case, casesOf, kubeconfig, withUser } from '../case.ts';
import { credential, exec, plugin, tokenPlugin } from '../plugin.ts';

const token = credential('"token": "from-plugin"');
const files = { plugin: tokenPlugin };
const running = (title: string, fields: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, exec(fields), { ...more, files: { ...files, ...more.files } });
/** Returns a case whose `exec` has exactly these fields, without default fields. */
const written = (title: string, fields: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, `exec: {${fields}}`, { ...more, files: { ...files, ...more.files } });
const v = (version: string) => `apiVersion: client.authentication.k8s.io/${version}`;
const beta = { files: { plugin: plugin(credential('"token": "beta"', 'v1beta1')) } };

const versions: readonly Case[] = [
  running('an exec of v1 runs', ''),
  ...casesOf(written, {
    'exec of v1 needs interactiveMode': `${v('v1')}, command: ./plugin`,
    'exec of v1 has an empty interactiveMode': `${v('v1')}, command: ./plugin, interactiveMode: ""`,
    'exec of v1 has interactiveMode IfAvailable': `${v('v1')}, command: ./plugin, interactiveMode: IfAvailable`,
    'exec of v1 with interactiveMode Always needs a terminal': `${v('v1')}, command: ./plugin, interactiveMode: Always`,
    'exec of v1 has an unknown interactiveMode': `${v('v1')}, command: ./plugin, interactiveMode: never`,
    'exec of v1alpha1 is refused': `${v('v1alpha1')}, command: ./plugin, interactiveMode: Never`,
    'exec of another group is refused':
      'apiVersion: x/v1, command: ./plugin, interactiveMode: Never',
    'exec without apiVersion is refused': 'command: ./plugin, interactiveMode: Never',
    'exec without command is refused': `${v('v1')}, interactiveMode: Never`,
    'an exec that is empty is refused': '',
  }),
  written('an exec of v1beta1 runs', `${v('v1beta1')}, command: ./plugin`, beta),
  written(
    'exec of v1beta1 has interactiveMode Never',
    `${v('v1beta1')}, command: ./plugin, interactiveMode: Never`,
    beta,
  ),
  written(
    'exec of v1beta1 with interactiveMode Always needs a terminal',
    `${v('v1beta1')}, command: ./plugin, interactiveMode: Always`,
    beta,
  ),
  written('an exec that is null counts as absent', '', {
    files: { config: kubeconfig({ user: 'exec: null, token: t' }) },
  }),
  running('unknown fields of exec are ignored', 'nonsense: 1'),
];

const commands: readonly Case[] = [
  running('a command with a slash is relative to its kubeconfig', 'command: bin/plugin', {
    files: {
      'bin/plugin': plugin(token, { name: 'beside-file' }),
      'work/bin/plugin': plugin(token, { name: 'beside-cwd' }),
    },
    cwd: 'work',
  }),
  running('a command may lie above its kubeconfig', 'command: ../plugin', {
    files: { 'sub/config': kubeconfig({ user: exec('command: ../plugin') }) },
    env: { KUBECONFIG: '{{dir}}/sub/config' },
  }),
  running('a command is an absolute path', 'command: "{{dir}}/plugin"'),
  running('a bare command is looked up on PATH', 'command: found', {
    files: {
      'bin/found': plugin(token, { name: 'on-path' }),
      found: plugin(token, { name: 'beside-file' }),
    },
    env: { PATH: '{{dir}}/bin:/usr/bin:/bin' },
  }),
  running('the first folder of PATH that has the command is used', 'command: found', {
    files: { 'a/found': plugin(token, { name: 'a' }), 'b/found': plugin(token, { name: 'b' }) },
    env: { PATH: '{{dir}}/missing:{{dir}}/a:{{dir}}/b' },
  }),
  running('a file that is not executable is skipped on PATH', 'command: found', {
    files: { 'a/found': 'no script', 'b/found': plugin(token, { name: 'b' }) },
    env: { PATH: '{{dir}}/a:{{dir}}/b' },
  }),
  running('a bare command is not found in the working directory', 'command: plugin'),
  running('a bare command is not found by . on PATH', 'command: plugin', {
    env: { PATH: '.:/usr/bin:/bin' },
  }),
  running('a bare command is not found by an empty entry of PATH', 'command: plugin', {
    env: { PATH: ':/usr/bin:/bin' },
  }),
  running('PATH has a relative folder with the command', 'command: found', {
    files: { 'bin/found': plugin(token) },
    env: { PATH: 'bin:/usr/bin:/bin' },
  }),
  running(
    'PATH in env of exec does not find the command',
    'command: found, env: [{name: PATH, value: "{{dir}}/bin"}]',
    { files: { 'bin/found': plugin(token) } },
  ),
  running('a bare command is looked up without PATH', 'command: plugin', { env: { PATH: '' } }),
  running('a command is not split into words', 'command: "./plugin --flag"'),
  running('a command has spaces in its name', 'command: "./my plugin"', {
    files: { 'my plugin': plugin(token, { name: 'spaced' }) },
  }),
  running('a command is a folder', 'command: ./bin', { files: { 'bin/x': '' } }),
  running('a command is a file that is not executable', 'command: ./text', {
    files: { text: 'words' },
  }),
  running('an absolute command is missing', 'command: ./missing'),
  running('a bare command is missing', 'command: no-such-command'),
  running(
    'a command with an installHint is missing',
    'command: no-such-command, installHint: "get it from the shop"',
  ),
  running('a command is relative to a relative --kubeconfig', 'command: ./plugin', {
    files: {
      'sub/k': kubeconfig({ user: exec('command: ./p') }),
      'sub/p': plugin(token, { name: 'sub' }),
    },
    args: ['--kubeconfig=sub/k'],
  }),
];

const surroundings: readonly Case[] = [
  ...casesOf(running, {
    'args are passed': 'args: [a, "b c", "", "--d=e", "$HOME"]',
    'args may be null': 'args: null',
    'a number in args is an error': 'args: [1]',
    'env is passed': 'env: [{name: PLUGIN_ONE, value: "1"}, {name: PLUGIN_TWO, value: ""}]',
    'the last of two variables of one name in env counts':
      'env: [{name: PLUGIN_ONE, value: a}, {name: PLUGIN_ONE, value: b}]',
    'env is not expanded': 'env: [{name: PLUGIN_ONE, value: "$HOME"}]',
    'env of an exec is null': 'env: null',
    'KUBERNETES_EXEC_INFO in env is replaced': 'env: [{name: KUBERNETES_EXEC_INFO, value: mine}]',
  }),
  running('env beats inherited variables', 'env: [{name: PLUGIN_ONE, value: own}]', {
    env: { PLUGIN_ONE: 'inherited', PLUGIN_TWO: 'inherited' },
  }),
  running('an inherited KUBERNETES_EXEC_INFO is replaced', '', {
    env: { KUBERNETES_EXEC_INFO: 'outer' },
  }),
  running('the environment proxies are inherited', '', {
    env: { HTTPS_PROXY: 'http://127.0.0.1:1' },
  }),
];

export const execCases: readonly Case[] = [...versions, ...commands, ...surroundings];
