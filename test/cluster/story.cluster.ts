import { dist } from '../../scripts/paths.ts';
import { story } from '../contract/story.ts';
import { trust } from '../contract/trust.ts';
import { currentCluster } from './current.ts';
import { realWorld } from './world.ts';

const world = await realWorld(await currentCluster(), dist);
story(world);
trust(world);
