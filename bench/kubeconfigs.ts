import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';

interface Entry {
  readonly name: string;
}
interface Entries {
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
}

/** Writes a kubeconfig with the entries of `path` and many similar entries, as if the user had many clusters. */
export async function manyContexts(
  path: string,
  count: number,
  folder: string,
): Promise<{ readonly path: string; readonly bytes: number }> {
  const config = load(await readFile(path, 'utf8')) as Entries;
  const many = (entries: readonly Entry[]) => [
    ...Array.from({ length: count - entries.length }, (_, index) => ({
      ...entries[0],
      name: `cluster-${index}`,
    })),
    ...entries,
  ];
  const { clusters, users, contexts } = config;
  const text = dump(
    { ...config, clusters: many(clusters), users: many(users), contexts: many(contexts) },
    { noRefs: true, lineWidth: -1 },
  );
  const written = join(folder, `${count}-contexts`);
  await writeFile(written, text);
  return { path: written, bytes: Buffer.byteLength(text) };
}
