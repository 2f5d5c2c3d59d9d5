// A module of ours: of a package in CommonJS that import() loads on its own, esbuild gives no names.
export { SocksClient } from 'socks';
