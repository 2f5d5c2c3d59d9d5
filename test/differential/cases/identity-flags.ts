import { type Case, casesOf, kubeconfig, withFlags } from '../case.ts';

const user = (fields: string) => ({ config: kubeconfig({ user: fields }) });
const withPair = (title: string, args: readonly string[]) =>
  withFlags(title, args, { files: user('client-certificate: {{cert}}, client-key: {{key}}') });

export const identityFlagCases: readonly Case[] = [
  withFlags('--token takes its value as the next word', ['--token', 'flag']),
  withFlags('an empty --token means the token of the file', ['--token=']),
  withFlags('--token is used if the tokenFile is missing', ['--token=flag'], {
    files: user('tokenFile: missing'),
  }),
  withFlags('--token is given, and the file has an auth-provider', ['--token=flag'], {
    files: user('auth-provider: {name: gcp}'),
  }),
  ...casesOf((title, args: readonly string[]) => withFlags(title, args, { files: user('') }), {
    '--username and --token are given together': ['--username=u', '--password=p', '--token=t'],
    '--client-certificate alone': ['--client-certificate={{cert}}'],
    'a missing --client-certificate is an error': [
      '--client-certificate={{dir}}/missing',
      '--client-key={{key}}',
    ],
  }),
  withPair('--client-certificate alone is given, and the file has the same pair as paths', [
    '--client-certificate={{cert}}',
  ]),
  withPair('--client-certificate alone is given, and does not match the key of the file', [
    '--client-certificate={{secondCert}}',
  ]),
  withFlags(
    '--client-certificate is relative to the working directory',
    ['--client-certificate=c', '--client-key', './k'],
    { files: { ...user(''), 'work/c': '{{certPem}}', 'work/k': '{{keyPem}}' }, cwd: 'work' },
  ),
  withFlags(
    'empty --client-certificate and --client-key are the pair of the file',
    ['--client-certificate=', '--client-key='],
    { files: user('client-certificate-data: {{certData}}, client-key-data: {{keyData}}') },
  ),
];
