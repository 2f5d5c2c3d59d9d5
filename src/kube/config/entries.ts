import * as v from '@badrap/valita';
import { unwrapBase64 } from '../yaml/kubectl-schema.ts';

// The fields of a kubeconfig, with the names that they have in the file. As in Go, an absent or null field becomes an empty value.

const text = v.string().optional(() => '');
const flag = v.boolean().optional(() => false);
const base64 = v
  .string()
  .chain((value) => {
    const unwrapped = unwrapBase64(value);
    return unwrapped === undefined ? v.err('expected base64') : v.ok(unwrapped);
  })
  .optional(() => '');

/** Returns the type of a list in which null becomes an empty item. It is needed because checkType removes nulls only from objects. */
function list<T>(item: v.Type<T>, empty: () => T) {
  return v.array(v.union(item, v.null().map(empty))).optional(() => []);
}

const texts = list<string>(v.string(), () => '');

function objects<S extends Parameters<typeof v.object>[0]>(shape: S) {
  const item = v.object(shape);
  return list(item, () => item.parse({}));
}

/** Accepts an empty string or `wanted`. */
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
  extensions: objects({ name: text, extension: v.unknown().optional() }),
});

const exec = v.object({
  apiVersion: text,
  command: text,
  args: texts,
  env: objects({ name: text, value: text }),
  installHint: text,
  provideClusterInfo: flag,
  interactiveMode: text,
});

const authProvider = v.object({ name: text, config: v.record(v.string()).optional(() => ({})) });

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
  'as-user-extra': v.record(texts).optional(() => ({})),
  exec: exec.optional(),
  'auth-provider': authProvider.optional(),
});

const context = v.object({ cluster: text, user: text, namespace: text });

export const noCluster = (): ClusterEntry => cluster.parse({});
export const noUser = (): UserEntry => user.parse({});

export const kubeconfig = v.object({
  apiVersion: only('v1'),
  kind: only('Config'),
  clusters: objects({ name: text, cluster: cluster.optional(noCluster) }),
  users: objects({ name: text, user: user.optional(noUser) }),
  contexts: objects({ name: text, context: context.optional(() => context.parse({})) }),
  'current-context': text,
});

export type ClusterEntry = Readonly<v.Infer<typeof cluster>>;
export type UserEntry = Readonly<v.Infer<typeof user>>;

/** An authentication provider that is built into kubectl; kubectl still supports only `oidc`. */
export type AuthProvider = v.Infer<typeof authProvider>;

export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * One or more kubeconfig files, merged as kubectl does: if several files have an entry of the same name, the entry in the first file is
 * used. Paths are absolute.
 */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, v.Infer<typeof context>>;
  readonly currentContext: string;
  readonly files: readonly string[];
}
