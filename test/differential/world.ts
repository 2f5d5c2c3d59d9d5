import type { Case } from './case.ts';
import { type Materials, makeMaterials, materialPlaceholders } from './materials.ts';
import type { Placeholders } from './placeholders.ts';
import { proxyNames, startProxy } from './proxies.ts';
import type { Recording } from './recording.ts';
import { type RunningServer, serverKinds, startServer } from './servers.ts';

/** Values that all cases of a run share. */
export interface World {
  readonly materials: Materials;
  /** Placeholders that have the same value in every case. */
  readonly placeholders: Placeholders;
  /** `busy` resolves when the default port is free: cases use it one at a time. */
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
  // A target without one of our ports, such as kube.test:443, is the first server.
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
