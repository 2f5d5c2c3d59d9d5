import { dist } from '../../scripts/paths.ts';
import { story } from '../contract/story.ts';
import { currentCluster } from './current.ts';
import { realWorld } from './world.ts';

story(await realWorld(await currentCluster(), dist));
