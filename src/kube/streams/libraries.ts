// The streaming classes of the ecosystem's own client, and the WebSocket that they are made for: a file of its own in the
// executable, which a start does not read. Deep imports: the index would bring the generated API, of 4 MB.
export { Attach } from '@kubernetes/client-node/dist/attach.js';
export { Exec } from '@kubernetes/client-node/dist/exec.js';
export { WebSocket } from 'ws';
