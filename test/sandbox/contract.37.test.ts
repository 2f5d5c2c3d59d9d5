import { contract } from './contract.ts';

await contract(37);
