// What the npm package holds: its functions, and the command line for its `bin`.
export { build, inspect, isEdgeliftError, lint, lock, verify } from './api/index.ts'
export { main } from './main.ts'
