import { type Case, casesOf, kubeconfig } from '../case.ts';
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
  ...casesOf((title, fields: string) => cluster(title, 'provideClusterInfo: true', fields), {
    'cluster information has the CA of a file as data': plainCluster,
    'cluster information has CA data':
      'server: "{{https}}", certificate-authority-data: {{caData}}',
    'cluster information has an extension': extension(
      '{audience: a, list: [1, 2.5, true, null], nested: {z: 1, a: ""}}',
    ),
    'cluster information has an extension that is text': extension('words'),
    'cluster information has an extension that is null': extension('null'),
    'cluster information has an extension that is a list': extension('[1]'),
    'cluster information leaves out other extensions': `${plainCluster}, extensions: [{name: other, extension: {a: b}}]`,
    'cluster information has the proxy-url': `${plainCluster}, proxy-url: "{{proxy}}"`,
    'cluster information has the tls-server-name':
      'server: "{{otherName}}", certificate-authority: {{ca}}, tls-server-name: other.test',
    'cluster information has insecure-skip-tls-verify':
      'server: "{{https}}", insecure-skip-tls-verify: true',
    'cluster information has disable-compression': `${plainCluster}, disable-compression: true`,
    'cluster information has the path prefix':
      'server: "{{https}}/a/", certificate-authority: {{ca}}',
    'cluster information of an upper-case server':
      'server: "HTTPS://LOCALHOST:{{https.port}}", certificate-authority: {{ca}}',
  }),
  cluster('an extension is not passed without provideClusterInfo', '', extension('{a: b}')),
  cluster('cluster information has the values of flags', provide, plainCluster, {
    args: [
      '--server={{secondHttps}}',
      '--tls-server-name=kube.test',
      '--certificate-authority={{ca}}',
    ],
  }),
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
