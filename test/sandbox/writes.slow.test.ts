import { writes } from '../contract/writes.ts';
import { sweeps } from '../kit/random.ts';
import { atEnd } from '../kit/suite.ts';
import { sandboxWorld } from './world.ts';

// The same tests run on real clusters of both versions.
for (const minor of sweeps ? [31, 37] : [37]) {
  const world = await sandboxWorld(minor);
  atEnd(() => world.stop());
  writes(world);
}
