import fc from 'fast-check';
import { runs } from './random.ts';

/** Properties have the seed of the run, and unless told are tried a hundred times, in the sweep 50,000. */
fc.configureGlobal(runs(100));

export { fc };
