import { ecosystemClient } from '../contract/ecosystem-client.ts';
import { fleet } from '../contract/fleet.ts';
import { logs } from '../contract/logs.ts';
import { requests } from '../contract/requests.ts';
import { story } from '../contract/story.ts';
import { trust } from '../contract/trust.ts';
import { atEnd } from '../kit/suite.ts';
import { sandboxWorld } from './world.ts';

/** Runs the tests of real clusters on the sandbox. */
export async function contract(minor: number): Promise<void> {
  const world = await sandboxWorld(minor);
  atEnd(() => world.stop());
  story(world);
  fleet(world);
  requests(world);
  trust(world);
  ecosystemClient(world);
  logs(world, world.logsWorld);
}
