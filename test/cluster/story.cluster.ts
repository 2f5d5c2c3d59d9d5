import { dist } from '../../scripts/paths.ts';
import { ecosystemClient } from '../contract/ecosystem-client.ts';
import { fleet } from '../contract/fleet.ts';
import { requests } from '../contract/requests.ts';
import { story } from '../contract/story.ts';
import { trust } from '../contract/trust.ts';
import { currentCluster } from './current.ts';
import { realWorld } from './world.ts';

const world = await realWorld(await currentCluster(), dist);
story(world);
fleet(world);
requests(world);
trust(world);
ecosystemClient(world);
