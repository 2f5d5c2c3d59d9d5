import { contract } from './contract.ts';

await contract(31);
