import type { Workload } from '../../objects.ts';

export type FileOrigin =
  | { readonly kind: 'cluster CA' }
  | { readonly kind: 'ConfigMap'; readonly name: string; readonly key: string }
  /** Any other origin, as text for users: `Secret kubelet-ca`. */
  | { readonly kind: 'other'; readonly from: string };

type Spec = NonNullable<Workload['spec']>;
type Volume = NonNullable<Spec['volumes']>[number];
type ConfigMapFiles = NonNullable<Volume['configMap']>;

const clusterCa = { kind: 'cluster CA' } as const;
const accountFile = /^(?:\/var)?\/run\/secrets\/kubernetes\.io\/serviceaccount\/ca\.crt$/;
const accountConfigMap = 'kube-root-ca.crt';

/**
 * Returns where a container gets a file from: a volume, or else the container's image. Only containers count that have the path as
 * configured, `named`, in an argument or environment variable.
 */
export function originOfFile(
  { spec = {} }: Workload,
  file: string,
  named: string = file,
): FileOrigin {
  const { containers = [], volumes = [] } = spec;
  const mounts = containers
    .filter(
      ({ command = [], args = [], env = [] }) =>
        [...command, ...args].some((each) => each === named || each.endsWith(`=${named}`)) ||
        env.some(({ value }) => value === named),
    )
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .flatMap(({ name, mountPath = '', subPath = '' }) => {
      const below = pathBelow(mountPath, file);
      if (below === undefined) return [];
      return [{ name, mountPath, path: [subPath, below].filter(Boolean).join('/') }];
    })
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  const [mount] = mounts;
  const volume = mount && volumes.find(({ name }) => name === mount.name);
  if (volume) return originInVolume(volume, mount.path);
  return accountFile.test(file) ? clusterCa : { kind: 'other', from: 'its image' };
}

/** Returns the path of a file below a folder: empty if both paths are equal, undefined if the file is elsewhere. */
function pathBelow(folder: string, file: string): string | undefined {
  const start = folder.replace(/\/$/, '');
  if (start === '') return undefined;
  if (file === start) return '';
  return file.startsWith(`${start}/`) ? file.slice(start.length + 1) : undefined;
}

function originInVolume(volume: Volume, path: string): FileOrigin {
  const { name = '', configMap, secret, hostPath, projected } = volume;
  const sources = projected?.sources ?? [];
  for (const files of [configMap, ...sources.map((source) => source.configMap)]) {
    const key = files && keyOf(files, path);
    if (key === undefined) continue;
    if (files?.name === accountConfigMap) return clusterCa;
    return { kind: 'ConfigMap', name: files?.name ?? '', key };
  }
  const secrets = [secret?.secretName, ...sources.map((source) => source.secret?.name)];
  const [held] = secrets.filter((each) => each !== undefined);
  if (held !== undefined) return { kind: 'other', from: `Secret ${held}` };
  if (hostPath) return { kind: 'other', from: `${hostPath.path} of its node` };
  return { kind: 'other', from: `volume ${name}` };
}

function keyOf({ items }: ConfigMapFiles, path: string): string | undefined {
  if (items) return items.find((item) => item.path === path)?.key;
  return path.includes('/') ? undefined : path;
}
