// Re-exports the package, because import() of a CommonJS package has no named exports in a bundle of esbuild.
export { SocksClient } from 'socks';
