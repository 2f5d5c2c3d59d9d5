import { grantSequences } from '../contract/grant-sequences.ts';
import { runs } from '../kit/random.ts';
import { atEnd } from '../kit/suite.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { sandboxWorld } from './world.ts';

inVirtualTime();

const world = await sandboxWorld(37);
atEnd(() => world.stop());
grantSequences(world, runs(20, 2_000));
