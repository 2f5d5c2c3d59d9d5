import type { Catalog } from '../../cli/argv.ts';
import { type Invocation, loadConfig, openConnection, openServer } from '../../cli/connection.ts';
import { writeOutput } from '../../cli/write-output.ts';
import type { Context } from '../../context.ts';
import { exitCodes } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import {
  createNameCache,
  listFiles,
  listNames,
  listNodeLabels,
  listSubjects,
} from '../../kube/completion-names.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import { isNodeName } from '../../objects.ts';
import type { Names } from './names.ts';
import { makeOffer, noOffer, type Offer, renderOffer } from './offer.ts';
import { findPosition } from './position.ts';

/** Time limit in ms. It is short, because the user waits for the completion. */
const limitMs = 1500;

/**
 * Runs `__complete WORD…`, which shells call. Never fails, because a message would appear in the prompt. `context` must discard standard
 * error.
 */
export async function printCandidates(
  words: readonly string[],
  catalog: Catalog,
  context: Context,
): Promise<number> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
  const limited = Object.create(context, { signal: { value: signal } }) as Context;
  await writeOutput(context, renderOffer(await offerFor(words, catalog, limited)));
  return exitCodes.ok;
}

async function offerFor(
  words: readonly string[],
  catalog: Catalog,
  context: Context,
): Promise<Offer> {
  try {
    const position = await findPosition(words, catalog);
    return await makeOffer(position, openNames({ globals: position.globals, context }));
  } catch {
    return noOffer;
  }
}

/** How long names, and failures to read names, are cached, in ms. Users complete several words in a row, and clusters change slowly. */
const lifetimeMs = { names: 15_000, failure: 5000 } as const;

function openNames(invocation: Invocation): Names {
  const { context, globals } = invocation;
  const cache = createNameCache(context.env);
  const opened = once(async () => {
    const config = await loadConfig(invocation);
    const connection = await openConnection(invocation, { ownStdin: true, config });
    // These options are part of the cache key, because with another context, file or user the names may differ.
    const { kubeconfig, cluster, user, clientCertificate, as, asGroup, asUid } = globals;
    const chosen = [globals.context || config.currentContext, kubeconfig, cluster, user];
    const identity = [...chosen, ...config.files, clientCertificate, as, asUid, ...asGroup];
    return { connection, identity };
  });
  const cached = async (
    what: readonly string[],
    read: (apiServer: ApiServer) => Promise<readonly string[]>,
  ): Promise<readonly string[]> => {
    const { connection, identity } = await opened();
    const key = JSON.stringify([connection.server, ...identity, '', ...what]);
    // With a token or password, nothing is cached: the key must not contain a secret.
    const isKept = globals.token === '' && globals.password === '';
    const known = isKept ? cache.read(key) : undefined;
    if (known) return known;
    const limits = limitsFrom(limitMs);
    using apiServer = openServer(invocation, connection, limits);
    try {
      const names = await read(apiServer);
      if (isKept) cache.write(key, names, lifetimeMs.names);
      return names;
    } catch {
      // The empty list is cached, so that the next completion does not wait for a server that does not answer.
      if (isKept) cache.write(key, [], lifetimeMs.failure);
      return [];
    }
  };
  const listed = (path: string) => cached([path], (apiServer) => listNames(apiServer, path));
  const inNamespace = (namespace: string, resource: string) =>
    isNodeName(namespace) ? listed(`/api/v1/namespaces/${namespace}/${resource}`) : [];
  return {
    namespace: async () => globals.namespace || (await opened()).connection.namespace,
    nodes: () => listed('/api/v1/nodes'),
    labels: () => cached(['labels'], listNodeLabels),
    namespaces: () => listed('/api/v1/namespaces'),
    pods: async (namespace) => inNamespace(namespace, 'pods'),
    serviceAccounts: async (namespace) => inNamespace(namespace, 'serviceaccounts'),
    containers: async (namespace, pod) => {
      if (!isNodeName(namespace) || !isNodeName(pod)) return [];
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
      return cached([path], async (apiServer) => {
        const { spec } = await apiServer.get(path, kinds.Pod);
        const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
        return [...containers, ...initContainers, ...ephemeralContainers].map(({ name }) => name);
      });
    },
    subjects: () =>
      cached(['subjects'], async (apiServer) =>
        (await listSubjects(apiServer)).flatMap(({ kind, name }) =>
          kind === 'User' || kind === 'Group' ? `${kind.toLowerCase()}:${name}` : [],
        ),
      ),
    files: (typed) => listFiles(typed, context.cwd),
    entries: async (kind) => [...(await loadConfig(invocation))[kind].keys()],
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
