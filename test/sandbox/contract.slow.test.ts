import { sweeps } from '../kit/random.ts';
import { contract } from './contract.ts';

// Real clusters of both versions run these, too.
for (const minor of sweeps ? [31, 37] : [37]) await contract(minor);
