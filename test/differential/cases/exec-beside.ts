import { type Case, kubeconfig, withConfig, withUser } from '../case.ts';
import { exec, tokenPlugin } from '../plugin.ts';

const files = { plugin: tokenPlugin };
const beside = (title: string, fields: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, `${exec()}, ${fields}`, { ...more, files: { ...files, ...more.files } });
const pair = 'client-certificate: {{cert}}, client-key: {{key}}';

export const execBesideCases: readonly Case[] = [
  beside('a plugin is not run beside a token', 'token: t'),
  beside('a plugin is not run beside a tokenFile', 'tokenFile: token', {
    files: { token: 'file' },
  }),
  beside('a user has a plugin and a missing tokenFile', 'tokenFile: missing'),
  beside('a plugin is not run beside a username', 'username: u, password: p'),
  beside('a plugin is not run beside a client certificate', pair),
  beside('a user has a plugin, and a key without certificate', 'client-key: {{key}}'),
  beside('a plugin is run even if the user in the URL replaces its token', 'as: me', {
    args: ['--server=https://u:p@127.0.0.1:{{https.port}}'],
  }),
  beside('a plugin is run beside impersonation', 'as: me, as-groups: [g]'),
  beside('a plugin runs even if the server is not trusted', 'as: me', {
    args: ['--certificate-authority={{otherCa}}'],
  }),
  beside('a plugin runs even if the server is down', 'as: me', {
    args: ['--server=https://127.0.0.1:1'],
  }),
  beside('a plugin is not run if the CA file is missing', 'as: me', {
    args: ['--certificate-authority={{dir}}/missing'],
  }),
  withConfig('a plugin is not run if the context does not exist', kubeconfig({ user: exec() }), {
    args: ['--context=x'],
    files,
  }),
];
