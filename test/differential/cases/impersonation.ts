import { type Case, casesOf, kubeconfig, withFlags, withUser } from '../case.ts';

const impersonating = {
  config: kubeconfig({
    user: 'token: t, as: filed, as-groups: [g, h], as-uid: "7", as-user-extra: {scope: [a, b], "x/y z%": [c]}',
  }),
};

export const impersonationCases: readonly Case[] = [
  ...casesOf(withFlags, {
    '--as impersonates': ['--as=me'],
    'an empty --as has no effect': ['--as='],
    '--as-group may be repeated': ['--as=me', '--as-group=a', '--as-group', 'b'],
    '--as-group is not split at commas': ['--as=me', '--as-group=a,b'],
    '--as-group is empty': ['--as=me', '--as-group='],
    '--as-group without --as is an error': ['--as-group=a'],
    '--as-uid impersonates': ['--as=me', '--as-uid=5'],
    '--as-uid without --as is an error': ['--as-uid=5'],
    'an empty --as-uid has no effect': ['--as=me', '--as-uid='],
    '--as-user-extra impersonates': [
      '--as=me',
      '--as-user-extra=scope=a',
      '--as-user-extra',
      'scope=b',
    ],
    '--as-user-extra escapes characters that no header name has': [
      '--as=me',
      '--as-user-extra=Example.com/A b=c=d',
    ],
    '--as-user-extra without --as is an error': ['--as-user-extra=scope=a'],
    '--as-user-extra has a key and no value': ['--as=me', '--as-user-extra=scope'],
    '--as-user-extra has an empty value': ['--as=me', '--as-user-extra=scope='],
    '--as-user-extra has an empty key': ['--as=me', '--as-user-extra==v'],
    '--as-user-extra is not split at commas': ['--as=me', '--as-user-extra=a=b,c=d'],
  }),
  ...casesOf((title, args: readonly string[]) => withFlags(title, args, { files: impersonating }), {
    'impersonation of the file is sent': [],
    '--as keeps groups, uid and extra of the file': ['--as=flag'],
    '--as-group replaces the groups of the file': ['--as-group=x'],
    '--as-uid replaces the uid of the file': ['--as-uid=8'],
    '--as-user-extra adds to the extra of the file': ['--as-user-extra=other=x'],
  }),
  withUser('a user with only `as` has no credentials', 'as: me'),
  withUser('as-groups without as is an error', 'token: t, as-groups: [a]'),
  withUser('as-uid without as is an error', 'token: t, as-uid: "1"'),
  withUser('as-user-extra without as is an error', 'token: t, as-user-extra: {a: [b]}'),
  withUser('as-groups without as may be empty', 'token: t, as-groups: [], as-user-extra: {}'),
  withUser('a user name with non-ASCII letters in `as`', 'token: t, as: "Zoë"'),
  withUser('an as with a line break is an error', 'token: t, as: "a\\nb"'),
  withUser('as has spaces around the user name', 'token: t, as: " me "'),
  withUser(
    'keys of as-user-extra have percent signs',
    'token: t, as: me, as-user-extra: {"a%20b": [c], "UPPER": [d], "é": [e]}',
  ),
  withUser('a key of as-user-extra has no values', 'token: t, as: me, as-user-extra: {a: []}'),
];
