import { interrupted } from '../contract/interrupted.ts';
import { writes } from '../contract/writes.ts';
import { atEnd } from '../kit/suite.ts';
import { sandboxWorld } from './world.ts';

for (const minor of [31, 37]) {
  const world = await sandboxWorld(minor);
  atEnd(() => world.stop());
  writes(world);
  interrupted(world);
}
