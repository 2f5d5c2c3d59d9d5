import { sweeps } from '../kit/random.ts';
import { contract } from './contract.ts';

// The same tests run on real clusters of both versions.
for (const minor of sweeps ? [31, 37] : [37]) await contract(minor);
