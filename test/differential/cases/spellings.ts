import { type Case, casesOf, kubeconfig, withFlags, withUser } from '../case.ts';
import { credential, plugin } from '../plugin.ts';

const repeated: readonly Case[] = [
  withFlags('the last --insecure-skip-tls-verify wins, with false', [
    '--server={{otherCaHttps}}',
    '--insecure-skip-tls-verify',
    '--insecure-skip-tls-verify=false',
  ]),
  withFlags('the last --insecure-skip-tls-verify wins, with true', [
    '--server={{otherCaHttps}}',
    '--insecure-skip-tls-verify=false',
    '--insecure-skip-tls-verify',
  ]),
  withFlags('--insecure-skip-tls-verify has a value that is not a boolean', [
    '--insecure-skip-tls-verify=maybe',
  ]),
  withFlags('a token that begins with a dash', ['--token', '-abc']),
  withFlags('a token that looks like a flag', ['--token', '-nfoo']),
  withFlags('a token that looks like another flag with a value', ['--token', '--as=x']),
  withFlags('a group that begins with a dash', ['--as', 'u', '--as-group', '-x']),
  withFlags('a key of --as-user-extra that every JavaScript object has', [
    '--as=u',
    '--as-user-extra=constructor=x',
    '--as-user-extra=__proto__=y',
  ]),
  withFlags('a --request-timeout that begins with a dash', ['--request-timeout', '-1s']),
];

const letters: readonly Case[] = [
  // The values are equal, because Go would send different values in random order.
  withUser(
    'keys of extra that differ only in case are one header',
    'token: t, as: u, as-user-extra: {foo: [a], FOO: [a]}',
  ),
  withUser('a port of 0', 'token: t', {
    files: { config: kubeconfig({ cluster: 'server: "https://127.0.0.1:0"' }) },
  }),
  withUser('a proxy at port 0', 'token: t', {
    files: {
      config: kubeconfig({
        cluster:
          'server: "{{https}}", certificate-authority: {{ca}}, proxy-url: "http://127.0.0.1:0"',
      }),
    },
  }),
  withUser(
    'a command with a backslash is looked up on PATH',
    `exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: 'a\\b'}`,
    {
      env: { PATH: '{{dir}}/bin:/usr/bin:/bin' },
      files: { 'bin/a\\b': plugin(credential('"token": "on-path"')) },
    },
  ),
];

/** Paths with `link/..`. A program that shortens them as texts, without the target of the link, reads another file. */
const far = { links: { link: 'far/away' } } as const;
const links: readonly Case[] = [
  ...casesOf(
    (title, path: string) =>
      withUser(title, `tokenFile: "${path}"`, {
        files: { t: 'by letters', 'far/away/x': '', 'far/t': 'by the system' },
        ...far,
      }),
    {
      'an absolute tokenFile whose path leads through a link and back': '{{dir}}/link/../t',
      'a relative tokenFile whose path leads through a link and back': 'link/../t',
    },
  ),
  ...casesOf(
    (title, args: readonly string[]) => ({
      ...{ title, args, ...far },
      files: {
        k: kubeconfig({ user: 'token: by-letters' }),
        'far/away/x': '',
        'far/k': kubeconfig({ user: 'token: by-the-system' }),
      },
    }),
    {
      'a --kubeconfig whose path leads through a link and back': ['--kubeconfig={{dir}}/link/../k'],
      'a relative --kubeconfig whose path leads through a link and back': [
        ...['--kubeconfig', 'link/../k'],
      ],
    },
  ),
];

export const spellingCases: readonly Case[] = [...repeated, ...letters, ...links];
