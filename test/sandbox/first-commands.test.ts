import { firstCommands } from '../contract/first-commands.ts';
import { sweeps } from '../kit/random.ts';
import { atEnd } from '../kit/suite.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { likenessNames } from '../likeness/likenesses.ts';
import { likeWorld } from './world.ts';

inVirtualTime();

for (const minor of sweeps ? [31, 37] : [37])
  for (const likeness of likenessNames) {
    const world = await likeWorld(likeness, minor);
    atEnd(() => world.stop());
    firstCommands(world);
  }
