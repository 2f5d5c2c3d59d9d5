import { type Case, kubeconfig, withFlags } from '../case.ts';

const withCertificate = {
  config: kubeconfig({
    user: 'client-certificate-data: {{certData}}, client-key-data: {{keyData}}',
  }),
};
const withCertificateFiles = {
  config: kubeconfig({ user: 'client-certificate: {{cert}}, client-key: {{key}}' }),
};
const user = (fields: string) => ({ config: kubeconfig({ user: fields }) });

export const identityFlagCases: readonly Case[] = [
  withFlags('--token beats the file', ['--token=flag']),
  withFlags('--token takes its value as the next word', ['--token', 'flag']),
  withFlags('an empty --token means the token of the file', ['--token=']),
  withFlags('tokenFile beats --token', ['--token=flag'], {
    files: { ...user('tokenFile: token'), token: 'file' },
  }),
  withFlags('--token is used if the tokenFile is missing', ['--token=flag'], {
    files: user('tokenFile: missing'),
  }),
  withFlags('--token is given, and the file has a user name and password', ['--token=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--token with a certificate in the file sends both', ['--token=flag'], {
    files: withCertificate,
  }),
  withFlags('--token with exec in the file does not run it', ['--token=flag'], {
    files: user(
      'exec: {apiVersion: client.authentication.k8s.io/v1, command: /nonexistent, interactiveMode: Never}',
    ),
  }),
  withFlags('--token is given, and the file has an auth-provider', ['--token=flag'], {
    files: user('auth-provider: {name: gcp}'),
  }),
  withFlags(
    '--username and --password are sent as basic authentication',
    ['--username=u', '--password=p'],
    {
      files: user(''),
    },
  ),
  withFlags('--username and --password are given, and the file has a token', [
    '--username=u',
    '--password=p',
  ]),
  withFlags('--username is given, and the file has a user name and password', ['--username=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--password is given, and the file has a user name and password', ['--password=flag'], {
    files: user('username: u, password: p'),
  }),
  withFlags('--username alone', ['--username=u'], { files: user('') }),
  withFlags('--password alone asks for a user', ['--password=p'], { files: user('') }),
  withFlags(
    '--username and --token are given together',
    ['--username=u', '--password=p', '--token=t'],
    {
      files: user(''),
    },
  ),
  withFlags(
    '--username and --password are given, and the file has a certificate',
    ['--username=u', '--password=p'],
    { files: withCertificate },
  ),
  withFlags(
    '--client-certificate and --client-key are sent',
    ['--client-certificate={{cert}}', '--client-key={{key}}'],
    { files: user('') },
  ),
  withFlags(
    '--client-certificate and --client-key beat client-certificate and client-key of the file',
    ['--client-certificate={{secondCert}}', '--client-key={{secondKey}}'],
    { files: withCertificateFiles },
  ),
  withFlags(
    '--client-certificate and --client-key beat client-certificate-data and client-key-data of the file',
    ['--client-certificate={{secondCert}}', '--client-key={{secondKey}}'],
    { files: withCertificate },
  ),
  withFlags(
    '--client-certificate alone is given, and the file has the same pair as paths',
    ['--client-certificate={{cert}}'],
    { files: withCertificateFiles },
  ),
  withFlags(
    '--client-certificate alone is given, and does not match the key of the file',
    ['--client-certificate={{secondCert}}'],
    { files: withCertificateFiles },
  ),
  withFlags('--client-certificate alone', ['--client-certificate={{cert}}'], { files: user('') }),
  withFlags('--client-key alone', ['--client-key={{key}}'], { files: user('') }),
  withFlags('--client-key alone is given, and the file has a token', ['--client-key={{key}}']),
  withFlags(
    '--client-certificate is relative to the working directory',
    ['--client-certificate=c', '--client-key', './k'],
    { files: { ...user(''), 'work/c': '{{certPem}}', 'work/k': '{{keyPem}}' }, cwd: 'work' },
  ),
  withFlags('--client-certificate and --client-key beside a token are both sent', [
    '--client-certificate={{cert}}',
    '--client-key={{key}}',
  ]),
  withFlags(
    'empty --client-certificate and --client-key are the pair of the file',
    ['--client-certificate=', '--client-key='],
    { files: withCertificate },
  ),
  withFlags(
    'a missing --client-certificate is an error',
    ['--client-certificate={{dir}}/missing', '--client-key={{key}}'],
    { files: user('') },
  ),
];
