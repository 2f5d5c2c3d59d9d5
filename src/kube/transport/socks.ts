// Exports the package again, because import() of a CommonJS package has no named exports in esbuild's bundle.
export { SocksClient } from 'socks';
