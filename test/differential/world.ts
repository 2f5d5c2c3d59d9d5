import type { Case } from './case.ts';
import { type Materials, makeMaterials, materialPlaceholders } from './materials.ts';
import type { Placeholders } from './placeholders.ts';
import { proxyNames, startProxy } from './proxies.ts';
import type { Recording } from './recording.ts';
import { type RunningServer, serverKinds, startServer } from './servers.ts';

export interface World {
  readonly materials: Materials;
  readonly placeholders: Placeholders;
  /** `busy` resolves when the default port is free, because only one case at a time can use the port. */
  readonly defaultPort: { busy: Promise<void> };
  stop(): void;
}

export async function makeWorld(): Promise<World> {
  const materials = await makeMaterials();
  return {
    materials,
    placeholders: materialPlaceholders(materials),
    defaultPort: { busy: Promise.resolve() },
    stop: () => materials.remove(),
  };
}

export interface RunningServers {
  readonly placeholders: Placeholders;
  stop(): Promise<void>;
}

/** Starts the servers and proxies whose placeholders the case contains. */
export async function startServers(
  testCase: Case,
  { materials: { serving } }: World,
  recording: Recording,
): Promise<RunningServers> {
  const text = JSON.stringify(testCase);
  const wanted = (name: string) =>
    text.includes(`{{${name}}}`) ||
    text.includes(`{{${name}.port}}`) ||
    (testCase.starts ?? []).includes(name);
  const answers = (name: string) => testCase.answers?.[name] ?? [];
  const running: RunningServer[] = [];
  for (const name of Object.keys(serverKinds).filter(wanted))
    running.push(await startServer(name, recording, serving, answers(name)));
  const servers = [...running];
  // If no server listens on the target's port, as for kube.test:443, the proxy connects to the first server.
  const portOf = (target: string) =>
    (servers.find(({ port }) => target.endsWith(`:${port}`)) ?? servers[0])?.port ?? 1;
  for (const name of proxyNames.filter(wanted))
    running.push(await startProxy({ name, recording, serving, answers: answers(name), portOf }));
  return {
    placeholders: Object.fromEntries(
      running.flatMap(({ name, url, port }) => [
        [name, url],
        [`${name}.port`, String(port)],
      ]),
    ),
    stop: async () => {
      await Promise.all(running.map((server) => server.stop()));
    },
  };
}
