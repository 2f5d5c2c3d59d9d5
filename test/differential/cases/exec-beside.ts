import { type Case, kubeconfig, withConfig, withUser } from '../case.ts';
import { credential, plugin } from '../plugin.ts';

const files = { plugin: plugin(credential('"token": "from-plugin"')) };
const exec =
  'exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./plugin}';
const beside = (title: string, fields: string, more: Omit<Case, 'title'> = {}): Case =>
  withUser(title, `${exec}, ${fields}`, { ...more, files: { ...files, ...more.files } });
const pair = 'client-certificate: {{cert}}, client-key: {{key}}';

export const execBesideCases: readonly Case[] = [
  beside('beside a token no plugin is run', 'token: t'),
  beside('beside a tokenFile no plugin is run', 'tokenFile: token', { files: { token: 'file' } }),
  beside('beside a missing tokenFile', 'tokenFile: missing'),
  beside('beside basic no plugin is run', 'username: u, password: p'),
  beside('beside a certificate no plugin is run', pair),
  beside('beside a key alone', 'client-key: {{key}}'),
  beside('a plugin is run though the user of the URL beats its token', 'as: me', {
    args: ['--server=https://u:p@127.0.0.1:{{https.port}}'],
  }),
  beside('a plugin is run beside impersonation', 'as: me, as-groups: [g]'),
  beside('a plugin is not run where --token is given', 'as: me', { args: ['--token=flag'] }),
  beside('a plugin is not run where --username is given', 'as: me', {
    args: ['--username=u', '--password=p'],
  }),
  beside('a plugin is not run where a certificate is given by flags', 'as: me', {
    args: ['--client-certificate={{cert}}', '--client-key={{key}}'],
  }),
  beside('a plugin runs before the server is known to be trusted', 'as: me', {
    args: ['--certificate-authority={{otherCa}}'],
  }),
  beside('a plugin runs before the server is known to be there', 'as: me', {
    args: ['--server=https://127.0.0.1:1'],
  }),
  beside('a plugin is not run where the CA is missing', 'as: me', {
    args: ['--certificate-authority={{dir}}/missing'],
  }),
  withConfig('a plugin is not run where the context is wrong', kubeconfig({ user: exec }), {
    args: ['--context=x'],
    files,
  }),
];
