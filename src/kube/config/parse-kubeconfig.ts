import { dirname, isAbsolute, resolve, sep } from 'node:path';
import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { checkType } from '../../schema.ts';
import type { ExecConfig } from '../credential-plugin/plugin.ts';
import { unwrapBase64 } from '../yaml/kubectl-schema.ts';
import { readYaml, YamlFault } from '../yaml/read-yaml.ts';
import type { ClusterEntry, Kubeconfig, UserEntry } from './entries.ts';

const text = v.string().optional();
const flag = v.boolean().optional();
const base64 = v
  .string()
  .assert((value) => unwrapBase64(value) !== undefined, 'expected base64')
  .optional();
// As for Go, what is null is absent: checkType takes it out of objects, but not out of lists.
const texts = v.array(v.union(v.string(), v.null())).optional();

function list<T>(item: v.Type<T>) {
  return v.array(v.union(item, v.null())).optional();
}

/** Empty or one text. */
function only(wanted: string) {
  return v
    .string()
    .assert((value) => value === '' || value === wanted, `expected ${wanted}`)
    .optional();
}

const cluster = v.object({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': base64,
  'insecure-skip-tls-verify': flag,
  'tls-server-name': text,
  'proxy-url': text,
  'disable-compression': flag,
  extensions: list(v.object({ name: text, extension: v.unknown().optional() })),
});

const exec = v.object({
  apiVersion: text,
  command: text,
  args: texts,
  env: list(v.object({ name: text, value: text })),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const user = v.object({
  'client-certificate': text,
  'client-certificate-data': base64,
  'client-key': text,
  'client-key-data': base64,
  token: text,
  tokenFile: text,
  username: text,
  password: text,
  as: text,
  'as-groups': texts,
  'as-uid': text,
  'as-user-extra': v.record(v.array(v.union(v.string(), v.null()))).optional(),
  exec: exec.optional(),
  'auth-provider': v.object({ name: text, config: v.record(v.string()).optional() }).optional(),
});

const context = v.object({ cluster: text, user: text, namespace: text });

const kubeconfig = v.object({
  apiVersion: only('v1'),
  kind: only('Config'),
  clusters: list(v.object({ name: text, cluster: cluster.optional() })),
  users: list(v.object({ name: text, user: user.optional() })),
  contexts: list(v.object({ name: text, context: context.optional() })),
  'current-context': text,
});

/** Parses one file. Throws a Failure that names the file for bad YAML, a wrong type or a duplicate name. */
export function parseKubeconfig(path: string, bytes: Buffer): Kubeconfig {
  const document = readDocument(path, bytes) ?? {};
  // Plugins get their extension as it is.
  const { decoded, problem } = checkType(kubeconfig, document, { asIs: 'extension' });
  if (!decoded) throw invalid(path, problem);
  const { clusters, users, contexts, 'current-context': currentContext = '' } = decoded.value;
  return {
    clusters: byName('clusters', path, clusters, (entry) => clusterEntry(entry.cluster, path)),
    users: byName('users', path, users, (entry) => userEntry(entry.user, path)),
    contexts: byName('contexts', path, contexts, (entry) => ({
      cluster: entry.context?.cluster ?? '',
      user: entry.context?.user ?? '',
      namespace: entry.context?.namespace ?? '',
    })),
    currentContext,
    files: [path],
  };
}

/** Cluster of a file; without a file, an empty entry. */
export function clusterEntry(entry: v.Infer<typeof cluster> = {}, path = ''): ClusterEntry {
  return {
    server: entry.server ?? '',
    certificateAuthority: file(entry['certificate-authority'], path),
    certificateAuthorityData: unwrapBase64(entry['certificate-authority-data'] ?? '') ?? '',
    insecureSkipTlsVerify: entry['insecure-skip-tls-verify'] ?? false,
    tlsServerName: entry['tls-server-name'] ?? '',
    proxyUrl: entry['proxy-url'] ?? '',
    disableCompression: entry['disable-compression'] ?? false,
    execExtension: entry.extensions?.findLast(
      (each) => each?.name === 'client.authentication.k8s.io/exec',
    )?.extension,
  };
}

export function userEntry(entry: v.Infer<typeof user> = {}, path = ''): UserEntry {
  const { exec: plugin, 'as-user-extra': extra = {}, 'auth-provider': provider } = entry;
  return {
    clientCertificate: file(entry['client-certificate'], path),
    clientCertificateData: unwrapBase64(entry['client-certificate-data'] ?? '') ?? '',
    clientKey: file(entry['client-key'], path),
    clientKeyData: unwrapBase64(entry['client-key-data'] ?? '') ?? '',
    token: entry.token ?? '',
    tokenFile: file(entry.tokenFile, path),
    username: entry.username ?? '',
    password: entry.password ?? '',
    impersonate: {
      user: entry.as ?? '',
      groups: withoutNulls(entry['as-groups']),
      uid: entry['as-uid'] ?? '',
      extra: Object.fromEntries(
        Object.entries(extra).map(([key, values]) => [key, withoutNulls(values)]),
      ),
    },
    exec: plugin && execConfig(path, plugin),
    authProvider: provider && { name: provider.name ?? '', config: provider.config ?? {} },
  };
}

function execConfig(path: string, plugin: v.Infer<typeof exec>): ExecConfig {
  const { command = '' } = plugin;
  return {
    apiVersion: plugin.apiVersion ?? '',
    // A bare name stays bare, to be found on PATH.
    command: command.includes(sep) ? file(command, path) : command,
    args: withoutNulls(plugin.args),
    env: (plugin.env ?? []).map((each) => ({ name: each?.name ?? '', value: each?.value ?? '' })),
    installHint: plugin.installHint ?? '',
    provideClusterInfo: plugin.provideClusterInfo ?? false,
    interactiveMode: plugin.interactiveMode ?? '',
  };
}

function withoutNulls(values: readonly (string | null)[] = []): readonly string[] {
  return values.map((value) => value ?? '');
}

function readDocument(path: string, bytes: Buffer): unknown {
  try {
    return readYaml(bytes);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw invalid(path, cause.message);
  }
}

function byName<Entry extends { readonly name?: string | undefined }, T>(
  key: string,
  path: string,
  entries: readonly (Entry | null)[] = [],
  read: (entry: Partial<Entry>) => T,
): ReadonlyMap<string, T> {
  const result = new Map<string, T>();
  for (const each of entries) {
    const { name = '' } = each ?? {};
    if (result.has(name)) throw invalid(path, `duplicate name "${name}" in ${key}`);
    result.set(name, read(each ?? {}));
  }
  return result;
}

/** A path is relative to the kubeconfig that contains it. */
function file(value = '', path: string): string {
  return value === '' || isAbsolute(value) ? value : resolve(dirname(path), value);
}

function invalid(path: string, problem: string): Failure {
  return new Failure(`error loading config file "${path}": ${problem}`);
}
