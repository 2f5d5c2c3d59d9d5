import { type Case, casesOf, kubeconfig } from '../case.ts';
import { exec, tokenPlugin } from '../plugin.ts';

const preference = (fields: string) => `apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
${fields}
`;
const denyAll = preference('credentialPluginPolicy: DenyAll');
const allowing = (...names: string[]) =>
  preference(
    `credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [${names.map((name) => `{name: "${name}"}`).join(', ')}]`,
  );

const policy = (
  title: string,
  kuberc: string,
  { command = './plugin', ...more }: Omit<Case, 'title'> & { readonly command?: string } = {},
): Case => ({
  title,
  ...more,
  env: { PATH: '{{dir}}/bin:/usr/bin:/bin', ...more.env },
  files: {
    config: kubeconfig({ user: exec(`command: "${command}"`) }),
    'home/.kube/kuberc': kuberc,
    plugin: tokenPlugin,
    'bin/bare': tokenPlugin,
    ...more.files,
  },
});

/** For invalid policy files: kubectl warns and runs every plugin, but our program runs no plugin. */
const closed: Pick<Case, 'differs'> = {
  differs: {
    why: 'to run what a faulty file may forbid is less safe',
    ours: { outcome: 'refused' },
  },
};

/** For an invalid plugin policy and a user without a plugin: kubectl rejects every command, but our program sends the request. */
const besideToken: Pick<Case, 'differs'> = {
  differs: {
    why: 'what plugins may do does not matter where none runs, and the rest of kuberc is not for us',
    ours: {
      outcome: 'ok',
      requests: [
        {
          server: 'https',
          method: 'GET',
          path: '/api/v1/nodes/node-1/proxy/healthz',
          host: '127.0.0.1:{{https.port}}',
          authorization: 'Bearer t',
        },
      ],
    },
  },
};

export const execPolicyCases: readonly Case[] = [
  ...casesOf(policy, {
    'DenyAll in kuberc keeps plugins from running': denyAll,
    'AllowAll in kuberc lets plugins run': preference('credentialPluginPolicy: AllowAll'),
    'an empty policy in kuberc lets plugins run': preference('credentialPluginPolicy: ""'),
    'a kuberc without policy lets plugins run': preference(''),
    'a kuberc has an unknown policy': preference('credentialPluginPolicy: denyall'),
    'Allowlist lets an absolute path run': allowing('{{dir}}/plugin'),
    'Allowlist of a base name does not let a path run': allowing('plugin'),
    'Allowlist has a relative path': allowing('./plugin'),
    'Allowlist has a path that is not normalized': allowing('{{dir}}/bin/../plugin'),
    'the policy Allowlist has no list': preference('credentialPluginPolicy: Allowlist'),
    'the policy Allowlist has an empty list': preference(
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []',
    ),
    'the kuberc is malformed': 'a: [',
    'the kuberc is empty': '',
    'the kuberc has unknown fields': preference('credentialPluginPolicy: DenyAll\nnonsense: 1'),
    'the kuberc has duplicate keys': preference(
      'credentialPluginPolicy: AllowAll\ncredentialPluginPolicy: DenyAll',
    ),
    'the kuberc has a second document': `${preference('credentialPluginPolicy: AllowAll')}---\n${denyAll}`,
    'a file has an unknown document before the kuberc': `apiVersion: x/v1\nkind: Y\n---\n${denyAll}`,
    'the kuberc is JSON':
      '{"apiVersion": "kubectl.config.k8s.io/v1beta1", "kind": "Preference", "credentialPluginPolicy": "DenyAll"}',
  }),
  policy('Allowlist lets a bare name run', allowing('bare'), { command: 'bare' }),
  policy('Allowlist of a bare name lets its absolute path run', allowing('bare'), {
    command: '{{dir}}/bin/bare',
  }),
  policy('Allowlist of an absolute path lets its bare name run', allowing('{{dir}}/bin/bare'), {
    command: 'bare',
  }),
  policy('Allowlist of another name keeps a plugin from running', allowing('other'), {
    command: 'bare',
  }),
  policy(
    'Allowlist has an entry with the field command',
    preference('credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: bare}]'),
    { command: 'bare' },
  ),
  policy(
    'Allowlist has an entry with an unknown field beside the name',
    preference(
      'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: bare, digest: x}]',
    ),
    { command: 'bare', ...closed },
  ),
  policy(
    'a list without Allowlist is an error',
    preference('credentialPluginAllowlist: [{name: bare}]'),
    { command: 'bare' },
  ),
  policy(
    'a list with AllowAll is an error',
    preference('credentialPluginPolicy: AllowAll\ncredentialPluginAllowlist: [{name: bare}]'),
    { command: 'bare' },
  ),
  policy(
    'a list with DenyAll is an error',
    preference('credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist: [{name: bare}]'),
    { command: 'bare' },
  ),
  policy('a plugin policy has no effect on a user with a token', denyAll, {
    files: { config: kubeconfig() },
  }),
  policy(
    'a user has a token, and the plugin policy is faulty',
    preference('credentialPluginPolicy: Allowlist'),
    {
      ...besideToken,
      files: { config: kubeconfig() },
    },
  ),
  policy(
    'a user has a token, and the plugin policy is unknown',
    preference('credentialPluginPolicy: x'),
    {
      ...besideToken,
      files: { config: kubeconfig() },
    },
  ),
  policy('a user has a token, and the kuberc is malformed', 'a: [', {
    files: { config: kubeconfig() },
  }),
  policy('the kuberc has another kind', denyAll.replace('Preference', 'Pod'), closed),
  policy('the kuberc has neither apiVersion nor kind', 'credentialPluginPolicy: DenyAll\n', closed),
  policy('the kuberc has version v1alpha1', denyAll.replace('v1beta1', 'v1alpha1'), closed),
  policy('the kuberc has version v1', denyAll.replace('v1beta1', 'v1'), closed),
  policy('the kuberc has a field of a wrong type', preference('credentialPluginPolicy: 5'), closed),
  policy('$KUBERC names the kuberc', preference('credentialPluginPolicy: AllowAll'), {
    env: { KUBERC: '{{dir}}/mine' },
    files: { mine: denyAll },
  }),
  policy('$KUBERC names a missing file', denyAll, { env: { KUBERC: '{{dir}}/missing' } }),
  policy('$KUBERC=off reads no kuberc', denyAll, { env: { KUBERC: 'off' } }),
  policy('$KUBERC is OFF in upper case', denyAll, { env: { KUBERC: 'OFF' } }),
  policy('an empty $KUBERC means the default file', denyAll, { env: { KUBERC: '' } }),
  policy('KUBECTL_KUBERC=false reads no kuberc', denyAll, { env: { KUBECTL_KUBERC: 'false' } }),
  policy('--kuberc names the kuberc', preference('credentialPluginPolicy: AllowAll'), {
    args: ['--kuberc={{dir}}/mine'],
    files: { mine: denyAll },
  }),
];
