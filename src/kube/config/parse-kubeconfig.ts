import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { Failure } from '../../errors.ts';
import { type Fields, isFields } from '../../text/fields.ts';
import type { ExecConfig } from '../exec/plugin.ts';
import { unwrapBase64 } from '../yaml/kubectl-schema.ts';
import { readYaml, YamlFault } from '../yaml/read-yaml.ts';
import type { AuthProvider, ClusterEntry, ContextEntry, Kubeconfig, UserEntry } from './entries.ts';

/** Parses one file. Throws a Failure that names the file for bad YAML, a wrong type or a duplicate name. */
export function parseKubeconfig(path: string, bytes: Buffer): Kubeconfig {
  const root = record(readDocument(path, bytes), path, 'the file');
  for (const [key, wanted] of [
    ['apiVersion', 'v1'],
    ['kind', 'Config'],
  ] as const) {
    const value = string(root, key, path);
    if (value !== '' && value !== wanted) throw invalid(path, `${key} must be ${wanted}`);
  }
  return {
    clusters: named(root, 'clusters', 'cluster', path, (entry) => clusterEntry(entry, path)),
    users: named(root, 'users', 'user', path, (entry) => userEntry(entry, path)),
    contexts: named(root, 'contexts', 'context', path, (entry) => contextEntry(entry, path)),
    currentContext: string(root, 'current-context', path),
    files: [path],
  };
}

function clusterEntry(entry: Fields, path: string): ClusterEntry {
  return {
    server: string(entry, 'server', path),
    certificateAuthority: file(entry, 'certificate-authority', path),
    certificateAuthorityData: base64(entry, 'certificate-authority-data', path),
    insecureSkipTlsVerify: boolean(entry, 'insecure-skip-tls-verify', path),
    tlsServerName: string(entry, 'tls-server-name', path),
    proxyUrl: string(entry, 'proxy-url', path),
    disableCompression: boolean(entry, 'disable-compression', path),
    execExtension: extension(entry, 'client.authentication.k8s.io/exec', path),
  };
}

function userEntry(entry: Fields, path: string): UserEntry {
  const extra = record(entry['as-user-extra'] ?? {}, path, 'as-user-extra');
  return {
    clientCertificate: file(entry, 'client-certificate', path),
    clientCertificateData: base64(entry, 'client-certificate-data', path),
    clientKey: file(entry, 'client-key', path),
    clientKeyData: base64(entry, 'client-key-data', path),
    token: string(entry, 'token', path),
    tokenFile: file(entry, 'tokenFile', path),
    username: string(entry, 'username', path),
    password: string(entry, 'password', path),
    impersonate: {
      user: string(entry, 'as', path),
      groups: strings(entry, 'as-groups', path),
      uid: string(entry, 'as-uid', path),
      extra: Object.fromEntries(Object.keys(extra).map((key) => [key, strings(extra, key, path)])),
    },
    exec: entry['exec'] == null ? undefined : execConfig(record(entry['exec'], path, 'exec'), path),
    authProvider:
      entry['auth-provider'] == null
        ? undefined
        : authProvider(record(entry['auth-provider'], path, 'auth-provider'), path),
  };
}

function execConfig(entry: Fields, path: string): ExecConfig {
  const command = string(entry, 'command', path);
  return {
    apiVersion: string(entry, 'apiVersion', path),
    // A bare name stays bare, to be found on PATH.
    command: command.includes(sep) ? file(entry, 'command', path) : command,
    args: strings(entry, 'args', path),
    env: list(entry, 'env', path).map((item) => {
      const fields = record(item, path, 'an entry of env');
      return { name: string(fields, 'name', path), value: string(fields, 'value', path) };
    }),
    installHint: string(entry, 'installHint', path),
    provideClusterInfo: boolean(entry, 'provideClusterInfo', path),
    interactiveMode: string(entry, 'interactiveMode', path),
  };
}

function authProvider(entry: Fields, path: string): AuthProvider {
  const config = record(entry['config'] ?? {}, path, 'config');
  return {
    name: string(entry, 'name', path),
    config: Object.fromEntries(Object.keys(config).map((key) => [key, string(config, key, path)])),
  };
}

function extension(entry: Fields, name: string, path: string): unknown {
  const extensions = list(entry, 'extensions', path).map((item) =>
    record(item, path, 'an entry of extensions'),
  );
  return extensions.findLast((item) => string(item, 'name', path) === name)?.['extension'];
}

function contextEntry(entry: Fields, path: string): ContextEntry {
  return {
    cluster: string(entry, 'cluster', path),
    user: string(entry, 'user', path),
    namespace: string(entry, 'namespace', path),
  };
}

function readDocument(path: string, bytes: Buffer): unknown {
  try {
    return readYaml(bytes);
  } catch (cause) {
    if (!(cause instanceof YamlFault)) throw cause;
    throw new Failure(`error loading config file "${path}": ${cause.message}`);
  }
}

function named<T>(
  root: Fields,
  key: string,
  item: string,
  path: string,
  read: (entry: Fields) => T,
): Map<string, T> {
  const result = new Map<string, T>();
  for (const element of list(root, key, path)) {
    const fields = record(element, path, `an entry of ${key}`);
    const name = string(fields, 'name', path);
    if (result.has(name)) throw invalid(path, `duplicate name "${name}" in ${key}`);
    result.set(name, read(record(fields[item] ?? {}, path, item)));
  }
  return result;
}

function record(value: unknown, path: string, title: string): Fields {
  if (value === null) return {};
  if (!isFields(value)) throw invalid(path, `${title} must be a mapping`);
  return value;
}

function string(fields: Fields, key: string, path: string): string {
  const value = fields[key] ?? '';
  if (typeof value !== 'string') throw invalid(path, `${key} must be a string`);
  return value;
}

function list(fields: Fields, key: string, path: string): readonly unknown[] {
  const value = fields[key] ?? [];
  if (!Array.isArray(value)) throw invalid(path, `${key} must be a list`);
  return value;
}

/** Null stands for the empty string, in a list too. */
function strings(fields: Fields, key: string, path: string): readonly string[] {
  return list(fields, key, path).map((item) => {
    if (item !== null && typeof item !== 'string')
      throw invalid(path, `${key} must be a list of strings`);
    return item ?? '';
  });
}

function boolean(fields: Fields, key: string, path: string): boolean {
  const value = fields[key] ?? false;
  if (typeof value !== 'boolean') throw invalid(path, `${key} must be true or false`);
  return value;
}

/** A path is relative to the kubeconfig that contains it. */
function file(fields: Fields, key: string, path: string): string {
  const value = string(fields, key, path);
  return value === '' || isAbsolute(value) ? value : resolve(dirname(path), value);
}

function base64(fields: Fields, key: string, path: string): string {
  const value = unwrapBase64(string(fields, key, path));
  if (value === undefined) throw invalid(path, `${key} is not valid base64`);
  return value;
}

function invalid(path: string, problem: string): Failure {
  return new Failure(`error loading config file "${path}": ${problem}`);
}
