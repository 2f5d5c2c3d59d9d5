import type { World } from '../contract/world.ts';
import { waitFor } from '../kit/wait-for.ts';
import { busyboxImage } from './image.ts';

const pods = '/api/v1/namespaces/default/pods';

export interface StartedPod {
  readonly name: string;
  /** For its only container. */
  readonly script: string;
  /** What the container has beside image and command. */
  readonly container?: object;
  readonly restartPolicy?: 'Never';
}

/** Runs a script in a pod on node-1, and waits until it runs. Gives the status of what created it. */
export async function startPod(
  world: Pick<World, 'api'>,
  { name, script, container, ...spec }: StartedPod,
): Promise<number> {
  const { status } = await world.api('POST', pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      ...spec,
      containers: [
        {
          name: 'main',
          image: busyboxImage,
          imagePullPolicy: 'Never',
          command: ['sh', '-c', script],
          ...container,
        },
      ],
    },
  });
  await waitFor(`the pod ${name}`, 60_000, async () => {
    const { body } = await world.api('GET', `${pods}/${name}`);
    return (body as { status?: { phase?: string } }).status?.phase === 'Running';
  });
  return status;
}
