import { type Case, kubeconfig } from '../case.ts';
import { credential, exec, plugin, tokenPlugin } from '../plugin.ts';

const cluster = (
  title: string,
  fields: string,
  clusterFields: string,
  more: Omit<Case, 'title'> = {},
): Case => ({
  title,
  ...more,
  files: {
    plugin: tokenPlugin,
    config: kubeconfig({ cluster: clusterFields, user: exec(fields) }),
    ...more.files,
  },
});
const provide = 'provideClusterInfo: true';
const plainCluster = 'server: "{{https}}", certificate-authority: {{ca}}';
const extension = (value: string) =>
  `${plainCluster}, extensions: [{name: client.authentication.k8s.io/exec, extension: ${value}}]`;

export const execClusterInfoCases: readonly Case[] = [
  cluster('cluster information has the CA of a file as data', provide, plainCluster),
  cluster(
    'cluster information has CA data',
    provide,
    'server: "{{https}}", certificate-authority-data: {{caData}}',
  ),
  cluster(
    'cluster information has an extension',
    provide,
    extension('{audience: a, list: [1, 2.5, true, null], nested: {z: 1, a: ""}}'),
  ),
  cluster('cluster information has an extension that is text', provide, extension('words')),
  cluster('cluster information has an extension that is null', provide, extension('null')),
  cluster('cluster information has an extension that is a list', provide, extension('[1]')),
  cluster(
    'cluster information leaves out other extensions',
    provide,
    `${plainCluster}, extensions: [{name: other, extension: {a: b}}]`,
  ),
  cluster('an extension is not passed without provideClusterInfo', '', extension('{a: b}')),
  cluster(
    'cluster information has the proxy-url',
    provide,
    `${plainCluster}, proxy-url: "{{proxy}}"`,
  ),
  cluster(
    'cluster information has the tls-server-name',
    provide,
    'server: "{{otherName}}", certificate-authority: {{ca}}, tls-server-name: other.test',
  ),
  cluster(
    'cluster information has insecure-skip-tls-verify',
    provide,
    'server: "{{https}}", insecure-skip-tls-verify: true',
  ),
  cluster(
    'cluster information has disable-compression',
    provide,
    `${plainCluster}, disable-compression: true`,
  ),
  cluster(
    'cluster information has the path prefix',
    provide,
    'server: "{{https}}/a/", certificate-authority: {{ca}}',
  ),
  cluster('cluster information has the values of flags', provide, plainCluster, {
    args: [
      '--server={{secondHttps}}',
      '--tls-server-name=kube.test',
      '--certificate-authority={{ca}}',
    ],
  }),
  cluster(
    'cluster information of an upper-case server',
    provide,
    'server: "HTTPS://LOCALHOST:{{https.port}}", certificate-authority: {{ca}}',
  ),
  cluster('cluster information of v1beta1', '', plainCluster, {
    files: {
      plugin: plugin(credential('"token": "t"', 'v1beta1')),
      config: kubeconfig({ user: exec(provide, 'v1beta1') }),
    },
  }),
  cluster('cluster information has the proxy of the environment', provide, plainCluster, {
    env: { HTTPS_PROXY: '{{proxy}}' },
  }),
];
